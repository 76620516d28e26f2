import Datasets
import Foundation
import Grids
import Metrics
import NeuralOperators
import Solvers
import Tensors
import Training

/// Compares trained operators with the classical solver on the same inputs: error against a finer truth, cost on one core.
///
/// The solver is swept over resolutions and delivers on the operators' grid; all are measured against a solution on a much finer grid whose own
/// error is estimated. A weak baseline is avoided by the sweep itself: the speed-up is taken at the solver's cheapest setting that is as accurate as
/// the operator, not at the setting that made the data, and the sweep is continued to coarser grids until it is less accurate than the operators
/// (N. McGreivy and A. Hakim, "Weak baselines and reporting biases lead to overoptimism in machine learning for fluid-related partial differential
/// equations", Nature Machine Intelligence 6, 2024, rules 1 and 2).
public struct Comparison: Sendable {
    private let family: ComparisonFamily
    private let workers: Workers
    private var first: Run { family.runs[0] }

    /// A comparison of a run.
    public init(_ run: Run, workers: Workers) {
        family = ComparisonFamily(run)
        self.workers = workers
    }

    /// A comparison of several runs, with the settings of the first one's case.
    ///
    /// - Throws: `ComparisonError` when they do not solve the same problem for the same inputs.
    public init(_ runs: [Run], workers: Workers) throws {
        family = try ComparisonFamily(runs)
        self.workers = workers
    }

    /// Errors and times of every sample at one setting.
    struct Series {
        var resolution: [Int]
        var tolerance: Double?
        var errors: [Double] = []
        var seconds: [Double] = []
        var operations: [Int] = []
        var scores: [Score] = []

        var point: Point {
            let interval = Bootstrap().mean(errors)
            let mean = errors.reduce(0, +) / Double(errors.count)
            let counted = operations.allSatisfy { $0 > 0 } && !operations.isEmpty
            return Point(
                resolution: resolution, tolerance: tolerance, error: mean, errorLower: interval?.lower ?? mean,
                errorUpper: interval?.upper ?? mean, seconds: seconds.reduce(0, +) / Double(seconds.count),
                operations: counted ? Double(operations.reduce(0, +)) / Double(operations.count) : nil, scores: scores)
        }
    }

    /// What is true and what the operators are given.
    private struct Truths {
        var resolution: [Int] = []
        /// Input and truth of each operator, `[run][sample]`.
        var samples: [[Samples<Float>]]
        /// The state that the operators are given last, for solvers to go on from; empty for problems without time.
        var states: [EvolutionState] = []
    }

    /// What all solves of a comparison share.
    private struct Task {
        var problem: any Problem
        var settings: ComparisonSettings
        var output: Resolution
        var generators: [Philox]
        var metrics: [Metric]
        var schema: DatasetSchema
        var leads: [Double]?
    }

