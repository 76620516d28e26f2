import Grids
import Solvers
import Tensors

/// `[equation] name = "reaction-diffusion"`: diffusion with a quadratic reaction and a random forcing on an interval.
public struct ReactionDiffusionEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "reaction-diffusion"
    /// One line for `eddy list`.
    public static let summary =
        "s_t = D s_xx + k s^2 + v(x) on [0, 1], s = 0 at the ends and at time 0 (the DeepONet paper's operator v -> s)"
    /// Samplers of the forcing.
    public static let samplers = [GaussianProcessSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// Diffusivity.
    public var diffusivity = 0.01
    /// Rate of the reaction.
    public var reaction = 0.01

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("diffusivity", \.diffusivity, .positive, "diffusivity D"), .number("reaction", \.reaction, .any, "rate k of the reaction"),
    ]

    /// The equation with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            ReactionDiffusionForm(equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver()), context)
    }
}

private struct ReactionDiffusionForm: EvolutionForm {
    let equation: ReactionDiffusionEquation
    let sampler: GaussianProcessSampler
    let solver: PseudoSpectralSettings
    private let process: KernelGaussianField

    init(equation: ReactionDiffusionEquation, sampler: GaussianProcessSampler, solver: PseudoSpectralSettings) throws {
        self.equation = equation
        self.sampler = sampler
        self.solver = solver
        process = try KernelGaussianField(
            StationaryCovariance(sampler.covariance, variance: sampler.variance, length: sampler.length))
    }

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "s_t = \(equation.diffusivity) s_xx + \(equation.reaction) s^2 + v(x) on [0, 1], s = 0 at the ends and at time 0; v a Gaussian "
                + "process, \(sampler.covariance.rawValue) covariance, length \(sampler.length), variance \(sampler.variance)",
            scheme: solver.scheme("compact differences"), order: "4 in space, 4 in time",
            references: "Lu et al., Learning nonlinear operators via DeepONet, arXiv:1910.03193")
    }

    let dimension = 1
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { solver.sweepTolerances }
    let times = FrameTimes(count: 2, interval: 1)

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, location: .nodes) }
    func boundary(_ grid: Grid) -> Boundary { Boundary(.dirichlet, on: grid) }

    var state: [FieldDescription] {
        [FieldDescription(name: "s", longName: "solution", role: .state, dependence: .trajectory)]
    }
    var inputs: [FieldDescription] { [FieldDescription(name: "v", longName: "forcing", role: .forcing, dependence: .field)] }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let axis = grid.axes[0]
        return { [process] generator in
            EvolutionStart(
                state: Tensor(grid.shape + [1], repeating: 0), inputs: ["v": process.sample(generator, on: axis)])
        }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        try ForcedReactionDiffusionSolver(
            points: grid.shape[0], diffusivity: equation.diffusivity, reaction: equation.reaction, control: solver.control(tolerance))
    }

    func prepare(_ solver: any EvolutionSolver, for start: EvolutionStart) throws {
        try (solver as! ForcedReactionDiffusionSolver).setForcing(start.inputs["v"]!)
    }
}
