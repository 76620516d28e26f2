import Numerics
import Tensors
import Transforms

/// A Gaussian random field with a stationary covariance on a uniform grid, drawn exactly by circulant embedding.
///
/// The grid is embedded in a periodic one of `extension` times its length, on which the covariance matrix is circulant with eigenvalues
/// `mu_k = FFT(c)_k`; then `g = sum_k sqrt(mu_k / M) xi_k exp(2 pi i k j / m)`, cut to the grid, has covariance `c` exactly. The normal
/// numbers belong to wavenumbers: one generator gives the same function at every resolution but for the aliasing of its spectrum.
///
/// Reference: C. R. Dietrich, G. N. Newsam, "Fast and exact simulation of stationary Gaussian processes through circulant embedding of the
/// covariance matrix", SIAM J. Sci. Comput. 18 (1997), doi:10.1137/S1064827592240555.
public struct CirculantGaussianField: Sendable {
    /// The law of the field.
    public let covariance: StationaryCovariance
    /// The grid of the samples.
    public let grid: Grid
    /// Length of the periodic embedding over length of the grid.
    public let embedding: Int
    /// Sum of the negative eigenvalues set to zero over the sum of all: 0 when the embedding is exact.
    public let clippedFraction: Double

    private let transform: RealFourierTransform<Double>
    private let coefficients: ModeTable

    /// Embeds the grid, doubling the embedding up to eight times its length until the circulant matrix is positive semidefinite.
    ///
    /// - Throws: `GridsError.notPositiveDefinite` when even then more than 1e-6 of the variance would have to be cut off.
    public init(_ covariance: StationaryCovariance, grid: Grid) throws {
        precondition(grid.isUniform && grid.dimension <= 3, "random fields need a uniform grid of 1 to 3 axes: \(grid)")
        precondition(grid.axes.allSatisfy { $0.location != .periodic && $0.count >= 2 }, "stationary fields are not periodic: \(grid)")
        self.covariance = covariance
        self.grid = grid
        var clipped = 1.0
        for embedding in [2, 4, 8] {
            let extents = grid.axes.map { CirculantGaussianField.period($0, embedding) }
            let transform = RealFourierTransform<Double>(grid: extents)
            let spectrum = CirculantGaussianField.eigenvalues(covariance, grid: grid, extents: extents, transform)
            let values = spectrum.scalars
            let total = values.reduce(0) { $0 + abs($1) }
            clipped = values.reduce(0) { $0 + max(0, -$1) } / max(total, .leastNormalMagnitude)
            guard clipped < 1e-12 || (embedding == 8 && clipped < 1e-6) else { continue }
            let points = Double(extents.reduce(1, *))
            self.transform = transform
            self.embedding = embedding
            // What is below round-off of the largest eigenvalue is zero.
            self.clippedFraction = clipped < 1e-12 ? 0 : clipped
            self.coefficients = CirculantGaussianField.table(values.map { (max(0, $0) / points).squareRoot() }, extents, transform.halfGrid)
            return
        }
        throw GridsError.notPositiveDefinite(covariance: covariance.kind.rawValue, length: covariance.length, fraction: clipped)
    }

    /// Points of the periodic axis: the period is a whole multiple of the grid's length, the same at every resolution.
    private static func period(_ axis: Axis, _ embedding: Int) -> Int {
        embedding * (axis.location == .nodes ? axis.count - 1 : axis.count)
    }

    private static func eigenvalues(
        _ covariance: StationaryCovariance, grid: Grid, extents: [Int], _ transform: RealFourierTransform<Double>
    ) -> Tensor<Double> {
        let squares = zip(grid.axes, extents).map { axis, extent in
            (0..<extent).map {
                let d = Double(min($0, extent - $0)) * axis.spacing; return d * d
            }
        }
        var first = Tensor<Double>([1] + extents)
        first.withUnsafeMutablePointer { pointer in
            for position in 0..<extents.reduce(1, *) {
                var (rest, square) = (position, 0.0)
                for axis in extents.indices.reversed() {
                    square += squares[axis][rest % extents[axis]]
                    rest /= extents[axis]
                }
                pointer[position] = covariance.value(at: square.squareRoot())
            }
        }
        let pairs = transform.forward(first)
        return Tensor(transform.halfGrid, (0..<transform.spectrumCount).map { pairs.basePointer[2 * $0] })
    }

    /// Random number and `sqrt(mu_k / M)` of each entry of the half spectrum.
    private static func table(_ deviations: [Double], _ extents: [Int], _ half: [Int]) -> ModeTable {
        var table = ModeTable(count: deviations.count)
        var wavenumber = extents.map { _ in 0 }
        for position in deviations.indices {
            var rest = position
            for axis in half.indices.reversed() {
                let k = rest % half[axis]
                wavenumber[axis] = 2 * k <= extents[axis] ? k : k - extents[axis]
                rest /= half[axis]
            }
            // k and -k are conjugate; components 0 and Nyquist are their own negatives.
            let free = extents.indices.last { wavenumber[$0] != 0 && 2 * wavenumber[$0] != extents[$0] }
            let sign = free.map { wavenumber[$0].signum() } ?? 0
            // The mirror image of a Nyquist component is itself, so the number is drawn for its negative when the rest is mirrored.
            let drawn = sign < 0 ? zip(wavenumber, extents).map { 2 * $0 == $1 ? -$0 : $0 } : wavenumber
            table.setComplex(position, drawn, sign: sign, deviations[position])
        }
        return table
    }

    /// The sample that `generator` determines, of the shape of the grid.
    public func sample(_ generator: Philox) -> Tensor<Double> {
        let spectrum = coefficients.complexSample(generator).reshaped([1] + transform.halfGrid + [2])
        return cut(transform.inverse(consuming: spectrum, scaling: .none), extents: transform.grid)
    }

    /// The first points of each axis.
    private func cut(_ field: Tensor<Double>, extents: [Int]) -> Tensor<Double> {
        var result = Tensor<Double>(uninitialized: grid.shape)
        let shape = grid.shape
        let width = shape[shape.count - 1]
        let outer = shape.dropLast()
        let source = field.basePointer
        result.withUnsafeMutablePointer { target in
            for row in 0..<outer.reduce(1, *) {
                var (rest, position, stride) = (row, 0, extents[extents.count - 1])
                for axis in outer.indices.reversed() {
                    position += rest % outer[axis] * stride
                    rest /= outer[axis]
                    stride *= extents[axis]
                }
                (target + row * width).update(from: source + position, count: width)
            }
        }
        return result
    }
}
