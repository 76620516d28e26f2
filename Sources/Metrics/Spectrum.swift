import Tensors

/// A spectrum over rings (shells in three dimensions) of equal width round the origin of wavenumber space.
///
/// Ring `r` holds the wavenumbers with `(r - 1/2) dk <= |k| < (r + 1/2) dk`, `dk = 2 pi / shortest side`, so that no ring is empty. Every mode
/// belongs to a ring, so the values add up to the mean over the domain (Parseval).
///
/// ## References
/// S. B. Pope, Turbulent Flows, 2000, section 6.5.
public struct Spectrum: Sendable, Equatable {
    /// Wavenumber of each ring's middle, in radians per unit of length; the first is 0 (the mean).
    public let wavenumbers: [Double]
    /// Sum over the modes of each ring.
    public let values: [Double]
    /// Number of modes in each ring.
    public let modes: [Int]
    /// Number of rings that the grid resolves in all directions; beyond are corners.
    public let completeCount: Int
    /// Width `dk` of a ring.
    public let ringWidth: Double

    /// The value of a ring per unit of wavenumber, `E(k) = values[ring] / dk`, so that the integral of `E` over `k` is `total`.
    public func density(_ ring: Int) -> Double { values[ring] / ringWidth }

    /// The sum over all rings: the mean over the domain of the quantity.
    public var total: Double { values.reduce(0, +) }

    /// Power of a field: `sum |u_k|^2`.
    ///
    /// - Parameter field: shape `geometry.shape` on a uniform grid; meaningful where the field is periodic.
    public static func power<Element: Scalar>(of field: Tensor<Element>, on geometry: FieldGeometry) -> Spectrum {
        let field: Tensor<Double> = field.cast()
        let modes = FourierModes(field, geometry)
        return Spectrum(modes, geometry) { modes.power($0) }
    }

    /// Kinetic energy `1/2 sum |u_k|^2` of a velocity with one component for each axis.
    public static func energy<Element: Scalar>(velocity: [Tensor<Element>], on geometry: FieldGeometry) -> Spectrum {
        let components = Spectrum.modes(velocity, geometry)
        return Spectrum(components[0], geometry) { mode in 0.5 * components.reduce(0) { $0 + $1.power(mode) } }
    }

    /// Kinetic energy `1/2 sum |w_k|^2 / |k|^2` of the plane incompressible flow with vorticity `w` (without its mean velocity).
    public static func energy<Element: Scalar>(vorticity: Tensor<Element>, on geometry: FieldGeometry) -> Spectrum {
        precondition(geometry.shape.count == 2, "a scalar vorticity belongs to two dimensions, not \(geometry.shape)")
        let vorticity: Tensor<Double> = vorticity.cast()
        let modes = FourierModes(vorticity, geometry)
        return Spectrum(modes, geometry) { $0.squared == 0 ? 0 : 0.5 * modes.power($0) / $0.squared }
    }

    /// Enstrophy `1/2 sum |w_k|^2` of a scalar vorticity.
    public static func enstrophy<Element: Scalar>(vorticity: Tensor<Element>, on geometry: FieldGeometry) -> Spectrum {
        let power = power(of: vorticity, on: geometry)
        return Spectrum(
            wavenumbers: power.wavenumbers, values: power.values.map { 0.5 * $0 }, modes: power.modes, completeCount: power.completeCount,
            ringWidth: power.ringWidth)
    }

    /// Enstrophy `1/2 sum |k x u_k|^2 = 1/2 sum (|k|^2 |u_k|^2 - |k . u_k|^2)` of a velocity in two or three dimensions.
    ///
    /// - Parameter velocity: components in the order x, y, z, that is from the fastest axis of the fields to the slowest.
    public static func enstrophy<Element: Scalar>(velocity: [Tensor<Element>], on geometry: FieldGeometry) -> Spectrum {
        precondition(geometry.shape.count >= 2, "enstrophy needs two or three dimensions, not \(geometry.shape)")
        let components = Spectrum.modes(velocity, geometry)
        return Spectrum(components[0], geometry) { mode in
            var (power, divergence) = (0.0, SIMD2<Double>())
            for (index, component) in components.enumerated() {
                power += component.power(mode)
                divergence += mode.wavenumber[geometry.shape.count - 1 - index] * component.coefficient(mode)
            }
            return 0.5 * max(0, mode.squared * power - (divergence * divergence).sum())
        }
    }

    private static func modes<Element: Scalar>(_ velocity: [Tensor<Element>], _ geometry: FieldGeometry) -> [FourierModes] {
        precondition(velocity.count == geometry.shape.count, "\(velocity.count) velocity components in \(geometry.shape.count) dimensions")
        return velocity.map { component in
            let component: Tensor<Double> = component.cast()
            return FourierModes(component, geometry)
        }
    }

    private init(wavenumbers: [Double], values: [Double], modes: [Int], completeCount: Int, ringWidth: Double) {
        (self.wavenumbers, self.values, self.modes) = (wavenumbers, values, modes)
        (self.completeCount, self.ringWidth) = (completeCount, ringWidth)
    }

    /// Sums `value` over the modes of each ring.
    private init(_ modes: FourierModes, _ geometry: FieldGeometry, value: (FourierModes.Mode) -> Double) {
        precondition(geometry.spacing != nil, "a spectrum needs a uniform grid")
        let width = 2 * Double.pi / geometry.lengths!.min()!
        var values: [Double] = []
        var counts: [Int] = []
        modes.forEach { mode in
            let ring = Int((mode.squared.squareRoot() / width * (1 + 1e-12) + 0.5).rounded(.down))
            while values.count <= ring {
                values.append(0)
                counts.append(0)
            }
            values[ring] += Double(mode.multiplicity) * value(mode)
            counts[ring] += mode.multiplicity
        }
        let nyquist = geometry.spacing!.map { Double.pi / $0 }.min()!
        self.init(
            wavenumbers: values.indices.map { Double($0) * width }, values: values, modes: counts,
            completeCount: min(values.count, max(1, Int((nyquist / width + 0.5).rounded(.down)))), ringWidth: width)
    }
}
