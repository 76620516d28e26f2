import Datasets
import Foundation
import Metrics
import NeuralOperators
import Tensors
import Training

/// Measures a trained operator on samples that it has not seen.
public struct Evaluation: Sendable {
    /// One metric of one field at one resolution.
    public struct Entry: Sendable, Codable {
        /// Points of the grid.
        public var resolution: [Int]
        /// Name of the field, or `all` for the fields together.
        public var field: String
        /// Name of the metric.
        public var metric: String
        /// Mean over the samples, with a 95 % bootstrap interval where there are enough samples.
        public var mean: Double
        /// Ends of the interval.
        public var lower: Double?
        /// Upper end.
        public var upper: Double?
        /// The value of all samples pooled, where the metric has one (for relative errors the ratio of norms).
        public var pooled: Double?
        /// Median over the samples.
        public var median: Double
        /// Largest value over the samples.
        public var worst: Double
        /// Number of the sample with the largest value.
        public var worstSample: Int
        /// Number of samples.
        public var samples: Int
    }

    /// Everything that an evaluation finds.
    public struct Result: Sendable, Codable {
        /// The entries in the order of the table.
        public var entries: [Entry]
        /// Relative L2 error of each sample at the dataset's resolution, for figures.
        public var sampleErrors: [Double]
    }

    private let run: Run
    private let workers: Workers

    /// An evaluation of a run.
    public init(_ run: Run, workers: Workers) {
        self.run = run
        self.workers = workers
    }

    /// Evaluates on a dataset file (the run's test split unless another is given) and on solutions made for each further resolution of the
    /// case.
    ///
    /// - Parameters:
    ///   - dataset: file with truth; nil for the run's test split.
    ///   - extraSamples: samples solved for each further resolution.
    /// - Throws: `DatasetsError`, `OperatorError`, `SolverError`.
    public func evaluate(dataset: String? = nil, extraSamples: Int = 20, progress: @Sendable (Int, Int) -> Void = { _, _ in }) throws
        -> Result
    {
        let file = try DatasetFile(dataset ?? run.data("test"))
        let task = try learningTask(file)
        let metrics = try (run.content.evaluation?.metrics ?? ["relative-l2"]).map { try Metric.named($0) }
        var table = Table(metrics: metrics, fields: task.outputs)
        let geometry = FieldGeometry(file.grid)
        for start in stride(from: 0, to: file.sampleCount, by: 32) {
            let indices = Array(start..<min(start + 32, file.sampleCount))
            let samples = try DatasetSource.read(file, task, indices)
            try table.add(try run.model.predict(samples.inputs, workers: workers), samples.targets, geometry)
            progress(indices.last! + 1, file.sampleCount)
        }
        var entries = table.entries(resolution: file.grid.shape)
        let errors = table.relativeErrors
        if dataset == nil {
            for resolution in run.content.evaluation?.resolutions ?? [] {
                let size = resolution.size(dimension: file.grid.dimension)
                guard let size, size != file.grid.shape else { continue }
                entries += try evaluate(at: resolution, metrics, task, samples: extraSamples)
            }
        }
        return Result(entries: entries, sampleErrors: errors)
    }

    /// Truth solved anew on another grid from the test split's own inputs.
    private func evaluate(at resolution: Resolution, _ metrics: [Metric], _ task: LearningTask, samples: Int) throws -> [Entry] {
        let problem = try run.content.makeProblem()
        let number = run.content.evaluation?.resolutions.firstIndex(of: resolution) ?? 0
        let path = ["evaluation", "resolutions", "\(number)"]
        let schema = try run.content.located(at: path) { try problem.schema(resolution) }
        try run.model.validate(grid: schema.grid.shape, channels: task.inputs.count)
        let test = Generation.splits(run.content.content.dataset!).first { $0.name == "test" }
        guard let test else { return [] }
        let solver = try run.content.located(at: path) { try problem.makeSolver(resolution: nil, output: resolution, isStrict: true) }
        var table = Table(metrics: metrics, fields: task.outputs)
        for index in 0..<min(samples, test.count) {
            let solved = try solver.solve(Philox(seed: UInt64(run.content.content.seed), stream: test.firstStream + UInt64(index)))
            func channels(_ names: [String]) -> Tensor<Float> { Tensor.channels(names.map { solved.fields[$0]! }) }
            let prediction = try run.model.predict(channels(task.inputs), workers: workers)
            try table.add(prediction, channels(task.outputs), FieldGeometry(schema.grid))
        }
        return table.entries(resolution: schema.grid.shape)
    }

