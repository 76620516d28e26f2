import Datasets
import Foundation
import Grids
import Solvers
import Tensors

/// An initial value problem: trajectories of an `EvolutionForm` at the times of a case.
public struct EvolutionProblem: Problem {
    /// What the equation says about itself.
    public let form: any EvolutionForm
    /// Times of the frames.
    public let times: FrameTimes
    private let caseResolution: Resolution

    /// The problem of a form with the dataset of a case.
    ///
    /// - Throws: `ProblemError` when the times do not make sense.
    public init(_ form: any EvolutionForm, _ context: ProblemContext) throws {
        self.form = form
        let (dataset, standard) = (context.dataset, form.times)
        times = FrameTimes(
            count: dataset.frames ?? standard.count, interval: dataset.interval ?? standard.interval,
            start: dataset.start ?? (dataset.frames == nil && dataset.interval == nil ? standard.start : 0))
        if times.count < 2 {
            throw ProblemError("dataset", "frames", allowed: "2 or more: the equation evolves in time")
        }
        caseResolution = dataset.resolution
    }

    /// Equation, scheme and papers.
    public var account: ProblemAccount { form.account }
    /// Those of the form.
    public var sweepTolerances: [Double] { form.sweepTolerances }
    /// As the form says.
    public var countsOperations: Bool { form.countsOperations }

    /// From earlier frames and the constant inputs to later frames.
    public var learning: LearningTask {
        LearningTask(inputs: form.inputs.map(\.name), outputs: form.state.map(\.name), symmetries: form.symmetries, isEvolution: true)
    }

    private func grid(_ resolution: Resolution, key: String...) throws -> Grid {
        guard let size = resolution.size(dimension: form.dimension), size.allSatisfy({ $0 >= form.leastPoints }) else {
            let number = form.dimension == 1 ? "one number" : "one number or a list of \(form.dimension)"
            throw ProblemError(key[0], key[1], allowed: "\(number), \(form.leastPoints) or more each")
        }
        return form.grid(size)
    }

    /// The constant inputs and the trajectories of the state.
    public func schema(_ resolution: Resolution) throws -> DatasetSchema {
        let grid = try grid(resolution, key: "dataset", "resolution")
        return DatasetSchema(
            grid: grid, times: times.axis, boundary: form.boundary(grid),
            fields: form.inputs + form.state)
    }

    /// Twice the cells along every axis.
    public func refined(_ resolution: Resolution) -> Resolution {
        let isNodal = form.grid(Array(repeating: form.leastPoints, count: form.dimension)).axes.map { $0.location == .nodes }
        return resolution.doubled { isNodal[min($0, isNodal.count - 1)] }
    }

    /// A solver of the form that delivers trajectories; it can also continue from a state.
    public func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver {
        let target = try grid(output, key: "dataset", "resolution")
        let native = try grid(form.solverResolution ?? caseResolution, key: "solver", "resolution")
        let source = try setting.resolution.map { try grid($0, key: "solver", "resolution") } ?? native
        let transfer = GridTransfer(from: source, to: target)
        if isStrict, !transfer.isNested { throw ProblemError.notNested(in: target) }
        return try TrajectorySolver(
            form, times: times.axis.coordinates, solver: form.makeSolver(on: source, tolerance: setting.tolerance), native: native,
            source: source,
            target: target, transfer: transfer, isStrict: isStrict)
    }
}

extension EvolutionProblem: ResidualProblem {
    /// The residual between frames of the equation's flow.
    public func makeResidual(_ request: ResidualRequest) throws -> any EquationResidual {
        let grid = try grid(request.resolution, key: "dataset", "resolution")
        guard let flow = form.makeFlow(on: grid), let window = request.window else {
            throw ProblemError("physics", allowed: "no such section: this equation declares no residual")
        }
        precondition(form.state.count == 1, "a residual of \(form.state.count) fields")
        func make(_ flow: some SemilinearFlow) -> any EquationResidual {
            EvolutionResidual(flow, in: PeriodicSpace(grid), interval: times.interval, inputs: window.inputs)
        }
        return make(flow)
    }

    /// The initial states, which are what the operator reads if it reads one frame, at time 0.
    public func prepareInputs(_ request: ResidualRequest) throws -> @Sendable (Philox) -> [String: Tensor<Double>] {
        guard times.start == 0 else {
            throw ProblemError("dataset", "start", allowed: "0 where [physics] draws samples: they are initial states")
        }
        guard request.window?.inputs == 1 else {
            throw ProblemError("rollout", "input-frames", allowed: "1 where [physics] draws samples: they are initial states")
        }
        let target = try grid(request.resolution, key: "dataset", "resolution")
        let native = try grid(form.solverResolution ?? caseResolution, key: "solver", "resolution")
        let start = form.prepareStart(on: target, native: native)
        return { [form] generator in
            let start = start(generator)
            let fields = start.state.fieldsFirst
            let states = form.state.indices.map { fields.rows($0..<($0 + 1)).reshaped(target.shape) }
            return Dictionary(uniqueKeysWithValues: zip(form.state.map(\.name), states)).merging(start.inputs) { state, _ in state }
        }
    }
}