    /// Runs the comparison with the settings of the first run's case.
    ///
    /// - Throws: `CaseError` when the case has no comparison or a resolution does not fit; `SolverError`, `OperatorError`.
    public func compare(progress: @Sendable (_ done: Int, _ total: Int, _ what: String) -> Void = { _, _, _ in }) throws -> Result {
        let task = try makeTask()
        let (problem, settings, samples) = (task.problem, task.settings, task.generators.count)
        let resolutions = settings.resolutions.sorted { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }
        let tolerances = settings.tolerances.isEmpty ? problem.sweepTolerances : settings.tolerances.sorted(by: >)
        func choices(_ resolution: Resolution) -> [SolverSetting] {
            tolerances.isEmpty
                ? [SolverSetting(resolution: resolution)] : tolerances.map { SolverSetting(resolution: resolution, tolerance: $0) }
        }
        let total = samples * (resolutions.flatMap(choices).count + 2 + family.runs.count)

        // The truth, much finer than the solver that made the data and than the sweep, and a coarser, looser one to estimate its error.
        let native = try first.content.located {
            try problem.makeSolver(SolverSetting(), output: task.output, isStrict: true).resolution
        }
        let finest = (resolutions + [Resolution(axes: native)]).max { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }!
        let reference = settings.reference ?? problem.refined(finest)
        // A resolution that does not fit is found before the long solves, not after.
        for resolution in resolutions + [reference] { _ = try makeSolver(task, SolverSetting(resolution: resolution)) }
        let truths = try solveTruth(task, reference) { progress($0, total, "reference") }
        let looser = SolverSetting(resolution: finest, tolerance: problem.sweepTolerances.last.map { 10 * $0 })
        let check = try solve(task, looser, truths, repeats: 1) { progress(samples + $0, total, "reference") }
        let referenceError = check.errors.reduce(0, +) / Double(samples)
        var done = 2 * samples

        var learned: [Series] = []
        for (number, run) in family.runs.enumerated() {
            learned.append(try predict(task, run, truths.samples[number]) { progress(min(done + $0, total), total, "operator") })
            done += samples
        }
        var sweep: [Series] = []
        func solveAll(_ resolution: Resolution) throws -> [Series] {
            try choices(resolution).compactMap { choice in
                let series = try solve(task, choice, truths, repeats: settings.repeats) {
                    progress(min(done + $0, total), total, "solver at \(resolution)")
                }
                done += samples
                // A setting that some sample blows up at has no error to speak of.
                return series.errors.allSatisfy(\.isFinite) ? series : nil
            }
        }
        for resolution in resolutions { sweep += try solveAll(resolution) }
        // The sweep must begin with settings that are less accurate than every operator: otherwise the baseline is weak.
        let worst = learned.map { $0.point.error }.max()!
        var coarsest = resolutions[0]
        while let coarser = coarsened(coarsest, problem), sweep.allSatisfy({ $0.point.error <= worst }),
            (try? makeSolver(task, SolverSetting(resolution: coarser))) != nil
        {
            let found = try solveAll(coarser)
            if found.isEmpty { break }
            sweep = found + sweep
            coarsest = coarser
        }
        return result(task, sweep, learned, reference: truths.resolution, referenceError)
    }

    private func makeTask() throws -> Task {
        let content = first.content
        let settings = try content.require(\.comparison, named: "comparison", for: "comparing")
        let dataset = try content.require(\.dataset, named: "dataset", for: "comparing")
        guard let test = Generation.splits(dataset).first(where: { $0.name == "test" }) else {
            throw content.rejection(
                of: "dataset", "test", allowed: "1 or more samples: the comparison takes its inputs from the test split")
        }
        let problem = try content.makeProblem()
        if problem.sweepTolerances.isEmpty, !settings.tolerances.isEmpty {
            throw content.rejection(of: "comparison", "tolerances", allowed: "no such key: this solver has no tolerance")
        }
        let schema = try content.located { try problem.schema(dataset.resolution) }
        let seed = UInt64(content.content.seed)
        let leads = first.model.description.window.flatMap { window in
            schema.times.map { times in times.coordinates[window.inputs...].map { $0 - times.coordinates[window.inputs - 1] } }
        }
        return Task(
            problem: problem, settings: settings, output: dataset.resolution,
            generators: (0..<min(settings.samples, test.count)).map { Philox(seed: seed, stream: test.firstStream + UInt64($0)) },
            metrics: try (content.evaluation?.metrics ?? ["relative-l2"]).map { try Metric.named($0) }, schema: schema, leads: leads)
    }

    /// The grid that `resolution` is the next finer of; nil where there is none.
    private func coarsened(_ resolution: Resolution, _ problem: any Problem) -> Resolution? {
        for halve in [{ $0 / 2 }, { ($0 + 1) / 2 }] as [(Int) -> Int] {
            let axes = resolution.axes.map(halve)
            guard axes.allSatisfy({ $0 >= 2 }) else { continue }
            let candidate = Resolution(axes: axes)
            if problem.refined(candidate) == resolution { return candidate }
        }
        return nil
    }

