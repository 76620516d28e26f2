import Grids
import Solvers
import Tensors

/// `[equation] name = "wave"`: waves in a square.
public struct WaveEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "wave"
    /// One line for `eddy list`.
    public static let summary = "wave equation u_tt = c^2 Lap u in the unit square"
    /// Samplers of the initial displacement; the initial velocity is zero.
    public static let samplers = [GaussianBumpsSampler.name]
    /// Solvers.
    public static let solvers = [SummationByPartsSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// What holds at the sides.
    public enum Sides: String, CaseIterable, Sendable {
        case dirichlet, neumann, absorbing
    }

    /// Speed of the waves.
    public var speed = 1.0
    /// What holds at the sides.
    public var sides = Sides.dirichlet

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("speed", \.speed, .positive, "speed c of the waves"),
        .choice("sides", \.sides, "whether the sides hold the value (dirichlet), the slope (neumann), or let waves out (absorbing)"),
    ]

    /// Waves with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        let solver: SummationByPartsSettings = try context.requireSolver()
        if sides == .absorbing, solver.courantNumber > 0.65 {
            throw ProblemError("solver", "courant-number", allowed: "at most 0.65 with absorbing sides")
        }
        return try EvolutionProblem(
            WaveForm(equation: self, sampler: try context.requireInitialSampler(Self.samplers), solver: solver), context)
    }
}

private struct WaveForm: EvolutionForm {
    let equation: WaveEquation
    let sampler: any InitialFieldSampler
    let solver: SummationByPartsSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "u_tt = \(equation.speed)^2 Lap u in the unit square, \(equation.sides.rawValue) sides; u(0) = \(sampler.initialAccount)"
                + (equation.sides == .dirichlet ? ", times 16 x (1 - x) y (1 - y)" : "") + "; u_t(0) = 0",
            scheme: "summation-by-parts differences of order 4, "
                + (equation.sides == .absorbing ? "Runge-Kutta steps" : "modified-equation leapfrog")
                + ", Courant number \(solver.courantNumber)",
            order: "4 in space and time",
            references: "Mattsson, Ham and Iaccarino, doi:10.1016/j.jcp.2008.06.023; Shubin and Bell, doi:10.1137/0908026")
    }

    let dimension = 2
    let leastPoints = 16
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { [] }
    let times = FrameTimes(count: 21, interval: 0.05)
    let symmetries = DomainSymmetries.square

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, location: .nodes) }
    func boundary(_ grid: Grid) -> Boundary {
        let kind: BoundaryKind =
            switch equation.sides {
            case .dirichlet: .dirichlet
            case .neumann: .neumann
            case .absorbing: .open
            }
        return Boundary(kind, on: grid)
    }

    var state: [FieldDescription] {
        [("u", "displacement"), ("u_t", "velocity of the displacement")].map {
            FieldDescription(name: $0.0, longName: $0.1, role: .state, dependence: .trajectory)
        }
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let draw = sampler.prepare(on: grid, native: native)
        // Sides that hold the value need an initial displacement that is zero there.
        let lines = grid.axes.map { axis in axis.coordinates.map { equation.sides == .dirichlet ? 4 * $0 * (1 - $0) : 1 } }
        return { generator in
            let drawn = draw(generator)
            let width = lines[1].count
            let u = Tensor<Double>(
                drawn.shape, drawn.scalars.enumerated().map { $0.element * lines[0][$0.offset / width] * lines[1][$0.offset % width] })
            return EvolutionStart(state: Tensor.channels([u, Tensor(u.shape, repeating: 0)]).reshaped(grid.shape + [2]))
        }
    }

    /// The energy is constant between reflecting sides, up to the error of the steps in time, and falls through absorbing ones.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        guard let solver = try? makeWaveSolver(on: grid) else { return [] }
        let quantity: EvolutionLaw.Quantity = { frame in
            let energy = solver.energy(of: frame.state)
            return (energy, energy)
        }
        return [
            equation.sides == .absorbing
                ? .bounded("energy", limit: 1e-9, quantity) : .conserved("energy", limit: 0.01, quantity)
        ]
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver { try makeWaveSolver(on: grid) }

    private func makeWaveSolver(on grid: Grid) throws -> WaveSolver {
        let condition: WaveBoundary.Condition =
            switch equation.sides {
            case .dirichlet: .dirichlet
            case .neumann: .neumann
            case .absorbing: .absorbing
            }
        return try WaveSolver(
            speed: Tensor(grid.shape, repeating: equation.speed), boundary: WaveBoundary(condition), courant: solver.courantNumber)
    }
}