/// Integrates trajectories on one grid and delivers them on another.
private final class TrajectorySolver: EvolutionSampleSolver {
    private let form: any EvolutionForm
    private let times: [Double]
    private let solver: any EvolutionSolver
    private let source: Grid
    private let target: Grid
    private let transfer: GridTransfer
    private let isStrict: Bool
    /// What data must obey; empty where nobody asks.
    private let laws: [EvolutionLaw]
    private let drawFine: @Sendable (Philox) -> EvolutionStart
    private let drawCoarse: (@Sendable (Philox) -> EvolutionStart)?

    var resolution: [Int] { source.shape }
    var downsampling: String { transfer.method.rawValue }

    init(
        _ form: any EvolutionForm, times: [Double], solver: any EvolutionSolver, native: Grid, source: Grid, target: Grid,
        transfer: GridTransfer, isStrict: Bool
    ) throws {
        self.isStrict = isStrict
        laws = isStrict ? form.laws(on: source) : []
        self.form = form
        self.times = times
        self.solver = solver
        self.source = source
        self.target = target
        self.transfer = transfer
        drawFine = form.prepareStart(on: source, native: native)
        let needsCoarse = source != target && form.inputs.contains { $0.dependence.space == .all }
        drawCoarse = needsCoarse ? form.prepareStart(on: target, native: native) : nil
    }

    func solve(_ generator: Philox) throws -> SolvedSample {
        let start = drawFine(generator)
        return try run(generator, start, from: start.state, firstFrame: 0, at: times)
    }

    func solve(_ generator: Philox, stateAt frame: Int) throws -> (sample: SolvedSample, state: EvolutionState) {
        precondition(times.indices.contains(frame), "frame \(frame) of \(times.count)")
        let start = drawFine(generator)
        var kept: Tensor<Double>?
        let sample = try run(generator, start, from: start.state, firstFrame: 0, at: times) { number, state in
            if number == frame { kept = state.copied() }
        }
        return (sample, EvolutionState(frame: frame, grid: source, values: kept!))
    }

    func solve(_ generator: Philox, from state: EvolutionState) throws -> SolvedSample {
        var start = drawFine(generator)
        let fields = state.values.fieldsFirst
        let restricted = GridTransfer(from: state.grid, to: source)(fields).fieldsLast
        start.state = restricted
        let origin = times[state.frame]
        return try run(generator, start, from: restricted, firstFrame: state.frame + 1, at: times[(state.frame + 1)...].map { $0 - origin })
    }

    /// Integrates and delivers; the clock runs for both, not for drawing.
    private func run(
        _ generator: Philox, _ start: EvolutionStart, from initial: Tensor<Double>, firstFrame: Int, at times: [Double],
        _ observe: (Int, Tensor<Double>) -> Void = { _, _ in }
    ) throws -> SolvedSample {
        var fields = form.state.map { _ in Tensor<Double>(uninitialized: [times.count] + target.shape) }
        let points = target.count
        let gate = isStrict ? EvolutionGate(form, laws, on: source, initial: initial) : nil
        let clock = ContinuousClock.now
        try form.prepare(solver, for: start)
        let report = try solver.integrate(from: initial, times: times) { number, state in
            try gate?.check(state, time: times[number])
            let delivered = transfer(state.fieldsFirst)
            for field in fields.indices {
                fields[field].withUnsafeMutablePointer { target in
                    (target + number * points).update(from: delivered.basePointer + field * points, count: points)
                }
            }
            observe(number, state)
        }
        try gate?.check(report)
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        var result = Dictionary(uniqueKeysWithValues: zip(form.state.map(\.name), fields))
        let inputs = drawCoarse?(generator).inputs ?? start.inputs
        for (name, values) in inputs { result[name] = values.rank == 0 || values.shape == target.shape ? values : transfer(values) }
        return SolvedSample(fields: result, steps: report.steps, seconds: seconds, timeStep: report.timeStep.upperBound)
    }
}

extension Tensor {
    /// `[x..., field]` as `[field, x...]`.
    var fieldsFirst: Tensor {
        let fields = shape[rank - 1]
        if fields == 1 { return reshaped([1] + shape.dropLast()) }
        let points = count / fields
        var result = Tensor(uninitialized: [fields] + shape.dropLast())
        result.withUnsafeMutablePointer { target in
            let source = basePointer
            for field in 0..<fields {
                for point in 0..<points { target[field * points + point] = source[point * fields + field] }
            }
        }
        return result
    }

    /// `[field, x...]` as `[x..., field]`.
    var fieldsLast: Tensor {
        let fields = shape[0]
        if fields == 1 { return reshaped(shape.dropFirst() + [1]) }
        let points = count / fields
        var result = Tensor(uninitialized: shape.dropFirst() + [fields])
        result.withUnsafeMutablePointer { target in
            let source = basePointer
            for field in 0..<fields {
                for point in 0..<points { target[point * fields + field] = source[field * points + point] }
            }
        }
        return result
    }
}