    /// A solver of the sweep or of the truth; a resolution that does not fit is the fault of the comparison's section.
    private func makeSolver(_ task: Task, _ setting: SolverSetting) throws -> any SampleSolver {
        let number = task.settings.resolutions.firstIndex { $0 == setting.resolution }
        let path = ["comparison"] + (number.map { ["resolutions", "\($0)"] } ?? ["reference"])
        return try first.content.located(at: path) { try task.problem.makeSolver(setting, output: task.output, isStrict: false) }
    }

    /// Solves all samples on the finest grid.
    private func solveTruth(_ task: Task, _ resolution: Resolution, _ progress: (Int) -> Void) throws -> Truths {
        let solver = try makeSolver(task, SolverSetting(resolution: resolution))
        let readings = family.runs.map { SampleReading($0.model.description) }
        var truths = Truths(resolution: solver.resolution, samples: readings.map { _ in [] })
        for (number, generator) in task.generators.enumerated() {
            let solved: SolvedSample
            if let window = first.model.description.window, let evolution = solver as? any EvolutionSampleSolver {
                let (sample, state) = try evolution.solve(generator, stateAt: window.inputs - 1)
                truths.states.append(state)
                solved = sample
            } else {
                solved = try solver.solve(generator)
            }
            for (run, reading) in readings.enumerated() { truths.samples[run].append(reading.samples(of: try solved.checked())) }
            progress(number + 1)
        }
        return truths
    }

    /// Solves all samples at one setting, one after another on one core, each as often as said; the shortest time counts.
    ///
    /// In time the solver starts where the operators do: from the true state of the last frame that they are given.
    private func solve(_ task: Task, _ setting: SolverSetting, _ truths: Truths, repeats: Int, _ progress: (Int) -> Void) throws -> Series {
        let solver = try makeSolver(task, setting)
        let fields = first.model.description.stateFields
        var series = Series(resolution: solver.resolution, tolerance: setting.tolerance)
        var table = scoreTable(task)
        for (number, generator) in task.generators.enumerated() {
            var seconds = Double.infinity
            var error = Double.infinity
            let truth = truths.samples[0][number].targets
            for repetition in 0..<repeats {
                if repetition == 0 { Flops.start() }
                let found = try attempt(solver, generator, truths.states.isEmpty ? nil : truths.states[number])
                if repetition == 0 { series.operations.append(Flops.stopAll()) }
                guard let solved = found else { break }
                seconds = min(seconds, solved.seconds)
                guard repetition == 0 else { continue }
                let values = fields.map { solved.fields[$0]! }
                error = distance(values, truth)
                if error.isFinite { try table.add(interleaved(values, like: truth), truth) }
            }
            // A setting that blows up is infinitely wrong; what it cost does not matter.
            series.errors.append(error)
            series.seconds.append(seconds)
            progress(number + 1)
        }
        if !task.problem.countsOperations { series.operations = [] }
        if series.errors.allSatisfy(\.isFinite) { series.scores = scores(table) }
        return series
    }

    /// One solution; nil when the setting is too coarse for the solver to go through.
    private func attempt(_ solver: any SampleSolver, _ generator: Philox, _ state: EvolutionState?) throws -> SolvedSample? {
        do {
            guard let state, let evolution = solver as? any EvolutionSampleSolver else { return try solver.solve(generator) }
            return try evolution.solve(generator, from: state)
        } catch is SolverError { return nil }
    }

    private func predict(_ task: Task, _ run: Run, _ truths: [Samples<Float>], _ progress: (Int) -> Void) throws -> Series {
        var series = Series(resolution: run.model.description.interface.grid)
        var table = scoreTable(task)
        let one = Workers(threads: 1)
        // The first call plans transforms and fills the pool; users pay that once for each process, not for each field.
        _ = try run.model.forecast(truths[0], workers: one)
        for (number, sample) in truths.enumerated() {
            var seconds = Double.infinity
            var prediction = sample.targets
            for repetition in 0..<max(task.settings.repeats, 3) {
                if repetition == 0 { Flops.start() }
                let start = ContinuousClock.now
                prediction = try run.model.forecast(sample, workers: one)
                seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
                if repetition == 0 { series.operations.append(Flops.stopAll()) }
            }
            let error = prediction.relativeErrors(to: sample.targets)[0]
            series.errors.append(error.isNaN ? .infinity : error)
            series.seconds.append(seconds)
            try table.add(prediction, sample.targets)
            progress(number + 1)
        }
        series.scores = scores(table)
        return series
    }

