import Numerics
import Tensors
import Transforms

/// A Gaussian random field with a power-law covariance, drawn by its expansion in eigenfunctions of the Laplacian.
///
///     g(x) = sum_k sqrt(lambda_k) xi_k phi_k(x)
///
/// The normal numbers belong to wavenumbers, so one generator gives one function at every resolution: a field on 64 points is the field
/// on 128 points without the modes that 64 points cannot show. Modes up to the Nyquist wavenumber of the grid (excluded) are drawn, or
/// up to `maximalWavenumber` if that is lower.
public struct SpectralGaussianField: Sendable {
    /// The boundary condition that the field satisfies.
    public enum Basis: String, Hashable, Codable, CaseIterable, Sendable {
        /// Periodic: `exp(2 pi i k x / L)`.
        case fourier
        /// Zero normal derivative: `cos(pi k x / L)`.
        case cosine
        /// Zero on the boundary: `sin(pi k x / L)`.
        case sine
    }

    /// The law of the field.
    public let covariance: PowerLawCovariance
    /// Its boundary condition.
    public let basis: Basis
    /// The grid of the samples.
    public let grid: Grid
    /// Largest wavenumber drawn along any axis; nil for what the grid resolves.
    public let maximalWavenumber: Int?

    private let synthesis: Synthesis

    private enum Synthesis: Sendable {
        case fourier(RealFourierTransform<Double>)
        case trigonometric(TrigonometricTransform<Double>)
    }

    /// One axis of the coefficient array: which wavenumbers its entries hold and their frequencies.
    private struct Modes {
        /// Wavenumber of each entry; nil where the coefficient stays zero.
        let wavenumbers: [Int?]
        /// Squared frequency of each entry.
        let squaredFrequencies: [Double]
    }

    private let coefficients: ModeTable

    /// Plans the synthesis on a uniform grid: `fourier` needs periodic axes, `cosine` and `sine` nodes or centres.
    public init(_ covariance: PowerLawCovariance, basis: Basis, grid: Grid, maximalWavenumber: Int? = nil) {
        precondition(grid.isUniform && grid.dimension <= 3, "random fields need a uniform grid of 1 to 3 axes: \(grid)")
        precondition(
            grid.axes.allSatisfy { ($0.location == .periodic) == (basis == .fourier) && $0.location == grid.axes[0].location },
            "basis \(basis.rawValue) on the grid \(grid)")
        precondition(
            grid.axes.allSatisfy { $0.count >= 3 && $0.count < WavenumberIndex.limit }, "random fields need 3 points an axis: \(grid)")
        precondition(maximalWavenumber.map { $0 >= 0 } ?? true, "maximal wavenumber \(maximalWavenumber ?? 0)")
        self.covariance = covariance
        self.basis = basis
        self.grid = grid
        self.maximalWavenumber = maximalWavenumber
        let nodes = grid.axes[0].location == .nodes
        switch basis {
        case .fourier:
            synthesis = .fourier(RealFourierTransform(grid: grid.shape))
        case .cosine:
            synthesis = .trigonometric(
                TrigonometricTransform(grid: grid.shape, kinds: grid.shape.map { _ in nodes ? .cosineI : .cosineII }))
        case .sine:
            let interior = grid.shape.map { nodes ? $0 - 2 : $0 }
            synthesis = .trigonometric(TrigonometricTransform(grid: interior, kinds: interior.map { _ in nodes ? .sineI : .sineII }))
        }
        let modes = grid.axes.enumerated().map { index, axis in
            SpectralGaussianField.modes(of: axis, basis: basis, halved: index == grid.dimension - 1, limit: maximalWavenumber ?? .max)
        }
        coefficients = SpectralGaussianField.table(covariance, basis: basis, modes: modes)
    }

    /// Random number and standard deviation of each entry of the coefficient array, factors of basis and transform included.
    private static func table(_ covariance: PowerLawCovariance, basis: Basis, modes: [Modes]) -> ModeTable {
        var table = ModeTable(count: modes.reduce(1) { $0 * $1.wavenumbers.count })
        forEachMode(modes) { position, wavenumber, square in
            let deviation = covariance.standardDeviation(squaredFrequency: square)
            switch basis {
            case .fourier:
                // Coefficients of k and -k are conjugate: the one whose last component other than zero is positive is drawn.
                table.setComplex(position, wavenumber, sign: wavenumber.last { $0 != 0 }?.signum() ?? 0, deviation)
            case .cosine, .sine:
                // The transform's factor 2 along an axis, times sqrt(1/2), is the sqrt(2) of a normalised cosine or sine.
                let factor = wavenumber.reduce(1.0) { $0 * ($1 == 0 ? 1 : Double.sqrt(0.5)) }
                table.setReal(position, wavenumber, factor * deviation)
            }
        }
        return table
    }

