import Datasets
import Foundation
import Metrics
import NeuralOperators
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
        var errors: [Double]
        var seconds: [Double]

        var point: Point {
            let interval = Bootstrap().mean(errors)
            let mean = errors.reduce(0, +) / Double(errors.count)
            return Point(
                resolution: resolution, error: mean, errorLower: interval?.lower ?? mean, errorUpper: interval?.upper ?? mean,
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
        let total = samples * (settings.resolutions.count + 3)

        // The truth, much finer than the solver that made the data and than the sweep, and the next coarser grid to estimate its error.
        let native = try run.content.located {
            try problem.makeSolver(resolution: nil, output: dataset.resolution, isStrict: true).resolution
        }
        let finest = (settings.resolutions + [Resolution(axes: native)]).max { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }!
        let reference = settings.reference ?? problem.refined(finest)
        // A resolution that does not fit is found before the long solves, not after.
        for resolution in settings.resolutions + [reference] { _ = try makeSolver(problem, resolution, dataset.resolution, settings) }
        let truths = try solve(problem, reference, dataset.resolution, settings, generators, 1) { progress($0, total, "reference") }
        let check = try solve(problem, finest, dataset.resolution, settings, generators, 1) { progress(samples + $0, total, "reference") }
        let referenceError = zip(check.fields, truths.fields).map { distance($0.0, $0.1) }.reduce(0, +) / Double(samples)

        var sweep: [Series] = []
        for (number, resolution) in settings.resolutions.sorted(by: { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }).enumerated() {
            let solved = try solve(problem, resolution, dataset.resolution, settings, generators, settings.repeats) {
                progress((2 + number) * samples + $0, total, "solver at \(resolution)")
            }
            sweep.append(
                Series(
                    resolution: solved.resolution, errors: zip(solved.fields, truths.fields).map { distance($0.0, $0.1) },
                    seconds: solved.seconds))
        }
        let learned = try predict(truths, settings.repeats) { progress((2 + sweep.count) * samples + $0, total, "operator") }
        return result(problem, sweep, learned, reference: truths.resolution, referenceError, samples)
    }

    private struct Solutions {
        var resolution: [Int]
        var inputs: [Tensor<Float>]
        var fields: [[Tensor<Double>]]
        var seconds: [Double]
    }

    /// A solver of the sweep or of the truth; a resolution that does not fit is the fault of the comparison's section.
    private func makeSolver(
        _ problem: any Problem, _ resolution: Resolution, _ output: Resolution, _ settings: ComparisonSettings
    ) throws -> any SampleSolver {
        let number = settings.resolutions.firstIndex(of: resolution)
        let path = ["comparison"] + (number.map { ["resolutions", "\($0)"] } ?? ["reference"])
        return try run.content.located(at: path) {
            try problem.makeSolver(resolution: resolution, output: output, isStrict: false)
        }
    }

    /// Solves all samples at one resolution, one after another on one core, each as often as said; the shortest time counts.
    private func solve(
        _ problem: any Problem, _ resolution: Resolution, _ output: Resolution, _ settings: ComparisonSettings, _ generators: [Philox],
        _ repeats: Int,
        _ progress: (Int) -> Void
    ) throws -> Solutions {
        let solver = try makeSolver(problem, resolution, output, settings)
        let task = problem.learning
        var result = Solutions(resolution: solver.resolution, inputs: [], fields: [], seconds: [])
        for (number, generator) in generators.enumerated() {
            var best: SolvedSample?
            var seconds = Double.infinity
            for _ in 0..<repeats {
                let solved = try solver.solve(generator)
                seconds = min(seconds, solved.seconds)
                best = solved
            }
            result.inputs.append(.channels(task.inputs.map { best!.fields[$0]! }))
            result.fields.append(task.outputs.map { best!.fields[$0]! })
            result.seconds.append(seconds)
            progress(number + 1)
        }
        return result
    }

    private func predict(_ truths: Solutions, _ repeats: Int, _ progress: (Int) -> Void) throws -> Series {
        var series = Series(resolution: run.model.description.interface.grid, errors: [], seconds: [])
        let one = Workers(threads: 1)
        // The first call plans transforms and fills the pool; users pay that once for each process, not for each field.
        _ = try run.model.predict(truths.inputs[0], workers: one)
        for (number, input) in truths.inputs.enumerated() {
            var seconds = Double.infinity
            var prediction = input
            for _ in 0..<max(repeats, 3) {
                let start = ContinuousClock.now
                prediction = try run.model.predict(input, workers: one)
                seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
            }
            let fields = truths.fields[number].indices.map { prediction.field(sample: 0, channel: $0).cast(to: Double.self) }
            series.errors.append(distance(fields, truths.fields[number]))
            series.seconds.append(seconds)
            progress(number + 1)
        }
        return series
    }

    /// Relative L2 distance over all fields together.
    private func distance(_ prediction: [Tensor<Double>], _ truth: [Tensor<Double>]) -> Double {
        var (difference, norm) = (0.0, 0.0)
        for (v, u) in zip(prediction, truth) {
            for (a, b) in zip(v.scalars, u.scalars) {
                difference += (a - b) * (a - b)
                norm += b * b
            }
        }
        return (difference / norm).squareRoot()
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
