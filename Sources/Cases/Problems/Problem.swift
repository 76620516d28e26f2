import Datasets
import Grids
import Tensors

/// An equation with its sampler and solver, ready to make samples at any resolution.
public protocol Problem: Sendable {
    /// What the data are and how they are made, for the files and for people.
    var account: ProblemAccount { get }

    /// The fields that an operator reads and those that it predicts.
    var learning: LearningTask { get }

    /// Numbers that people read off a solution; nil for none.
    var quantitiesOfInterest: (any QuantitiesOfInterest)? { get }

    /// What a sample on a grid holds.
    ///
    /// - Throws: `ProblemError` when the resolution does not fit the equation.
    func schema(_ resolution: Resolution) throws -> DatasetSchema

    /// The next finer grid that holds all points of a grid.
    func refined(_ resolution: Resolution) -> Resolution

    /// A solver for one thread that solves at one resolution and delivers on the grid of another.
    ///
    /// - Parameters:
    ///   - setting: how fine and how exact; the case's own where it does not say.
    ///   - output: points of the grid of the samples.
    ///   - isStrict: whether the output grid must be nested in the solver's, as data for training must be; otherwise the solution is interpolated.
    /// - Throws: `ProblemError` when the resolutions do not fit.
    func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver

    /// Tolerances worth trying when cost is weighed against error, loosest first: of the linear solver, or of the error control in time.
    var sweepTolerances: [Double] { get }

    /// Whether the floating-point operations of the solver's main loops are counted.
    var countsOperations: Bool { get }
}

extension Problem {
    /// Counted.
    public var countsOperations: Bool { true }
}

/// One setting of a classical solver.
public struct SolverSetting: Sendable, Hashable {
    /// Points of the solver's grid; nil for the case's own.
    public var resolution: Resolution?
    /// Tolerance of the linear solver or of the error control in time; nil for the case's own.
    public var tolerance: Double?

    /// The case's own setting, changed where said.
    public init(resolution: Resolution? = nil, tolerance: Double? = nil) {
        self.resolution = resolution
        self.tolerance = tolerance
    }
}

/// A state of a trajectory, on the grid of the solver that found it, for another solver to go on from.
public struct EvolutionState: Sendable {
    /// Number of the frame.
    public var frame: Int
    /// The grid.
    public var grid: Grid
    /// Values `[x..., field]`.
    public var values: Tensor<Double>
}

/// Solves initial value problems, from the beginning or from a frame.
public protocol EvolutionSampleSolver: SampleSolver {
    /// As `solve(_:)`, with the state at frame `frame` on the solver's own grid.
    ///
    /// - Throws: `SolverError` when the solver fails.
    func solve(_ generator: Philox, stateAt frame: Int) throws -> (sample: SolvedSample, state: EvolutionState)

    /// Continues to the last frame; the result's fields have the frames after the state's only.
    ///
    /// - Throws: `SolverError` when the solver fails.
    func solve(_ generator: Philox, from state: EvolutionState) throws -> SolvedSample
}

/// Solves samples one after another; owned by one thread.
public protocol SampleSolver: AnyObject {
    /// Points of the grid that the equation is solved on, slowest axis first.
    var resolution: [Int] { get }
    /// How the solution becomes a sample.
    var downsampling: String { get }

    /// Draws the random input of a stream of numbers and solves.
    ///
    /// - Throws: `SolverError` when the solver fails.
    func solve(_ generator: Philox) throws -> SolvedSample
}

/// One solved sample.
public struct SolvedSample: Sendable {
    /// Values by field name.
    public var fields: [String: Tensor<Double>]
    /// Iterations or time steps.
    public var steps: Int
    /// Time of the solver on one core, in seconds: set-up, solve and delivery on the output grid, without drawing the input.
    public var seconds: Double
    /// Largest time step that was taken; nil for steady problems.
    public var timeStep: Double?

    /// A sample with its cost.
    public init(fields: [String: Tensor<Double>], steps: Int, seconds: Double, timeStep: Double? = nil) {
        self.timeStep = timeStep
        self.fields = fields
        self.steps = steps
        self.seconds = seconds
    }
}

