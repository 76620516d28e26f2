import Grids
import Numerics
import Solvers
import Tensors

/// `[equation] name = "turbulence"`: incompressible Navier-Stokes equations in a periodic cube, decaying or forced.
public struct TurbulenceEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "turbulence"
    /// One line for `eddy list`.
    public static let summary = "incompressible Navier-Stokes equations in 3 dimensions, velocity, periodic cube of side 2 pi"
    /// Samplers of each component of the initial velocity.
    public static let samplers = [GaussianFieldSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// Kinematic viscosity.
    public var viscosity = 0.02
    /// Rate of the linear forcing; 0: decaying turbulence.
    public var linearForcing = 0.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("viscosity", \.viscosity, .positive, "kinematic viscosity nu"),
        .number("linear-forcing", \.linearForcing, .nonnegative, "rate A of the forcing A u; 0: decaying turbulence"),
    ]

    /// Turbulence with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            TurbulenceForm(
                equation: self, sampler: try context.requireInitialSampler(Self.samplers), solver: try context.requireSolver()), context)
    }
}

private struct TurbulenceForm: EvolutionForm {
    let equation: TurbulenceEquation
    let sampler: any InitialFieldSampler
    let solver: PseudoSpectralSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "u_t + u.grad u = -grad p + \(equation.viscosity) Lap u + \(equation.linearForcing) u, div u = 0, periodic cube of side 2 pi; components "
                + "of u(0) = \(sampler.initialAccount), projected",
            scheme: solver.scheme("Fourier series, 2/3 rule"), order: "spectral in space, 4 in time",
            references: "Rogallo, NASA TM-81315; Lundgren, Annual Research Briefs 2003, 461")
    }

    let dimension = 3
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { solver.sweepTolerances }
    let times = FrameTimes(count: 11, interval: 0.1, start: 0.1)
    let symmetries = DomainSymmetries.shifts
    /// The forcing would make a mean flow grow.
    var conserved: [String] { equation.linearForcing == 0 ? state.map(\.name) : [] }
    let resolvedFlow = ResolvedFlow.velocity

    /// No divergence; the fluctuation of the velocity grows at most as `exp((A - nu) t)`, 1 being the least wavenumber.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        let rate = equation.linearForcing - equation.viscosity
        return [
            .zero("divergence of the velocity", limit: 1e-9, EvolutionLaw.periodicDivergence(on: grid)),
            .bounded(
                "fluctuation of the velocity", limit: timeLimit, by: { $0 * Double.exp(rate * $1) }, EvolutionLaw.fluctuation),
        ]
    }

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, to: 2 * Double.pi, location: .periodic) }
    var state: [FieldDescription] { [.velocity("x"), .velocity("y"), .velocity("z")] }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let draw = sampler.prepare(on: grid, native: native)
        return { generator in
            let fields = (0..<3).map { draw(Philox(seed: generator.seed ^ UInt64($0 + 1) << 40, stream: generator.stream)) }
            return EvolutionStart(state: Tensor.channels(fields).reshaped(grid.shape + [3]))
        }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        let side = 2 * Double.pi
        return try NavierStokes3D<Double>(
            shape: grid.shape, lengths: [side, side, side], viscosity: equation.viscosity, linearForcing: equation.linearForcing,
            control: solver.control(tolerance))
    }
}
