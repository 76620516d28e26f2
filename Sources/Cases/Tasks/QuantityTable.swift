import Datasets
import Metrics
import Tensors
import Training

/// True and predicted values of the numbers of interest, sample by sample.
struct QuantityTable {
    private let interest: any QuantitiesOfInterest
    private let outputs: [String]
    private var truths: [[Double?]] = []
    private var predictions: [[Double?]] = []

    /// An empty table; nil when the problem has no such numbers or the operator steps in time.
    init?(_ problem: any Problem, _ description: ModelDescription) {
        guard let interest = problem.quantitiesOfInterest, description.window == nil else { return nil }
        self.interest = interest
        outputs = description.stateFields
    }

    /// What the predicted fields do not give.
    var missing: String? { interest.missing }

    /// Takes in predictions `[sample, x..., field]` of samples of a file.
    ///
    /// - Throws: `DatasetsError` when the file lacks a field.
    mutating func add(_ prediction: Tensor<Float>, _ file: DatasetFile, _ indices: [Int]) throws {
        let (known, solution) = (interest.knownFields, interest.solutionFields)
        let stored: Tensor<Double> = try file.read(samples: indices, fields: known + solution, as: Double.self)
        for sample in indices.indices {
            var fields: [String: Tensor<Double>] = [:]
            for (channel, name) in (known + solution).enumerated() { fields[name] = stored.field(sample: sample, channel: channel) }
            truths.append(interest.values(fields))
            for name in solution {
                fields[name] = prediction.field(sample: sample, channel: outputs.firstIndex(of: name)!).cast(to: Double.self)
            }
            predictions.append(interest.values(fields))
        }
    }

    /// What was found of each number.
    var results: [Evaluation.Quantity] {
        interest.quantities.enumerated().map { number, quantity in
            let (truth, prediction) = (truths.map { $0[number] }, predictions.map { $0[number] })
            let pairs = zip(truth, prediction).compactMap { pair in pair.0.flatMap { t in pair.1.map { (t, $0) } } }
            let errors = pairs.map { abs($1 - $0) }
            let interval = Bootstrap().mean(errors)
            return Evaluation.Quantity(
                name: quantity.name, meaning: quantity.meaning, truth: truth, prediction: prediction,
                meanTruth: pairs.isEmpty ? nil : pairs.map(\.0).reduce(0, +) / Double(pairs.count),
                meanError: errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count), lower: interval?.lower,
                upper: interval?.upper,
                bias: pairs.isEmpty ? nil : pairs.map { $1 - $0 }.reduce(0, +) / Double(pairs.count), largestError: errors.max(),
                rankCorrelation: pairs.count < 3 ? nil : RankCorrelation.spearman(pairs.map(\.0), pairs.map(\.1)), samples: pairs.count,
                missed: zip(truth, prediction).count { $0 != nil && $1 == nil },
                invented: zip(truth, prediction).count { $0 == nil && $1 != nil })
        }
    }
}

extension Evaluation {
    /// A number that people read off a solution, in truth and prediction.
    public struct Quantity: Sendable, Codable {
        /// Name.
        public var name: String
        /// What it is.
        public var meaning: String
        /// Value of each sample from the true fields; nil where it has none.
        public var truth: [Double?]
        /// Value of each sample from the predicted fields.
        public var prediction: [Double?]
        /// Mean of the truth over the samples that have both.
        public var meanTruth: Double?
        /// Mean of `|prediction - truth|` over them, with a 95 % bootstrap interval.
        public var meanError: Double?
        /// Lower end of the interval.
        public var lower: Double?
        /// Upper end of the interval.
        public var upper: Double?
        /// Mean of `prediction - truth`.
        public var bias: Double?
        /// Largest `|prediction - truth|`.
        public var largestError: Double?
        /// Spearman's rank correlation of prediction and truth: does the operator rank the samples as the solver does.
        public var rankCorrelation: Double?
        /// Samples that have both values.
        public var samples: Int
        /// Samples that have the number in truth only.
        public var missed: Int
        /// Samples that have it in the prediction only.
        public var invented: Int
    }
}
