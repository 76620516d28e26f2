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
        /// Numbers of up to five samples, the worst first.
        public var worstSamples: [Int]
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
        /// Spectra of truth, prediction and error at up to five lead times; empty on a grid that is not uniform.
        public var spectra: [EvaluatedSpectrum]
        /// Errors on several grids, split into what the data, aliasing and learning have to do with them; empty when no other grid was asked for.
        public var superResolution: [SuperResolution.Entry]
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

    /// How many of the worst samples are named.
    static let worstCount = 5

    /// Evaluates on a dataset file (the run's test split unless another is given) and on solutions made for further resolutions.
    ///
    /// - Parameters:
    ///   - dataset: file with truth; nil for the run's test split.
    ///   - resolutions: grids to test on besides that of the data; nil for those of the case. With a file of one's own there are none unless given.
    ///   - extraSamples: samples solved for each further resolution.
    ///   - arrays: where to write the value of every metric for each sample, lead time and field, and the spectra; nil for nowhere.
    /// - Throws: `DatasetsError`, `OperatorError`, `SolverError`, and `ProblemError` for a resolution that does not fit.
    public func evaluate(
        dataset: String? = nil, resolutions: [Resolution]? = nil, extraSamples: Int = 20, arrays: String? = nil,
        progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> Result {
        let file = try DatasetFile(dataset ?? run.data("test"))
        try check(file)
        let metrics = try (run.content.evaluation?.metrics ?? ["relative-l2"]).map { try Metric.named($0) }
        let leads = leads(of: file)
        let fields = run.model.description.stateFields
        let wanted = (resolutions ?? (dataset == nil ? run.content.evaluation?.resolutions ?? [] : [])).filter {
            $0.size(dimension: file.grid.dimension) != file.grid.shape
        }
        let others = try wanted.isEmpty ? nil : SuperResolution(run, metrics: metrics, samples: extraSamples, workers: workers)
        // A resolution that does not fit is found before the work, not after.
        try others?.check(wanted, fromCase: resolutions == nil)
        var table = EvaluationTable(metrics: metrics, fields: fields, leads: leads, on: FieldGeometry(file.grid))
        var spectra = SpectraTable(fields: fields, leads: leads, grid: file.grid)
        let reading = SampleReading(run.model.description)
        var quantities = QuantityTable(try run.content.makeProblem(), run.model.description)
        for start in stride(from: 0, to: file.sampleCount, by: 32) {
            let indices = Array(start..<min(start + 32, file.sampleCount))
            let samples = try reading.samples(of: file, indices)
            let prediction = try run.model.forecast(samples, workers: workers)
            try table.add(prediction, samples.targets)
            try quantities?.add(prediction, file, indices)
            spectra?.add(prediction, samples.targets)
            progress(indices.last! + 1, file.sampleCount)
        }
        let other = try others?.evaluate(wanted)
        let result = Result(
            entries: table.entries + (other?.table ?? []), sampleErrors: table.sampleErrors, leads: leads ?? [],
            leadErrors: leads == nil ? [] : table.relativeErrors, spectra: spectra?.entries ?? [], superResolution: other?.entries ?? [],
            dataError: DataErrorText.text(file), quantities: quantities?.results,
            warnings: warnings(file, table) + [quantities?.missing].compactMap { $0 })
        if let arrays { try EvaluationArrays(run, file, table, result).write(to: arrays) }
        return result
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

    private func check(_ file: DatasetFile) throws {
        let description = run.model.description
        try LearningTask(description).check(file)
        guard file.grid.hasSameDomain(as: description.grid) else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "domain", found: "\(file.grid)", expected: "that of the training data: \(description.grid)")
        }
    }
}
