import Grids
import Solvers
import Tensors

/// `[equation] name = "shallow-water"`: a radial dam break in a square box.
public struct ShallowWaterEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "shallow-water"
    /// One line for `eddy list`.
    public static let summary = "shallow water over a flat bottom in the square [-2.5, 2.5]^2"
    /// Samplers of the initial state.
    public static let samplers = [RadialColumnSampler.name]
    /// Solvers.
    public static let solvers = [FiniteVolumeSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// What holds at the sides.
    public enum Sides: String, CaseIterable, Sendable {
        case open, wall
    }

    /// Acceleration of gravity.
    public var gravity = 1.0
    /// What holds at the sides.
    public var sides = Sides.open

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("gravity", \.gravity, .positive, "acceleration of gravity"),
        .choice("sides", \.sides, "whether waves leave through the sides or are reflected"),
    ]

    /// Shallow water with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            ShallowWaterForm(equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver()), context)
    }
}

private struct ShallowWaterForm: EvolutionForm {
    let equation: ShallowWaterEquation
    let sampler: RadialColumnSampler
    let solver: FiniteVolumeSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "shallow water equations, g = \(equation.gravity), [-2.5, 2.5]^2, \(equation.sides.rawValue) sides; a column of height "
                + "\(sampler.innerHeight) and radius \(sampler.radii[0]) to \(sampler.radii[1]) in water of height \(sampler.outerHeight)",
            scheme:
                "finite volumes, MUSCL (\(solver.limiter.rawValue)), HLLC, \(solver.stepper.rawValue), Courant number \(solver.courantNumber)",
            order: "2 in space and \(solver.stepper == .secondOrder ? 2 : 3) in time where the flow is smooth, 1 at bores",
            references: "Takamoto et al., PDEBench, arXiv:2210.07182")
    }

    let dimension = 2
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { [] }
    let times = FrameTimes(count: 25, interval: 0.04)
    var conserved: [String] { equation.sides == .wall ? ["height"] : [] }
    var symmetries: DomainSymmetries { .none }

    /// Bores lose mechanical energy, open sides let it out; nothing adds to it.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        let gravity = equation.gravity
        return [
            .bounded(
                "mechanical energy", limit: 1e-6,
                EvolutionLaw.mean { 0.5 * $0[0] * ($0[1] * $0[1] + $0[2] * $0[2]) + 0.5 * gravity * $0[0] * $0[0] })
        ]
    }

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, from: -2.5, to: 2.5, location: .centers) }
    func boundary(_ grid: Grid) -> Boundary { Boundary(equation.sides == .open ? .open : .wall, on: grid) }

    var state: [FieldDescription] {
        [
            FieldDescription(
                name: "height", longName: "height of the water", role: .state, location: .center, dependence: .trajectory),
            .velocity("x", location: .center), .velocity("y", location: .center),
        ]
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        // Heights are averages over cells, sampled eight times along each side of a cell of the case's solver.
        let subcells = max(1, 8 * native.axes[0].count / grid.axes[0].count)
        let column = RadialDamBreak(
            grid: grid, radii: sampler.radii[0]...sampler.radii[1], innerHeight: sampler.innerHeight, outerHeight: sampler.outerHeight,
            subcells: min(subcells, 64))
        return { EvolutionStart(state: column.sample($0)) }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        try ShallowWaterSolver(
            grid: grid, boundary: boundary(grid), gravity: equation.gravity, limiter: solver.limiter, stepper: solver.stepper,
            courantNumber: solver.courantNumber)
    }
}
