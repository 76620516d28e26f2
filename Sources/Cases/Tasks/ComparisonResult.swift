extension Comparison {
    /// The mean of one metric in one field over the samples.
    public struct Score: Sendable, Codable, Equatable {
        /// Name of the metric.
        public var metric: String
        /// The field.
        public var field: String
        /// Mean over the samples, of trajectories over all frames together.
        public var mean: Double
        /// Lower end of the 95 % interval; nil where there are too few samples.
        public var lower: Double?
        /// Upper end.
        public var upper: Double?
    }

    /// Error and cost of one method at one setting.
    public struct Point: Sendable, Codable, Equatable {
        /// Points of the grid that the method works on, slowest axis first.
        public var resolution: [Int]
        /// Tolerance of the linear solver or of the error control in time; nil for the operator.
        public var tolerance: Double?
        /// Mean relative L2 error over the samples, of all fields and frames together.
        public var error: Double
        /// 95 % interval of the error.
        public var errorLower: Double
        /// Upper end.
        public var errorUpper: Double
        /// Core seconds of one sample: the shortest of several repetitions, averaged over the samples.
        public var seconds: Double
        /// Floating-point operations of one sample, see `Result.operationCount`; nil where they are not counted.
        public var operations: Double?
        /// Every metric of the case's evaluation.
        public var scores: [Score]

        /// The mean of a metric over the fields; nil where it has no meaning.
        public func score(_ metric: String) -> Double? {
            let values = scores.filter { $0.metric == metric }.map(\.mean)
            return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
    }

    /// One trained operator beside the solver.
    public struct Candidate: Sendable, Codable, Equatable {
        /// Folder of the run.
        public var run: String
        /// Architecture and number of weights.
        public var architecture: String
        /// Error and cost.
        public var point: Point
        /// Cost of the solver at the operator's error over the operator's cost, on one core; nil when no setting of the sweep is as accurate.
        public var speedUp: Double?
        /// 95 % interval of the speed-up over the samples.
        public var speedUpLower: Double?
        /// Upper end; nil where in some resamples no setting of the sweep is as accurate.
        public var speedUpUpper: Double?
        /// Whether the coarsest setting that the solver takes is already as accurate as the operator, so that the speed-up has only an upper bound.
        public var speedUpIsUpperBound: Bool
        /// The same ratio at equal value of each metric of the evaluation that is an error, mean over the fields; metrics that the sweep does
        /// not reach are left out.
        public var speedUps: [String: Double]
        /// Core seconds that the solver needs at the operator's error, interpolated along the sweep.
        public var solverSecondsAtEqualError: Double?
        /// The solver's operations at the operator's error over the operator's; nil where one of them is not counted.
        public var operationRatio: Double?
        /// Core seconds that it took to solve the training and validation data.
        public var generationSeconds: Double
        /// Seconds of training.
        public var trainingSeconds: Double
        /// Solves after which generation and training have paid off; nil when they never do.
        public var breakEvenSolves: Double?
        /// One sentence.
        public var verdict: String
    }

    /// What a comparison finds.
    public struct Result: Sendable, Codable, Equatable {
        /// The equation.
        public var equation: String
        /// The solver, in words.
        public var scheme: String
        /// Which solver the operators are measured against and why that is fair.
        public var baseline: String
        /// What `Point.operations` counts.
        public var operationCount: String
        /// Samples compared.
        public var samples: Int
        /// Names of the metrics, in the order of the case.
        public var metrics: [String]
        /// The solver's sweep, coarsest first.
        public var solver: [Point]
        /// The operators in the order of the command.
        public var operators: [Candidate]
        /// Points of the grid of the truth.
        public var referenceResolution: [Int]
        /// Estimated relative error of the truth: its distance from the next coarser solution.
        public var referenceError: Double
        /// One sentence.
        public var verdict: String
    }
}

/// Runs that cannot be compared with each other.
public struct ComparisonError: Error, Equatable, CustomStringConvertible {
    /// The run that does not fit.
    public var run: String
    /// What differs.
    public var item: String
    /// What it is in that run.
    public var found: String
    /// The run that it must agree with, and what it is there.
    public var expected: String

    /// `RUN: ITEM is ...; allowed: ...`.
    public var description: String {
        "\(run): \(item) is \(found); allowed: \(expected). Runs are compared on the same inputs only"
    }
}
