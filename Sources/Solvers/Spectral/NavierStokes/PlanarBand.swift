import Tensors
import Transforms

/// The Fourier coefficients that the 2/3 rule keeps of a real periodic field `[y, x]`, and their wavenumbers.
///
///     f(y, x) = sum_k f_k exp(i (kappa_y y + kappa_x x)),   |k_y| <= K_y, |k_x| <= K_x,   kappa = 2 pi k / L
///
/// Stored is the half k_x >= 0: `[2 K_y + 1, K_x + 1]` pairs, rows in FFT order 0, 1, ..., K_y, -K_y, ..., -1.
struct PlanarBand {
    /// Points `[y, x]`.
    let shape: [Int]
    /// Periods `[y, x]`.
    let lengths: [Double]
    /// K_y, K_x.
    let largest: [Int]
    private let transform: RealFourierTransform<Double>

    init(shape: [Int], lengths: [Double]) {
        self.shape = shape
        self.lengths = lengths
        largest = shape.map(Wavenumbers.largestDealiased)
        transform = RealFourierTransform(grid: shape)
    }

    var rows: Int { 2 * largest[0] + 1 }
    var columns: Int { largest[1] + 1 }
    /// Number of complex coefficients.
    var count: Int { rows * columns }

    /// (kappa_y, kappa_x) of every coefficient.
    var wavenumbers: [(y: Double, x: Double)] {
        let y = (0..<rows).map { 2 * Double.pi * Double($0 <= largest[0] ? $0 : $0 - rows) / lengths[0] }
        let x = (0..<columns).map { 2 * Double.pi * Double($0) / lengths[1] }
        return y.flatMap { row in x.map { (row, $0) } }
    }

    /// |kappa| at the corner of the band.
    var largestWavenumber: Double {
        zip(largest, lengths).reduce(0) { $0 + (2 * Double.pi * Double($1.0) / $1.1) * (2 * Double.pi * Double($1.0) / $1.1) }.squareRoot()
    }

    /// The row of the half spectrum `[ny, nx/2 + 1]` where a row of the band lies.
    private func fullRow(_ row: Int) -> Int { row <= largest[0] ? row : row + shape[0] - rows }

    /// The coefficients of a field `[y, x]` (any further axes of extent 1), with what is outside the band left out.
    func coefficients<S: Scalar>(of field: Tensor<Double>, as type: S.Type = S.self) -> Tensor<S> {
        let spectrum = transform.forward(field.reshaped(shape))
        let result = Tensor<S>(uninitialized: [rows, columns, 2])
        let factor = 1 / Double(shape[0] * shape[1])
        for row in 0..<rows {
            let source = spectrum.basePointer + 2 * fullRow(row) * (shape[1] / 2 + 1)
            let target = result.kernelPointer + 2 * row * columns
            for index in 0..<2 * columns { target[index] = S(factor * source[index]) }
        }
        return result
    }

    /// The field `[y, x]` with these coefficients.
    func field<S: Scalar>(of coefficients: UnsafePointer<S>) -> Tensor<Double> {
        let spectrum = Tensor<Double>([shape[0], shape[1] / 2 + 1, 2], repeating: 0)
        for row in 0..<rows {
            let source = coefficients + 2 * row * columns
            let target = spectrum.kernelPointer + 2 * fullRow(row) * (shape[1] / 2 + 1)
            for index in 0..<2 * columns { target[index] = Double(source[index]) }
        }
        return transform.inverse(consuming: spectrum, scaling: .none)
    }
}
