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
    /// - Throws: `DatasetsError` when the input lacks a field or lies on another domain, `OperatorError` when the operator cannot be applied on its
    ///   grid; nothing is then written.
    public func predict(input: String, output: String, command: String, progress: (Int, Int) -> Void = { _, _ in }) throws {
        let file = try DatasetFile(input)
        let description = model.description
        let names = description.inputs.map(\.field)
        for name in names where file.schema.field(name) == nil {
            throw DatasetsError.missingField(path: input, field: name, available: file.fields.map(\.name))
        }
        guard file.grid.hasSameDomain(as: description.grid) else {
            throw DatasetsError.otherDefinition(
                path: input, item: "domain", found: "\(file.grid)", expected: "that of the training data: \(description.grid)")
        }
        try model.validate(grid: file.grid.shape, channels: names.count)
        let location: FieldDescription.Location = file.grid.axes[0].location == .centers ? .center : .node
        let fields = description.outputs.map {
            FieldDescription(
                name: $0.field + "_predicted", longName: $0.longName + ", predicted", units: $0.units, role: .state, location: location,
                dependence: .field)
        }
        let schema = DatasetSchema(grid: file.grid, boundary: file.boundary, fields: fields)
        let text = { (name: String) in file.attributes[name]?.text ?? "" }
        let provenance = Provenance(
            title: "Prediction of \(description.title)", source: EddyVersion.source, command: command, references: text("references"),
            comment:
                "predicted by a trained operator (\(description.architecture), training data \(description.trainingData)) from \(file.id)",
            pde: text("pde"), solverScheme: "neural operator \(description.architecture)", solverOrder: "none",
            solverResolution: file.grid.shape,
            solverPrecision: "float32", seed: 0, caseText: description.caseText, definition: description.caseText,
            hostThreads: workers.threads)
        let split = FieldDescription.isValidName(file.split) ? file.split : "test"
        let builder = try DatasetBuilder(path: output, schema: schema, provenance: provenance, split: split, samples: 0..<file.sampleCount)
        for start in stride(from: 0, to: file.sampleCount, by: 16) {
            let indices = Array(start..<min(start + 16, file.sampleCount))
            let clock = ContinuousClock.now
            let prediction = try model.predict(try file.read(samples: indices, fields: names), workers: workers)
            let seconds = (ContinuousClock.now - clock) / .seconds(1) / Double(indices.count)
            for sample in indices.indices {
                var values: [String: Tensor<Double>] = [:]
                for (channel, field) in fields.enumerated() {
                    values[field.name] = prediction.field(sample: sample, channel: channel).cast(to: Double.self)
                }
                try builder.append(DatasetSample(fields: values, record: SampleRecord(seconds: seconds)))
            }
            progress(indices.last! + 1, file.sampleCount)
        }
        _ = try builder.finish()
    }
}
