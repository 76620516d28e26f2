import Datasets
import Foundation
import Metrics
import NeuralOperators
import Solvers
import Tensors
import Training

/// Compares a trained operator with the classical solver on the same inputs: error against a finer truth, cost on one core.
///
/// The solver is swept over resolutions and delivers on the operator's grid; both are measured against a solution on a much finer grid whose own
/// error is estimated. A weak baseline is avoided by the sweep itself: the speed-up is taken at the solver's cheapest setting that is as accurate as
/// the operator, not at the setting that made the data (N. McGreivy and A. Hakim, "Weak baselines and reporting biases lead to overoptimism in machine
/// learning for fluid-related partial differential equations", Nature Machine Intelligence 6, 2024, rules 1 and 2).
public struct Comparison: Sendable {
    /// Error and cost of one method at one setting.
    public struct Point: Sendable, Codable {
        /// Points of the grid that the method works on, slowest axis first.
        public var resolution: [Int]
        /// Tolerance of the linear solver or of the error control in time; nil for the operator.
        public var tolerance: Double?
        /// Mean relative L2 error over the samples.
        public var error: Double
        /// 95 % interval of the error.
        public var errorLower: Double
        /// Upper end.
        public var errorUpper: Double
        /// Core seconds of one sample: the shortest of several repetitions, averaged over the samples.
        public var seconds: Double
    }

    /// What a comparison finds.
    public struct Result: Sendable, Codable {
        /// The equation.
        public var equation: String
        /// The solver, in words.
        public var scheme: String
        /// Architecture and number of weights of the operator.
        public var architecture: String
        /// Samples compared.
        public var samples: Int
        /// The solver's sweep, coarsest first.
        public var solver: [Point]
        /// The operator.
        public var neuralOperator: Point
        /// Points of the grid of the truth.
        public var referenceResolution: [Int]
        /// Estimated relative error of the truth: its distance from the next coarser solution.
        public var referenceError: Double
        /// Cost of the solver at the operator's error over the operator's cost, on one core; nil when no setting of the sweep is as accurate as the operator.
        public var speedUp: Double?
        /// 95 % interval of the speed-up over the samples.
        public var speedUpLower: Double?
        /// Upper end.
        public var speedUpUpper: Double?
        /// Whether the coarsest setting is already as accurate as the operator, so that the true speed-up may be smaller.
        public var speedUpIsUpperBound: Bool
        /// Core seconds that the solver needs at the operator's error, interpolated along the sweep.
        public var solverSecondsAtEqualError: Double?
        /// Core seconds that it took to solve the training and validation data.
        public var generationSeconds: Double
        /// Seconds of training.
        public var trainingSeconds: Double
        /// Solves after which generation and training have paid off; nil when they never do.
        public var breakEvenSolves: Double?
        /// One sentence.
        public var verdict: String
    }

    private let run: Run
    private let workers: Workers

    /// A comparison of a run.
    public init(_ run: Run, workers: Workers) {
        self.run = run
        self.workers = workers
    }

    /// Errors and times of every sample at one setting.
    private struct Series {
        var resolution: [Int]
        var tolerance: Double?
        var errors: [Double]
        var seconds: [Double]

        var point: Point {
            let interval = Bootstrap().mean(errors)
            let mean = errors.reduce(0, +) / Double(errors.count)
            return Point(
                resolution: resolution, tolerance: tolerance, error: mean, errorLower: interval?.lower ?? mean,
                errorUpper: interval?.upper ?? mean,
                seconds: seconds.reduce(0, +) / Double(seconds.count))
        }
    }