    private static func modes(of axis: Axis, basis: Basis, halved: Bool, limit: Int) -> Modes {
        let n = axis.count
        let all: [Int?]
        switch basis {
        case .fourier:
            // Entries in FFT order; the Nyquist wavenumber n/2 has no sine partner on the grid and is left out.
            all = (0..<(halved ? n / 2 + 1 : n)).map { 2 * $0 == n ? nil : 2 * $0 < n ? $0 : $0 - n }
        case .cosine:
            let count = axis.location == .nodes ? n - 1 : n
            all = (0..<n).map { $0 < count ? $0 : nil }
        case .sine:
            // Entry j holds wavenumber j + 1; the last one of type II is the Nyquist wavenumber.
            all = axis.location == .nodes ? (1...n - 2).map { $0 } : (1...n).map { $0 < n ? $0 : nil }
        }
        let unit = (basis == .fourier ? 2 : 1) * Double.pi / axis.length
        let wavenumbers = all.map { k in k.flatMap { abs($0) <= limit ? $0 : nil } }
        let frequencies = wavenumbers.map { unit * Double($0 ?? 0) }
        return Modes(wavenumbers: wavenumbers, squaredFrequencies: frequencies.map { $0 * $0 })
    }

    /// The sample that `generator` determines, of the shape of the grid.
    public func sample(_ generator: Philox) -> Tensor<Double> {
        switch synthesis {
        case .fourier(let transform): fourierSample(transform, generator)
        case .trigonometric(let transform): trigonometricSample(transform, generator)
        }
    }

    /// Calls `body(position in the coefficient array, wavenumber, squared frequency)` for every mode that is drawn.
    private static func forEachMode(_ modes: [Modes], _ body: (_ position: Int, _ wavenumber: [Int], _ squaredFrequency: Double) -> Void) {
        var wavenumber = modes.map { _ in 0 }
        modes: for position in 0..<modes.reduce(1, { $0 * $1.wavenumbers.count }) {
            var (rest, square) = (position, 0.0)
            for axis in modes.indices.reversed() {
                let entry = rest % modes[axis].wavenumbers.count
                rest /= modes[axis].wavenumbers.count
                guard let k = modes[axis].wavenumbers[entry] else { continue modes }
                wavenumber[axis] = k
                square += modes[axis].squaredFrequencies[entry]
            }
            body(position, wavenumber, square)
        }
    }

    private func trigonometricSample(_ transform: TrigonometricTransform<Double>, _ generator: Philox) -> Tensor<Double> {
        let field = transform.inverse(coefficients.realSample(generator).reshaped([1] + transform.grid), scaling: .none)
        return basis == .sine && grid.axes[0].location == .nodes ? embedInterior(field) : field.reshaped(grid.shape)
    }

    /// The field with zeros on the boundary round its interior values.
    private func embedInterior(_ interior: Tensor<Double>) -> Tensor<Double> {
        var result = Tensor<Double>(grid.shape)
        let shape = grid.shape
        let source = interior.basePointer
        let width = shape[shape.count - 1] - 2
        let innerRows = shape.dropLast().map { $0 - 2 }
        result.withUnsafeMutablePointer { target in
            for row in 0..<innerRows.reduce(1, *) {
                var (rest, position, stride) = (row, 1, shape[shape.count - 1])
                for axis in innerRows.indices.reversed() {
                    position += (rest % innerRows[axis] + 1) * stride
                    rest /= innerRows[axis]
                    stride *= shape[axis]
                }
                (target + position).update(from: source + row * width, count: width)
            }
        }
        return result
    }

    private func fourierSample(_ transform: RealFourierTransform<Double>, _ generator: Philox) -> Tensor<Double> {
        let spectrum = coefficients.complexSample(generator).reshaped([1] + transform.halfGrid + [2])
        return transform.inverse(consuming: spectrum, scaling: .none).reshaped(grid.shape)
    }
}
