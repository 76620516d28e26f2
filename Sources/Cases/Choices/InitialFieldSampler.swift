import Grids
import Tensors

/// A sampler of the scalar field that an equation in time starts from.
public protocol InitialFieldSampler: SamplerSettings {
    /// Prepares drawing on a grid; the result maps a stream of random numbers to values `[x...]`.
    ///
    /// The values are those of a function of space that `native`, the grid of the case's solver, resolves.
    func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double>

    /// What the values are, for the files.
    var initialAccount: String { get }
}

extension ProblemContext {
    /// The sampler of an initial field.
    ///
    /// - Throws: `ProblemError` when the case has another kind of sampler.
    func requireInitialSampler(_ names: [String]) throws -> any InitialFieldSampler {
        guard let settings = sampler as? any InitialFieldSampler else {
            throw ProblemError("sampler", "name", allowed: names.joined(separator: ", "))
        }
        return settings
    }
}