    private func learningTask(_ file: DatasetFile) throws -> LearningTask {
        let description = run.model.description
        let task = LearningTask(inputs: description.inputs.map(\.field), outputs: description.outputs.map(\.field))
        for name in task.inputs + task.outputs where file.schema.field(name) == nil {
            throw DatasetsError.missingField(path: file.path, field: name, available: file.fields.map(\.name))
        }
        guard file.grid.hasSameDomain(as: description.grid) else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "domain", found: "\(file.grid)", expected: "that of the training data: \(description.grid)")
        }
        return task
    }

    /// Terms of every metric, field and sample.
    private struct Table {
        let metrics: [Metric]
        let fields: [String]
        /// `[metric][field]`, the last field being all together, then samples.
        var terms: [[[Metric.Terms]]]

        init(metrics: [Metric], fields: [String]) {
            self.metrics = metrics
            self.fields = fields
            terms = metrics.map { _ in Array(repeating: [], count: fields.count) }
        }

        mutating func add(_ prediction: Tensor<Float>, _ truth: Tensor<Float>, _ geometry: FieldGeometry) throws {
            for sample in 0..<prediction.shape[0] {
                for field in fields.indices {
                    let (v, u) = (prediction.field(sample: sample, channel: field), truth.field(sample: sample, channel: field))
                    for (number, metric) in metrics.enumerated() {
                        terms[number][field].append(try metric.terms(prediction: v, truth: u, on: geometry))
                    }
                }
            }
        }

        var relativeErrors: [Double] {
            guard let number = metrics.firstIndex(where: { $0.name == "relative-l2" }) else { return [] }
            return terms[number][0].map { metrics[number].value(of: $0) }
        }

        func entries(resolution: [Int]) -> [Entry] {
            metrics.indices.flatMap { number in
                fields.indices.map { field in
                    let metric = metrics[number]
                    let samples = terms[number][field]
                    let values = samples.map { metric.value(of: $0) }
                    let worst = values.indices.max { values[$0] < values[$1] } ?? 0
                    let interval = Bootstrap().metric(metric, samples, by: .mean)
                    return Entry(
                        resolution: resolution, field: fields[field], metric: metric.name, mean: metric.value(of: samples, by: .mean),
                        lower: interval?.lower, upper: interval?.upper,
                        pooled: metric.aggregations.contains(.pooled) ? metric.value(of: samples, by: .pooled) : nil,
                        median: values.sorted()[values.count / 2], worst: values[worst], worstSample: worst, samples: values.count)
                }
            }
        }
    }
}

extension Tensor {
    /// One field of one sample of `[sample, x..., channel]`.
    func field(sample: Int, channel: Int) -> Tensor {
        let channels = shape[rank - 1]
        let points = count / (max(shape[0], 1) * channels)
        let result = Tensor(uninitialized: Array(shape[1..<(rank - 1)]))
        var copy = result
        copy.withUnsafeMutablePointer { target in
            let source = basePointer + sample * points * channels + channel
            for point in 0..<points { target[point] = source[point * channels] }
        }
        return copy
    }

    /// Fields `[x...]` as one sample with a channel each, `[1, x..., channel]`.
    static func channels<Source: Scalar>(_ fields: [Tensor<Source>]) -> Tensor {
        var result = Tensor(uninitialized: [1] + fields[0].shape + [fields.count])
        result.withUnsafeMutablePointer { target in
            for (channel, field) in fields.enumerated() {
                for point in 0..<field.count { target[point * fields.count + channel] = Element(field.basePointer[point]) }
            }
        }
        return result
    }
}
