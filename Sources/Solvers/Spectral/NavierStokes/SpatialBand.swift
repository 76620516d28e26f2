import Tensors
import Transforms

/// The Fourier coefficients that the 2/3 rule keeps of a real periodic vector field `[z, y, x, 3]`, and their wavenumbers.
///
/// Stored is the half k_x >= 0, component by component: `[3, 2 K_z + 1, 2 K_y + 1, K_x + 1]` pairs, the first two axes of wavenumbers in FFT
/// order 0, 1, ..., K, -K, ..., -1.
struct SpatialBand {
    /// Points `[z, y, x]`.
    let shape: [Int]
    /// Periods `[z, y, x]`.
    let lengths: [Double]
    /// K_z, K_y, K_x.
    let largest: [Int]
    /// kappa = 2 pi k / L of the three axes of a component.
    let wavenumbers: [[Double]]
    private let transform: RealFourierTransform<Double>

    init(shape: [Int], lengths: [Double]) {
        let largest = shape.map(Wavenumbers.largestDealiased)
        self.shape = shape
        self.lengths = lengths
        self.largest = largest
        wavenumbers = (0..<3).map { axis in
            let k = largest[axis]
            let integers = axis == 2 ? Array(0...k) : Array(0...k) + (0..<k).map { $0 - k }
            return integers.map { 2 * Double.pi * Double($0) / lengths[axis] }
        }
        transform = RealFourierTransform(grid: shape, channels: 3)
    }

    /// Extents of a component: 2 K_z + 1, 2 K_y + 1, K_x + 1.
    var extents: [Int] { wavenumbers.map(\.count) }
    /// Number of complex coefficients of a component.
    var count: Int { extents.reduce(1, *) }

    /// |kappa|^2 of every coefficient of a component.
    var squares: [Double] {
        let (z, y, x) = (wavenumbers[0], wavenumbers[1], wavenumbers[2])
        return z.flatMap { kz in y.flatMap { ky in x.map { kz * kz + ky * ky + $0 * $0 } } }
    }

    /// |kappa| at the corner of the band.
    var largestWavenumber: Double { wavenumbers.reduce(0) { $0 + $1.map { k in k * k }.max()! }.squareRoot() }

    /// The index, in a full axis of n points, of each wavenumber of an axis of the band.
    func positions(_ axis: Int) -> [Int] {
        let (n, k, count) = (shape[axis], largest[axis], extents[axis])
        return (0..<count).map { $0 <= k ? $0 : $0 + n - count }
    }

    /// The coefficients of a field `[z, y, x, 3]` without divergence: what is outside the band and the gradient part are left out.
    func solenoidalCoefficients<S: Scalar>(of field: Tensor<Double>, as type: S.Type = S.self) -> Tensor<S> {
        let spectrum = transform.forward(field)
        let result = Tensor<S>(uninitialized: [3] + extents + [2])
        let factor = 1 / Double(shape.reduce(1, *))
        forEach { kappa, index, position in
            var value = SIMD3<Double>.zero
            var imaginary = SIMD3<Double>.zero
            for component in 0..<3 {
                value[component] = factor * spectrum.basePointer[2 * (3 * position + component)]
                imaginary[component] = factor * spectrum.basePointer[2 * (3 * position + component) + 1]
            }
            let square = (kappa * kappa).sum()
            if square > 0 {
                value -= (kappa * value).sum() / square * kappa
                imaginary -= (kappa * imaginary).sum() / square * kappa
            }
            for component in 0..<3 {
                result.kernelPointer[2 * (component * count + index)] = S(value[component])
                result.kernelPointer[2 * (component * count + index) + 1] = S(imaginary[component])
            }
        }
        return result
    }

    /// The field `[z, y, x, 3]` with these coefficients.
    func field<S: Scalar>(of coefficients: UnsafePointer<S>) -> Tensor<Double> {
        let spectrum = Tensor<Double>([shape[0], shape[1], shape[2] / 2 + 1, 3, 2], repeating: 0)
        forEach { _, index, position in
            for component in 0..<3 {
                for part in 0..<2 {
                    spectrum.kernelPointer[2 * (3 * position + component) + part] =
                        Double(coefficients[2 * (component * count + index) + part])
                }
            }
        }
        return transform.inverse(consuming: spectrum, scaling: .none)
    }

    /// Calls `body` with (kappa_x, kappa_y, kappa_z), the index in a component and the index in the half spectrum of a field.
    private func forEach(_ body: (SIMD3<Double>, Int, Int) -> Void) {
        let (planes, rows) = (positions(0), positions(1))
        var index = 0
        for (z, plane) in planes.enumerated() {
            for (y, row) in rows.enumerated() {
                for x in 0..<extents[2] {
                    body(
                        SIMD3(wavenumbers[2][x], wavenumbers[1][y], wavenumbers[0][z]), index,
                        (plane * shape[1] + row) * (shape[2] / 2 + 1) + x)
                    index += 1
                }
            }
        }
    }
}
