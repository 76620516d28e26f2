import Grids
import Solvers
import Tensors

/// `[equation] name = "gray-scott"`: patterns of two reacting substances in a periodic square.
public struct GrayScottEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "gray-scott"
    /// One line for `eddy list`.
    public static let summary = "Gray-Scott reaction-diffusion system in a periodic square"
    /// Samplers of the second substance; the first is 1 less it.
    public static let samplers = [GaussianBumpsSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// Feed rate.
    public var feed = 0.04
    /// Kill rate.
    public var kill = 0.06
    /// Diffusivities of both substances.
    public var diffusivities = [2e-5, 1e-5]
    /// Side of the square.
    public var length = 2.5

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("feed", \.feed, .nonnegative, "feed rate F"), .number("kill", \.kill, .nonnegative, "kill rate k"),
        .numbers("diffusivities", \.diffusivities, .positive, count: 2...2, "diffusivities of both substances"),
        .number("length", \.length, .positive, "side of the square"),
    ]

    /// The system with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            GrayScottForm(
                equation: self, sampler: try context.requireInitialSampler(Self.samplers), solver: try context.requireSolver()), context)
    }
}

private struct GrayScottForm: EvolutionForm {
    let equation: GrayScottEquation
    let sampler: any InitialFieldSampler
    let solver: PseudoSpectralSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "u_t = \(equation.diffusivities[0]) Lap u - u v^2 + F (1 - u), v_t = \(equation.diffusivities[1]) Lap v + u v^2 - (F + k) v, "
                + "F = \(equation.feed), k = \(equation.kill), periodic square of side \(equation.length); v(0) = \(sampler.initialAccount), u(0) = 1 - v(0)",
            scheme: solver.scheme("Fourier series"), order: "spectral in space, 4 in time",
            references: "Pearson, doi:10.1126/science.261.5118.189")
    }

    let dimension = 2
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { solver.sweepTolerances }
    let times = FrameTimes(count: 21, interval: 50)
    let symmetries = DomainSymmetries.torus

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, to: equation.length, location: .periodic) }

    var state: [FieldDescription] {
        [("u", "concentration of the fed substance"), ("v", "concentration of the reacting substance")].map {
            FieldDescription(name: $0.0, longName: $0.1, role: .state, dependence: .trajectory)
        }
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let draw = sampler.prepare(on: grid, native: native)
        return { generator in
            let v = draw(generator)
            let u = Tensor<Double>(v.shape, v.scalars.map { 1 - $0 })
            return EvolutionStart(state: Tensor.channels([u, v]).reshaped(grid.shape + [2]))
        }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        try GrayScottSolver(
            shape: grid.shape, extent: [equation.length, equation.length],
            diffusivities: (equation.diffusivities[0], equation.diffusivities[1]), feed: equation.feed, kill: equation.kill,
            control: solver.control(tolerance))
    }
}