    /// Runs the comparison with the settings of the run's case.
    ///
    /// - Throws: `CaseError` when the case has no comparison or a resolution does not fit; `SolverError`, `OperatorError`.
    public func compare(progress: @Sendable (_ done: Int, _ total: Int, _ what: String) -> Void = { _, _, _ in }) throws -> Result {
        let settings = try run.content.require(\.comparison, named: "comparison", for: "comparing")
        let dataset = try run.content.require(\.dataset, named: "dataset", for: "comparing")
        guard let test = Generation.splits(dataset).first(where: { $0.name == "test" }) else {
            throw run.content.rejection(
                of: "dataset", "test", allowed: "1 or more samples: the comparison takes its inputs from the test split")
        }
        let problem = try run.content.makeProblem()
        let samples = min(settings.samples, test.count)
        let generators = (0..<samples).map { Philox(seed: UInt64(run.content.content.seed), stream: test.firstStream + UInt64($0)) }
        if problem.sweepTolerances.isEmpty, !settings.tolerances.isEmpty {
            throw run.content.rejection(of: "comparison", "tolerances", allowed: "no such key: this solver has no tolerance")
        }
        let tolerances = settings.tolerances.isEmpty ? problem.sweepTolerances : settings.tolerances.sorted(by: >)
        let resolutions = settings.resolutions.sorted { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }
        let choices = resolutions.flatMap { resolution in
            tolerances.isEmpty
                ? [SolverSetting(resolution: resolution)] : tolerances.map { SolverSetting(resolution: resolution, tolerance: $0) }
        }
        let total = samples * (choices.count + 3)

        // The truth, much finer than the solver that made the data and than the sweep, and a coarser, looser one to estimate its error.
        let native = try run.content.located {
            try problem.makeSolver(SolverSetting(), output: dataset.resolution, isStrict: true).resolution
        }
        let finest = (resolutions + [Resolution(axes: native)]).max { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }!
        let reference = settings.reference ?? problem.refined(finest)
        // A resolution that does not fit is found before the long solves, not after.
        for resolution in resolutions + [reference] {
            _ = try makeSolver(problem, SolverSetting(resolution: resolution), dataset.resolution, settings)
        }
        let truths = try solveTruth(problem, reference, dataset.resolution, settings, generators) { progress($0, total, "reference") }
        let looser = SolverSetting(resolution: finest, tolerance: problem.sweepTolerances.last.map { 10 * $0 })
        let check = try solve(problem, looser, truths, dataset.resolution, settings, generators, 1) {
            progress(samples + $0, total, "reference")
        }
        let referenceError = check.errors.reduce(0, +) / Double(samples)

        var sweep: [Series] = []
        for (number, choice) in choices.enumerated() {
            let series = try solve(problem, choice, truths, dataset.resolution, settings, generators, settings.repeats) {
                progress((2 + number) * samples + $0, total, "solver at \(choice.resolution!)")
            }
            // A setting that some sample blows up at has no error to speak of.
            if series.errors.allSatisfy(\.isFinite) { sweep.append(series) }
        }
        let learned = try predict(truths, settings.repeats) { progress((2 + sweep.count) * samples + $0, total, "operator") }
        return result(problem, sweep, learned, reference: truths.resolution, referenceError, samples)
    }

    /// What is true and what the operator is given.
    private struct Truths {
        var resolution: [Int] = []
        /// Input and truth of the operator.
        var samples: [Samples<Float>] = []
        /// The state that the operator is given last, for solvers to go on from; empty for problems without time.
        var states: [EvolutionState] = []
    }

    /// A solver of the sweep or of the truth; a resolution that does not fit is the fault of the comparison's section.
    private func makeSolver(
        _ problem: any Problem, _ setting: SolverSetting, _ output: Resolution, _ settings: ComparisonSettings
    ) throws -> any SampleSolver {
        let number = settings.resolutions.firstIndex { $0 == setting.resolution }
        let path = ["comparison"] + (number.map { ["resolutions", "\($0)"] } ?? ["reference"])
        return try run.content.located(at: path) { try problem.makeSolver(setting, output: output, isStrict: false) }
    }

