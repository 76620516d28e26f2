import Tensors
import Transforms

/// The Fourier coefficients `u_k = (1/N) sum_j u_j exp(-i k x_j)` of a field, so that `sum_k |u_k|^2 = mean u^2` (Parseval).
struct FourierModes {
    private let geometry: FieldGeometry
    private let half: [Int]
    /// Pairs of the half spectrum, divided by the number of points.
    private let spectrum: Tensor<Double>

    init(_ field: Tensor<Double>, _ geometry: FieldGeometry) {
        precondition(field.shape == geometry.shape, "field of shape \(field.shape) on a grid of shape \(geometry.shape)")
        self.geometry = geometry
        let transform = RealFourierTransform<Double>(grid: geometry.shape)
        half = transform.halfGrid
        spectrum = transform.forward(field.reshaped([1] + geometry.shape))
    }

    /// One wavenumber of the half spectrum.
    struct Mode {
        /// Position in the half spectrum.
        let index: Int
        /// How many wavenumbers of the full spectrum it stands for: 2 with its conjugate, else 1.
        let multiplicity: Int
        /// Physical wavenumber of each axis, slowest axis first.
        let wavenumber: SIMD4<Double>
        /// `|k|^2`.
        var squared: Double { (wavenumber * wavenumber).sum() }
    }

    /// Visits every wavenumber of the half spectrum.
    func forEach(_ body: (Mode) -> Void) {
        let shape = geometry.shape
        let steps = zip(geometry.lengths!, shape).map { length, _ in 2 * Double.pi / length }
        let last = shape.count - 1
        for index in 0..<half.reduce(1, *) {
            var rest = index
            var wavenumber = SIMD4<Double>()
            var multiplicity = 1
            for axis in stride(from: last, through: 0, by: -1) {
                let position = rest % half[axis]
                rest /= half[axis]
                wavenumber[axis] = steps[axis] * Double(axis == last || position <= shape[axis] / 2 ? position : position - shape[axis])
                if axis == last && position > 0 && 2 * position != shape[axis] { multiplicity = 2 }
            }
            body(Mode(index: index, multiplicity: multiplicity, wavenumber: wavenumber))
        }
    }

    /// The coefficient of a mode as (real, imaginary).
    func coefficient(_ mode: Mode) -> SIMD2<Double> {
        let pair = spectrum.basePointer + 2 * mode.index
        return SIMD2(pair[0], pair[1]) / Double(geometry.count)
    }

    /// `|u_k|^2`.
    func power(_ mode: Mode) -> Double {
        let value = coefficient(mode)
        return (value * value).sum()
    }
}