/// What the data of a problem are, in words.
public struct ProblemAccount: Sendable {
    /// The equation, its name and formula.
    public var equation: String
    /// Discretisation and solver.
    public var scheme: String
    /// Order of accuracy.
    public var order: String
    /// Papers that define the problem.
    public var references: String

    /// An account.
    public init(equation: String, scheme: String, order: String, references: String) {
        self.equation = equation
        self.scheme = scheme
        self.order = order
        self.references = references
    }
}

/// A setting that is right in itself but does not fit the problem; tasks turn it into an error that names the line of the case.
public struct ProblemError: Error, Equatable, CustomStringConvertible {
    /// Keys from the root of the case: `["solver", "resolution"]`.
    public var path: [String]
    /// What is allowed and why.
    public var allowed: String

    /// A fault at a path.
    public init(_ path: String..., allowed: String) {
        self.path = path
        self.allowed = allowed
    }

    /// Path and rule.
    public var description: String { "[\(path.dropLast().joined(separator: "."))] \(path.last ?? ""): allowed: \(allowed)" }
}

/// What a problem is made of.
public struct ProblemContext: Sendable {
    /// Seed of every random number.
    public var seed: UInt64
    /// The sampler of the case.
    public var sampler: any SamplerSettings
    /// The solver of the case.
    public var solver: any SolverSettings
    /// The dataset of the case.
    public var dataset: DatasetSettings
}

extension ProblemError {
    /// The solver's grid does not hold the points of the dataset's; says which ones would.
    static func notNested(in target: Grid) -> ProblemError {
        let axis = target.axes[0]
        let fine = (1...4).map { axis.location == .nodes ? $0 * (axis.count - 1) + 1 : $0 * axis.count }
        return ProblemError(
            "solver", "resolution",
            allowed: "a grid that holds the \(axis.count) points of the dataset: \(fine.map(String.init).joined(separator: ", ")), ...")
    }
}

extension ProblemContext {
    /// The sampler of a coefficient field.
    ///
    /// - Throws: `ProblemError` when the case has another kind of sampler.
    func requireCoefficientSampler(_ names: [String]) throws -> any CoefficientSampler {
        guard let settings = sampler as? any CoefficientSampler else {
            throw ProblemError("sampler", "name", allowed: names.joined(separator: ", "))
        }
        return settings
    }

    /// The sampler as the type that the equation needs.
    ///
    /// - Throws: `ProblemError` when it is another one.
    func requireSampler<Settings: SamplerSettings>() throws -> Settings {
        guard let settings = sampler as? Settings else { throw ProblemError("sampler", "name", allowed: Settings.name) }
        return settings
    }

    /// The solver as the type that the equation needs.
    ///
    /// - Throws: `ProblemError` when it is another one.
    func requireSolver<Settings: SolverSettings>() throws -> Settings {
        guard let settings = solver as? Settings else { throw ProblemError("solver", "name", allowed: Settings.name) }
        return settings
    }
}

extension Case {
    /// The problem that the case describes.
    ///
    /// - Throws: `CaseError` when a section is missing or settings do not fit together.
    public func makeProblem() throws -> any Problem {
        let equation = try require(\.equation, named: "equation", for: "solving")
        let context = ProblemContext(
            seed: UInt64(content.seed), sampler: try require(\.sampler, named: "sampler", for: "solving"),
            solver: try require(\.solver, named: "solver", for: "solving"),
            dataset: try require(\.dataset, named: "dataset", for: "solving"))
        return try located {
            if !equation.evolves {
                for (key, isSet) in [
                    ("frames", context.dataset.frames != nil), ("interval", context.dataset.interval != nil),
                    ("start", context.dataset.start != nil),
                ] where isSet { throw ProblemError("dataset", key, allowed: "no such key: this equation does not evolve in time") }
            }
            return try equation.makeProblem(context)
        }
    }

    /// Runs `body` and turns a `ProblemError` into an error that names the file and line; `path` stands for that of the error when the value
    /// at fault comes from another place than the problem thinks, such as a resolution from the list of a comparison.
    public func located<Result>(at path: [String]? = nil, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as ProblemError { throw rejection(of: path ?? error.path, allowed: error.allowed) }
    }
}
