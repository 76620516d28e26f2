import Grids
import Tensors

/// A sampler of positive coefficient fields.
public protocol CoefficientSampler: SamplerSettings {
    /// Prepares drawing on a grid; the result maps a stream of random numbers to its coefficient.
    ///
    /// The coefficient is a function of space that `native`, the grid of the case's solver, resolves: on every grid a stream gives the
    /// values of the same function.
    func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double>

    /// What the values are, for the files.
    var coefficientAccount: String { get }
}

/// A Gaussian random field with a power-law covariance as a function of space, drawn on one grid.
struct ResolvedGaussianField: Sendable {
    private let field: SpectralGaussianField
    private let transfer: GridTransfer?

    /// The field whose wavenumbers are those that `native` resolves.
    ///
    /// A grid that resolves them too draws all of them; a coarser one takes points of the native grid, or interpolates between them.
    init(_ covariance: PowerLawCovariance, basis: SpectralGaussianField.Basis, on grid: Grid, native: Grid) {
        let limit = native.axes.map(\.count).min()! - (basis == .fourier ? 1 : 2)
        let resolves = zip(grid.axes, native.axes).allSatisfy { $0.count >= $1.count }
        let drawn = resolves ? grid : native
        field = SpectralGaussianField(covariance, basis: basis, grid: drawn, maximalWavenumber: basis == .fourier ? limit / 2 : limit)
        transfer = resolves ? nil : GridTransfer(from: native, to: grid)
    }

    func sample(_ generator: Philox) -> Tensor<Double> {
        let values = field.sample(generator)
        return transfer.map { $0(values) } ?? values
    }
}
