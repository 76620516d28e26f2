import Tensors

/// A classical solver of an initial value problem on a fixed grid, with its plans and work space; owned by one thread.
///
/// States are `[x..., field]`: the axes of the grid, slowest first, then the fields in the order that the solver documents, in Float64.
public protocol EvolutionSolver: AnyObject {
    /// Points of the grid, slowest axis first.
    var shape: [Int] { get }

    /// Number of fields of a state.
    var fieldCount: Int { get }

    /// Integrates from `initial` at time 0 to the last of `times`.
    ///
    /// - Parameters:
    ///   - initial: state `[x..., field]` at time 0.
    ///   - times: ascending, 0 or later; the state at each is handed over with its number.
    ///   - deliver: takes the number of the time and the state `[x..., field]`, which it may keep.
    /// - Returns: what the integration took.
    /// - Throws: `SolverError.diverged` with step, time and value as soon as a state is not finite or unphysical; what `deliver` throws.
    @discardableResult
    func integrate(from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void) throws -> IntegrationReport
}

/// What an integration in time took.
public struct IntegrationReport: Sendable, Equatable {
    /// Steps taken, rejected ones included.
    public var steps: Int
    /// Steps that an error control rejected.
    public var rejected: Int
    /// Smallest and largest time step, the steps shortened to meet an output time left out unless there are no others.
    public var timeStep: ClosedRange<Double>
    /// The largest estimated error of a step taken, relative to the norm of the state; nil where the solver makes no estimate.
    public var stepError: Double?
    /// What is missing in the account of the energy of the discrete solution, relative to the energy: the most between two outputs.
    ///
    /// The energy is half the sum of the squared coefficients; it must change by the time integral of `<u, f(u)>`. Nil where the solver keeps no such
    /// account.
    public var energyDefect: Double?

    /// A report.
    public init(steps: Int, rejected: Int = 0, timeStep: ClosedRange<Double>, stepError: Double? = nil, energyDefect: Double? = nil) {
        self.steps = steps
        self.rejected = rejected
        self.timeStep = timeStep
        self.stepError = stepError
        self.energyDefect = energyDefect
    }
}

extension EvolutionSolver {
    /// The states at `times` as `[time, x..., field]`, with what they took.
    ///
    /// - Throws: what `integrate` throws.
    public func trajectory(from initial: Tensor<Double>, times: [Double]) throws -> (states: Tensor<Double>, report: IntegrationReport) {
        var states = Tensor<Double>(uninitialized: [times.count] + initial.shape)
        let report = try integrate(from: initial, times: times) { number, state in
            precondition(state.shape == initial.shape, "state of shape \(state.shape) from an initial state of shape \(initial.shape)")
            states.withUnsafeMutablePointer { target in
                (target + number * state.count).update(from: state.basePointer, count: state.count)
            }
        }
        return (states, report)
    }
}
