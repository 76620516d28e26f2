import Grids
import Solvers
import Tensors

/// `[equation] name = "compressible-flow"`: Euler or Navier-Stokes equations of an ideal gas in a periodic box.
public struct CompressibleFlowEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "compressible-flow"
    /// One line for `eddy list`.
    public static let summary = "compressible Euler or Navier-Stokes equations of an ideal gas in the periodic unit square"
    /// Samplers of the initial state.
    public static let samplers = [RandomWavesSampler.name]
    /// Solvers.
    public static let solvers = [FiniteVolumeSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// Ratio of specific heats.
    public var adiabaticIndex = 5.0 / 3
    /// Dynamic viscosity.
    public var shearViscosity = 1e-8
    /// Viscosity of expansion.
    public var bulkViscosity = 1e-8

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("adiabatic-index", \.adiabaticIndex, .above(1), "ratio of specific heats gamma"),
        .number("shear-viscosity", \.shearViscosity, .nonnegative, "dynamic viscosity eta; 0 with the next key: Euler equations"),
        .number("bulk-viscosity", \.bulkViscosity, .nonnegative, "viscosity of expansion zeta"),
    ]

    /// Gas flow with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            CompressibleFlowForm(equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver()), context)
    }
}

private struct CompressibleFlowForm: EvolutionForm {
    let equation: CompressibleFlowEquation
    let sampler: RandomWavesSampler
    let solver: FiniteVolumeSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation: "compressible Navier-Stokes equations, gamma = \(equation.adiabaticIndex), eta = \(equation.shearViscosity), "
                + "zeta = \(equation.bulkViscosity), periodic unit square; initial waves of mean Mach number \(sampler.mach)",
            scheme:
                "finite volumes, MUSCL (\(solver.limiter.rawValue)), HLLC, \(solver.stepper.rawValue), Courant number \(solver.courantNumber)",
            order: "2 in space and \(solver.stepper == .secondOrder ? 2 : 3) in time where the flow is smooth, 1 at shocks",
            references: "Takamoto et al., PDEBench, arXiv:2210.07182")
    }

    let dimension = 2
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { [] }
    let times = FrameTimes(count: 21, interval: 0.05)
    let conserved = ["density"]

    /// Momentum and total energy, whatever the viscosity.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        let gamma = equation.adiabaticIndex
        return [
            .conserved("momentum along x", limit: EvolutionGate.driftLimit, EvolutionLaw.mean { $0[0] * $0[1] }),
            .conserved("momentum along y", limit: EvolutionGate.driftLimit, EvolutionLaw.mean { $0[0] * $0[2] }),
            .conserved(
                "total energy", limit: EvolutionGate.driftLimit,
                EvolutionLaw.mean { $0[3] / (gamma - 1) + 0.5 * $0[0] * ($0[1] * $0[1] + $0[2] * $0[2]) }),
        ]
    }

    var state: [FieldDescription] {
        [
            FieldDescription(name: "density", longName: "density", role: .state, dependence: .trajectory),
            .velocity("x"), .velocity("y"),
            FieldDescription(name: "pressure", longName: "pressure", role: .state, dependence: .trajectory),
        ]
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let flow = RandomGasFlow(
            grid: grid, adiabaticIndex: equation.adiabaticIndex, machNumber: sampler.mach, maximalWavenumber: sampler.wavenumber)
        return { EvolutionStart(state: flow.sample($0)) }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        try CompressibleFlowSolver(
            grid: grid, adiabaticIndex: equation.adiabaticIndex, shearViscosity: equation.shearViscosity,
            bulkViscosity: equation.bulkViscosity, limiter: solver.limiter, stepper: solver.stepper, courantNumber: solver.courantNumber)
    }
}

extension FieldDescription {
    /// A component of the velocity as a trajectory.
    static func velocity(_ component: String, location: Location = .node) -> FieldDescription {
        FieldDescription(
            name: "velocity_\(component)", longName: "velocity along \(component)", role: .state, location: location,
            dependence: .trajectory, tensorOrder: 1, tensorComponent: component)
    }
}
