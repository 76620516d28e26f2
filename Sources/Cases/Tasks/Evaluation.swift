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
        /// Time from the last input frame; nil for whole trajectories and where there is no time.
        public var lead: Double?
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
        /// Relative L2 error of each sample at the dataset's resolution, over all its frames.
        public var sampleErrors: [Double]
        /// Lead times of the predicted frames; empty where there is no time.
        public var leads: [Double]
        /// Relative L2 error of each sample and lead time.
        public var leadErrors: [[Double]]
        /// The measured error of the truth in words; nil when the file does not say.
        public var dataError: String?
        /// Numbers that people read off a solution, such as lift and drag; nil where the problem has none.
        public var quantities: [Quantity]?
        /// What a reader of the numbers must know: metrics left out, an error not well above that of the truth.
        public var warnings: [String]
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
        try check(file)
        let metrics = try (run.content.evaluation?.metrics ?? ["relative-l2"]).map { try Metric.named($0) }
        let leads = leads(of: file)
        var table = EvaluationTable(
            metrics: metrics, fields: run.model.description.stateFields, leads: leads, on: FieldGeometry(file.grid))
        let reading = SampleReading(run.model.description)
        var quantities = QuantityTable(try run.content.makeProblem(), run.model.description)
        for start in stride(from: 0, to: file.sampleCount, by: 32) {
            let indices = Array(start..<min(start + 32, file.sampleCount))
            let samples = try reading.samples(of: file, indices)
            let prediction = try run.model.forecast(samples, workers: workers)
            try table.add(prediction, samples.targets)
            try quantities?.add(prediction, file, indices)
            progress(indices.last! + 1, file.sampleCount)
        }
        var entries = table.entries
        if dataset == nil {
            for resolution in run.content.evaluation?.resolutions ?? [] {
                let size = resolution.size(dimension: file.grid.dimension)
                guard let size, size != file.grid.shape else { continue }
                entries += try evaluate(at: resolution, metrics, leads, samples: extraSamples)
            }
        }
        return Result(
            entries: entries, sampleErrors: table.sampleErrors, leads: leads ?? [], leadErrors: leads == nil ? [] : table.relativeErrors,
            dataError: DataErrorText.text(file), quantities: quantities?.results,
            warnings: warnings(file, table) + [quantities?.missing].compactMap { $0 })
    }

    private func warnings(_ file: DatasetFile, _ table: EvaluationTable) -> [String] {
        let missing =
            table.leftOut.isEmpty ? nil : "metrics without a meaning on this grid left out: \(table.leftOut.joined(separator: ", "))"
        return [missing, warning(file, table.sampleErrors)].compactMap { $0 }
    }

    /// The first field's error against that of its truth: below three times as much, the truth itself is part of what is measured.
    private func warning(_ file: DatasetFile, _ errors: [Double]) -> String? {
        let field = run.model.description.stateFields[0]
        guard let known = file.dataError(of: field)?.relative, !known.isEmpty, !errors.isEmpty else { return nil }
        let (data, found) = (known.reduce(0, +) / Double(known.count), errors.reduce(0, +) / Double(errors.count))
        guard found < 3 * data else { return nil }
        return
            "the operator's error in \(field), \(Format.percent(found, 2)), is less than three times that of the data, \(Format.percent(data, 2)): "
            + "make better data before comparing operators"
    }

    /// Times from the last input frame to each predicted one.
    private func leads(of file: DatasetFile) -> [Double]? {
        guard let window = run.model.description.window, let times = file.times?.coordinates, times.count > window.inputs else {
            return nil
        }
        return times[window.inputs...].map { $0 - times[window.inputs - 1] }
    }

    /// Truth solved anew on another grid from the test split's own inputs.
    private func evaluate(at resolution: Resolution, _ metrics: [Metric], _ leads: [Double]?, samples: Int) throws -> [Entry] {
        let problem = try run.content.makeProblem()
        let number = run.content.evaluation?.resolutions.firstIndex(of: resolution) ?? 0
        let path = ["evaluation", "resolutions", "\(number)"]
        let schema = try run.content.located(at: path) { try problem.schema(resolution) }
        try run.model.validate(grid: schema.grid.shape, channels: run.model.description.inputs.count)
        let test = Generation.splits(run.content.content.dataset!).first { $0.name == "test" }
        guard let test else { return [] }
        let solver = try run.content.located(at: path) { try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true) }
        var table = EvaluationTable(
            metrics: metrics, fields: run.model.description.stateFields, leads: leads, on: FieldGeometry(schema.grid))
        let reading = SampleReading(run.model.description)
        for index in 0..<min(samples, test.count) {
            let solved = try solver.solve(Philox(seed: UInt64(run.content.content.seed), stream: test.firstStream + UInt64(index)))
            let samples = reading.samples(of: solved)
            try table.add(try run.model.forecast(samples, workers: workers), samples.targets)
        }
        return table.entries
    }

    private func check(_ file: DatasetFile) throws {
        let description = run.model.description
        try LearningTask(description).check(file)
        guard file.grid.hasSameDomain(as: description.grid) else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "domain", found: "\(file.grid)", expected: "that of the training data: \(description.grid)")
        }
    }
}
