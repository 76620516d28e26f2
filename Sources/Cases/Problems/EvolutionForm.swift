import Grids
import Solvers
import Tensors

/// What an equation in time says about itself; `EvolutionProblem` makes samples of it.
public protocol EvolutionForm: Sendable {
    /// Equation, scheme and papers in words.
    var account: ProblemAccount { get }

    /// Number of axes of the domain.
    var dimension: Int { get }

    /// Fewest points along an axis.
    var leastPoints: Int { get }

    /// The grid with so many points along each axis, slowest first.
    func grid(_ shape: [Int]) -> Grid

    /// The boundary.
    func boundary(_ grid: Grid) -> Boundary

    /// The fields that evolve, in the order of the solver's state; each depends on sample, time and space.
    var state: [FieldDescription] { get }

    /// What else the operator must know: fields (coefficients, forcings) and numbers (parameters) of a sample that do not change in time.
    var inputs: [FieldDescription] { get }

    /// Maps of the domain onto itself that turn solutions into solutions.
    var symmetries: DomainSymmetries { get }

    /// Names of the fields of the state whose mean over the domain the solver conserves to rounding; data that do not are refused.
    var conserved: [String] { get }

    /// What else the solutions obey from frame to frame, on the solver's grid; data that do not are refused.
    func laws(on grid: Grid) -> [EvolutionLaw]

    /// Which energy must have a spectrum that falls off before the grid ends; data that do not are refused.
    var resolvedFlow: ResolvedFlow { get }

    /// Times of the frames unless the case says otherwise.
    var times: FrameTimes { get }

    /// Points of the solver's grid; nil for those of the dataset.
    var solverResolution: Resolution? { get }

    /// Tolerances of the error control worth trying in a comparison, loosest first.
    var sweepTolerances: [Double] { get }

    /// Whether the floating-point operations of the solver's main loops are counted.
    var countsOperations: Bool { get }

    /// Prepares drawing on a grid; the result maps a stream of random numbers to the beginning of a trajectory.
    ///
    /// The initial fields are functions of space that `native`, the grid of the case's solver, resolves: on every grid a stream gives the values
    /// of the same function.
    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart

    /// A solver on a grid; `tolerance` replaces that of the case's error control.
    ///
    /// - Throws: `ProblemError`, `SolverError.invalidInput`.
    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver

    /// The linear symbol and the nonlinear term on the tape, for physics-informed training; nil where the equation declares none.
    func makeFlow(on grid: Grid) -> (any SemilinearFlow)?

    /// Tells the solver the inputs of a sample before it is integrated.
    ///
    /// - Throws: `SolverError.invalidInput`.
    func prepare(_ solver: any EvolutionSolver, for start: EvolutionStart) throws
}

extension EvolutionForm {
    /// Periodic along every axis with period 1.
    public func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, location: .periodic) }
    /// Periodic.
    public func boundary(_ grid: Grid) -> Boundary { Boundary(.periodic, on: grid) }
    /// None.
    public var inputs: [FieldDescription] { [] }
    /// Counted.
    public var countsOperations: Bool { true }
    /// None but the identity.
    public var symmetries: DomainSymmetries { .none }
    /// None.
    public var conserved: [String] { [] }
    /// None.
    public func laws(on grid: Grid) -> [EvolutionLaw] { [] }
    /// None.
    public var resolvedFlow: ResolvedFlow { .none }
    /// Enough points for the widest stencil in use.
    public var leastPoints: Int { 8 }
    /// None.
    public func makeFlow(on grid: Grid) -> (any SemilinearFlow)? { nil }
    /// The solver knows everything.
    public func prepare(_ solver: any EvolutionSolver, for start: EvolutionStart) {}
}

/// The beginning of a trajectory.
public struct EvolutionStart: Sendable {
    /// Initial values `[x..., field]`.
    public var state: Tensor<Double>
    /// Values of the constant inputs by name: `[x...]`, or `[]` for a number.
    public var inputs: [String: Tensor<Double>]

    /// A state and the inputs that stay the same.
    public init(state: Tensor<Double>, inputs: [String: Tensor<Double>] = [:]) {
        self.state = state
        self.inputs = inputs
    }
}

/// Equally spaced times of the stored frames.
public struct FrameTimes: Sendable, Equatable {
    /// Number of frames.
    public var count: Int
    /// Time between frames.
    public var interval: Double
    /// Time of the first frame; 0 is the initial state.
    public var start: Double

    /// `start, start + interval, ...`.
    public init(count: Int, interval: Double, start: Double = 0) {
        self.count = count
        self.interval = interval
        self.start = start
    }

    /// The axis of the times.
    public var axis: Axis {
        Axis(name: "t", from: start, to: start + Double(count - 1) * interval, count: count, location: .nodes)
    }
}
