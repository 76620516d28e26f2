import Grids
import Solvers
import Tensors

/// `[equation] name = "fitzhugh-nagumo"`: activator and inhibitor between walls without flux.
public struct FitzHughNagumoEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "fitzhugh-nagumo"
    /// One line for `eddy list`.
    public static let summary = "FitzHugh-Nagumo reaction-diffusion system on [-1, 1]^2, no flux through the sides"
    /// Samplers of the initial fields.
    public static let samplers = [CellNoiseSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// Diffusivities of activator and inhibitor.
    public var diffusivities = [1e-3, 5e-3]
    /// Threshold `k`.
    public var threshold = 5e-3

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .numbers("diffusivities", \.diffusivities, .positive, count: 2...2, "diffusivities of activator and inhibitor"),
        .number("threshold", \.threshold, .any, "threshold k of the reaction"),
    ]

    /// The system with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        let form = FitzHughNagumoForm(equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver())
        let size = (form.solver.resolution ?? context.dataset.resolution).size(dimension: 2) ?? []
        guard size.allSatisfy({ $0 % form.sampler.cells == 0 }) else {
            throw ProblemError(
                "sampler", "cells", allowed: "a divisor of the solver's points, \(size.map(String.init).joined(separator: " x "))")
        }
        return try EvolutionProblem(form, context)
    }
}

private struct FitzHughNagumoForm: EvolutionForm {
    let equation: FitzHughNagumoEquation
    let sampler: CellNoiseSampler
    let solver: PseudoSpectralSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "u_t = \(equation.diffusivities[0]) Lap u + u - u^3 - \(equation.threshold) - v, v_t = \(equation.diffusivities[1]) Lap v + u - v "
                + "on [-1, 1]^2, no flux; u(0), v(0) normal numbers of deviation \(sampler.deviation) on \(sampler.cells)^2 cells",
            scheme: solver.scheme("cosine series"), order: "spectral in space where the fields are smooth, 4 in time",
            references: "Takamoto et al., PDEBench, arXiv:2210.07182")
    }

    let dimension = 2
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { solver.sweepTolerances }
    let times = FrameTimes(count: 21, interval: 0.25)
    let symmetries = DomainSymmetries.square

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, from: -1, to: 1, location: .centers) }
    func boundary(_ grid: Grid) -> Boundary { Boundary(.neumann, on: grid) }

    var state: [FieldDescription] {
        [("activator", "activator u"), ("inhibitor", "inhibitor v")].map {
            FieldDescription(name: $0.0, longName: $0.1, role: .state, location: .center, dependence: .trajectory)
        }
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        // A grid coarser than the noise sees the mean of its cells.
        let noise = CellNoise(cells: grid.shape.map { _ in sampler.cells }, deviation: sampler.deviation)
        let fits = grid.shape.allSatisfy { $0 % sampler.cells == 0 }
        let fine = fits ? grid : native
        let transfer = GridTransfer(from: fine, to: grid)
        return { generator in
            let fields = (0..<2).map { field in
                transfer(noise.sample(Philox(seed: generator.seed ^ UInt64(field + 1) << 40, stream: generator.stream), shape: fine.shape))
            }
            return EvolutionStart(state: Tensor.channels(fields).reshaped(grid.shape + [2]))
        }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        try FitzHughNagumoSolver(
            shape: grid.shape, diffusivities: (equation.diffusivities[0], equation.diffusivities[1]), threshold: equation.threshold,
            control: solver.control(tolerance))
    }
}