    /// Solves all samples on the finest grid.
    private func solveTruth(
        _ problem: any Problem, _ resolution: Resolution, _ output: Resolution, _ settings: ComparisonSettings, _ generators: [Philox],
        _ progress: (Int) -> Void
    ) throws -> Truths {
        let solver = try makeSolver(problem, SolverSetting(resolution: resolution), output, settings)
        let reading = SampleReading(run.model.description)
        var truths = Truths(resolution: solver.resolution)
        for (number, generator) in generators.enumerated() {
            if let window = run.model.description.window, let evolution = solver as? any EvolutionSampleSolver {
                let (sample, state) = try evolution.solve(generator, stateAt: window.inputs - 1)
                truths.samples.append(reading.samples(of: sample))
                truths.states.append(state)
            } else {
                truths.samples.append(reading.samples(of: try solver.solve(generator)))
            }
            progress(number + 1)
        }
        return truths
    }

    /// Solves all samples at one setting, one after another on one core, each as often as said; the shortest time counts.
    ///
    /// In time the solver starts where the operator does: from the true state of the last frame that the operator is given.
    private func solve(
        _ problem: any Problem, _ setting: SolverSetting, _ truths: Truths, _ output: Resolution, _ settings: ComparisonSettings,
        _ generators: [Philox], _ repeats: Int, _ progress: (Int) -> Void
    ) throws -> Series {
        let solver = try makeSolver(problem, setting, output, settings)
        let fields = run.model.description.stateFields
        var series = Series(resolution: solver.resolution, tolerance: setting.tolerance, errors: [], seconds: [])
        for (number, generator) in generators.enumerated() {
            var seconds = Double.infinity
            var error = Double.infinity
            for _ in 0..<repeats {
                guard let solved = try attempt(solver, generator, truths.states.isEmpty ? nil : truths.states[number]) else { break }
                seconds = min(seconds, solved.seconds)
                error = distance(fields.map { solved.fields[$0]! }, truths.samples[number].targets)
            }
            // A setting that blows up is infinitely wrong; what it cost does not matter.
            series.errors.append(error)
            series.seconds.append(seconds)
            progress(number + 1)
        }
        return series
    }

    /// One solution; nil when the setting is too coarse for the solver to go through.
    private func attempt(_ solver: any SampleSolver, _ generator: Philox, _ state: EvolutionState?) throws -> SolvedSample? {
        do {
            guard let state, let evolution = solver as? any EvolutionSampleSolver else { return try solver.solve(generator) }
            return try evolution.solve(generator, from: state)
        } catch is SolverError { return nil }
    }

