import Datasets
import Foundation
import Grids
import Tensors
import Training

/// Applies a trained model to every sample of a NetCDF file, in physical units, streaming.
public struct Prediction: Sendable {
    private let model: Model
    private let workers: Workers

    /// Predictions of a model.
    public init(_ model: Model, workers: Workers) {
        self.model = model
        self.workers = workers
    }

    /// Predicts all samples of `input` into `output`; the predicted field of `u` is `u_predicted`, so that both open in one dataset.
    ///
    /// An operator that steps in time starts from the first frames of the file and goes on for `frames` frames: unless said otherwise as far as
    /// the file goes, so that prediction and truth can be compared.
    ///
    /// - Throws: `DatasetsError` when the input lacks a field or lies on another domain, `OperatorError` when the operator cannot be applied on its
    ///   grid; nothing is then written.
    public func predict(input: String, output: String, frames: Int? = nil, command: String, progress: (Int, Int) -> Void = { _, _ in })
        throws
    {
        let file = try DatasetFile(input)
        let description = model.description
        try LearningTask(description).check(file)
        guard file.grid.hasSameDomain(as: description.grid) else {
            throw DatasetsError.otherDefinition(
                path: input, item: "domain", found: "\(file.grid)", expected: "that of the training data: \(description.grid)")
        }
        try model.validate(grid: file.grid.shape, channels: description.inputs.count)
        let times = try predictedTimes(of: file, frames)
        let location: FieldDescription.Location = file.grid.axes[0].location == .centers ? .center : .node
        let fields = description.stateFields.map { name in
            let channel = description.outputs.first { $0.field == name }!
            return FieldDescription(
                name: name + "_predicted", longName: channel.longName + ", predicted", units: channel.units, role: .state,
                location: location,
                dependence: times == nil ? .field : .trajectory)
        }
        let schema = DatasetSchema(grid: file.grid, times: times, boundary: file.boundary, fields: fields)
        let split = FieldDescription.isValidName(file.split) ? file.split : "test"
        let builder = try DatasetBuilder(
            path: output, schema: schema, provenance: provenance(file, command), split: split, samples: 0..<file.sampleCount)
        let reading = SampleReading(description)
        for start in stride(from: 0, to: file.sampleCount, by: 16) {
            let indices = Array(start..<min(start + 16, file.sampleCount))
            let inputs = try reading.inputs(of: file, indices)
            let clock = ContinuousClock.now
            let prediction =
                try times.map { try model.rollout(inputs, frames: $0.count, workers: workers) } ?? model.predict(inputs, workers: workers)
            let seconds = (ContinuousClock.now - clock) / .seconds(1) / Double(indices.count)
            for sample in indices.indices {
                var values: [String: Tensor<Double>] = [:]
                for (number, field) in fields.enumerated() {
                    let frames = (0..<(times?.count ?? 1)).map { frame in
                        prediction.field(sample: sample, channel: frame * fields.count + number).cast(to: Double.self)
                    }
                    values[field.name] =
                        times == nil
                        ? frames[0] : .joined(frames.map { $0.reshaped([1] + file.grid.shape) })
                }
                try builder.append(DatasetSample(fields: values, record: SampleRecord(seconds: seconds)))
            }
            progress(indices.last! + 1, file.sampleCount)
        }
        _ = try builder.finish()
    }

    /// Times of the predicted frames; nil for a map between fields.
    private func predictedTimes(of file: DatasetFile, _ frames: Int?) throws -> Axis? {
        guard let window = model.description.window else { return nil }
        let known = file.times?.coordinates ?? []
        guard known.count >= window.inputs else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "frames", found: "\(known.count)", expected: "\(window.inputs) or more, which the operator reads")
        }
        let count = frames ?? max(known.count - window.inputs, window.outputs)
        let interval = known.count > 1 ? known[known.count - 1] - known[known.count - 2] : 1
        let times = (0..<count).map { frame -> Double in
            let index = window.inputs + frame
            return index < known.count ? known[index] : known[known.count - 1] + Double(index - known.count + 1) * interval
        }
        return Axis(name: "t", coordinates: times, units: file.times?.units ?? "1")
    }

    private func provenance(_ file: DatasetFile, _ command: String) -> Provenance {
        let description = model.description
        let text = { (name: String) in file.attributes[name]?.text ?? "" }
        return Provenance(
            title: "Prediction of \(description.title)", source: EddyVersion.source, command: command, references: text("references"),
            comment:
                "predicted by a trained operator (\(description.architecture), training data \(description.trainingData)) from \(file.id)",
            pde: text("pde"), solverScheme: "neural operator \(description.architecture)", solverOrder: "none",
            solverStep: file.times.map { $0.count > 1 ? $0.coordinates[1] - $0.coordinates[0] : 1 },
            solverResolution: file.grid.shape,
            solverPrecision: "float32", seed: 0, caseText: description.caseText, definition: description.caseText,
            hostThreads: workers.threads)
    }
}