    // MARK: - Errors

    private func scoreTable(_ task: Task) -> EvaluationTable {
        EvaluationTable(
            metrics: task.metrics, fields: first.model.description.stateFields, leads: task.leads, on: FieldGeometry(task.schema.grid))
    }

    private func scores(_ table: EvaluationTable) -> [Score] {
        table.entries.filter { $0.lead == nil }.map {
            Score(metric: $0.metric, field: $0.field, mean: $0.mean, lower: $0.lower, upper: $0.upper)
        }
    }

    /// Fields `[(frame,) x...]` in the layout of a truth `[1, x..., frame * field]`.
    private func interleaved(_ fields: [Tensor<Double>], like truth: Tensor<Float>) -> Tensor<Float> {
        let width = truth.shape[truth.rank - 1]
        let points = truth.count / width
        var result = Tensor<Float>(uninitialized: truth.shape)
        result.withUnsafeMutablePointer { target in
            for (number, field) in fields.enumerated() {
                for frame in 0..<(width / fields.count) {
                    let (source, start) = (field.basePointer + frame * points, frame * fields.count + number)
                    for point in 0..<points { target[point * width + start] = Float(source[point]) }
                }
            }
        }
        return result
    }

    /// Relative L2 distance of fields `[(frame,) x...]` from a truth `[1, x..., frame * field]`, over everything together.
    private func distance(_ fields: [Tensor<Double>], _ truth: Tensor<Float>) -> Double {
        let width = truth.shape[truth.rank - 1]
        let points = truth.count / width
        var (difference, norm) = (0.0, 0.0)
        for (number, field) in fields.enumerated() {
            for frame in 0..<(width / fields.count) {
                let (a, b) = (field.basePointer + frame * points, truth.basePointer + frame * fields.count + number)
                for point in 0..<points {
                    let u = Double(b[point * width])
                    difference += (a[point] - u) * (a[point] - u)
                    norm += u * u
                }
            }
        }
        return difference.isFinite ? (difference / norm).squareRoot() : .infinity
    }

    private func result(_ task: Task, _ sweep: [Series], _ learned: [Series], reference: [Int], _ referenceError: Double) -> Result {
        let points = sweep.map(\.point)
        let candidates = zip(family.runs, learned).map { run, series in
            ComparisonConclusion(sweep: sweep, points: points, learned: series, metrics: task.metrics).candidate(run)
        }
        let account = task.problem.account
        let (sizes, tolerances) = (Set(points.map(\.resolution)).count, Set(points.compactMap(\.tolerance)).count)
        let swept = "\(sizes) grids" + (tolerances > 1 ? " and \(tolerances) tolerances" : "")
        let counted =
            task.problem.countsOperations
            ? "transforms exactly as planned, matrix products, convolutions and band factorisations exactly, stencils and fluxes by the operations "
                + "of their inner loops; pointwise work, such as nonlinear terms, activations and assembly, is not counted"
            : "transforms, matrix products and convolutions of the operators; this solver's operations are not counted"
        return Result(
            equation: account.equation, scheme: account.scheme,
            baseline:
                "\(account.scheme); order \(account.order). Fair because it is the solver that a user of this equation would run: the "
                + "one that made the data, in Float64 on one core of the same machine, given the same inputs, swept over \(swept) and taken at its "
                + "cheapest setting that is as accurate as the operator",
            operationCount: counted, samples: task.generators.count,
            metrics: task.metrics.map(\.name).filter { name in
                learned[0].scores.contains { $0.metric == name }
            }, solver: points, operators: candidates, referenceResolution: reference, referenceError: referenceError,
            verdict: ComparisonConclusion.verdict(candidates))
    }
}