    private func predict(_ truths: Truths, _ repeats: Int, _ progress: (Int) -> Void) throws -> Series {
        var series = Series(resolution: run.model.description.interface.grid, tolerance: nil, errors: [], seconds: [])
        let one = Workers(threads: 1)
        // The first call plans transforms and fills the pool; users pay that once for each process, not for each field.
        _ = try run.model.predict(truths.samples[0].inputs, workers: one)
        for (number, sample) in truths.samples.enumerated() {
            var seconds = Double.infinity
            var prediction = sample.targets
            for _ in 0..<max(repeats, 3) {
                let start = ContinuousClock.now
                prediction = try run.model.forecast(sample, workers: one)
                seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
            }
            series.errors.append(prediction.relativeErrors(to: sample.targets)[0])
            series.seconds.append(seconds)
            progress(number + 1)
        }
        return series
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

    // MARK: - Conclusions

    /// Cost of the cheapest solver with at most `error`, log-log along the sweep's front; nil when no setting is as accurate.
    static func cost(atError error: Double, _ points: [(error: Double, seconds: Double)]) -> (seconds: Double, isBound: Bool)? {
        // Only settings that no other beats in both error and cost.
        let front = points.filter { point in
            !points.contains {
                $0.error <= point.error && $0.seconds < point.seconds || $0.error < point.error && $0.seconds <= point.seconds
            }
        }.sorted { $0.error > $1.error }
        guard let first = front.first, let last = front.last, last.error <= error else { return nil }
        if first.error <= error { return (first.seconds, true) }
        for (coarse, fine) in zip(front, front.dropFirst()) where coarse.error >= error && fine.error <= error {
            let fraction = (log(coarse.error) - log(error)) / (log(coarse.error) - log(fine.error))
            return (exp(log(coarse.seconds) + fraction * (log(fine.seconds) - log(coarse.seconds))), false)
        }
        return (last.seconds, false)
    }

    private func result(
        _ problem: any Problem, _ sweep: [Series], _ learned: Series, reference: [Int], _ referenceError: Double, _ samples: Int
    ) -> Result {
        func cost(_ indices: [Int]) -> (ratio: Double, seconds: Double, isBound: Bool)? {
            func mean(_ values: [Double]) -> Double { indices.reduce(0) { $0 + values[$1] } / Double(indices.count) }
            guard let found = Comparison.cost(atError: mean(learned.errors), sweep.map { (mean($0.errors), mean($0.seconds)) }) else {
                return nil
            }
            return (found.seconds / mean(learned.seconds), found.seconds, found.isBound)
        }
        let all = Array(0..<samples)
        let equal = cost(all)
        // Ends of the interval: the ratio for samples drawn with replacement.
        let interval = Bootstrap().interval(count: samples) { cost($0)?.ratio ?? .nan }
        let operatorPoint = learned.point
        let generation = generationSeconds
        let training = trainingSeconds
        var breakEven: Double?
        if let equal, equal.seconds > operatorPoint.seconds {
            breakEven = (generation + training) / (equal.seconds - operatorPoint.seconds)
        }
        let weights = Format.count(run.model.parameters.layout.parameterCount)
        return Result(
            equation: problem.account.equation, scheme: problem.account.scheme,
            architecture: "\(run.model.description.architecture), \(weights) weights",
            samples: samples, solver: sweep.map(\.point), neuralOperator: operatorPoint, referenceResolution: reference,
            referenceError: referenceError, speedUp: equal?.ratio, speedUpLower: interval.flatMap { $0.lower.isNaN ? nil : $0.lower },
            speedUpUpper: interval.flatMap { $0.upper.isNaN ? nil : $0.upper }, speedUpIsUpperBound: equal?.isBound ?? false,
            solverSecondsAtEqualError: equal?.seconds, generationSeconds: generation, trainingSeconds: training, breakEvenSolves: breakEven,
            verdict: verdict(operatorPoint, equal.map { ($0.ratio, $0.isBound) }, breakEven, sweep))
    }

    private func verdict(_ point: Point, _ equal: (ratio: Double, isBound: Bool)?, _ breakEven: Double?, _ sweep: [Series]) -> String {
        let error = Format.percent(point.error, 2)
        guard let equal else {
            let best = sweep.map { $0.point.error }.min() ?? 0
            return
                "The sweep's most accurate solver has an error of \(Format.percent(best, 2)), more than the operator's \(error): extend the "
                + "sweep in [comparison] resolutions before speaking of a speed-up."
        }
        let bound = equal.isBound ? "at most " : ""
        if equal.ratio < 1 {
            return "At the operator's error of \(error) the classical solver is faster: the operator takes "
                + "\(Format.significant(1 / equal.ratio, 2)) times its time, so use the solver."
        }
        let payoff = breakEven.map { "; generation and training are paid off after \(Format.count(Int($0.rounded(.up)))) solves" } ?? ""
        return
            "At the operator's error of \(error) the operator is \(bound)\(Format.significant(equal.ratio, 2)) times as fast as the classical solver"
            + payoff + "."
    }

    /// Core seconds in the records of the training and validation data; 0 when the files are gone.
    private var generationSeconds: Double {
        ["train", "valid"].reduce(0) { sum, split in
            guard let records = try? DatasetFile(run.data(split)).records() else { return sum }
            return sum + records.reduce(0) { $0 + $1.seconds }
        }
    }

    /// The last wall time in the run's metrics; 0 when the file is gone.
    private var trainingSeconds: Double { TrainingHistory(run.folder)?.seconds ?? 0 }
}
