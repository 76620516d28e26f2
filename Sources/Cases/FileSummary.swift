import Datasets
import Foundation
import Training

/// What is in a dataset, model or run, as rows of a table.
public struct FileSummary: Sendable {
    /// Names and values, in order.
    public let rows: [(name: String, value: String)]

    /// What a dataset file holds.
    ///
    /// - Throws: `DatasetsError`.
    public init(dataset path: String) throws {
        let file = try DatasetFile(path)
        let text = { (name: String) in file.attributes[name]?.formatted ?? "" }
        var rows = [
            ("title", text("title")), ("split", file.split), ("samples", Format.count(file.sampleCount)), ("grid", "\(file.grid)"),
        ]
        if let times = file.times { rows.append(("frames", "\(times.count) from t = \(times.lower) to \(times.upper)")) }
        for field in file.fields { rows.append((field.name, "\(field.longName) [\(field.units)], \(field.role.rawValue)")) }
        for name in ["pde", "solver_scheme", "solver_order", "solver_resolution", "downsampling", "seed", "source", "date_created", "id"] {
            rows.append((name, text(name)))
        }
        self.rows = rows
    }

    /// What a model file holds.
    ///
    /// - Throws: `TrainingError`, `OperatorError`.
    public init(model path: String, registries: Registries = .standard) throws {
        self.init(try Model(path: path, architectures: registries.architectures))
    }

    /// What a run folder holds.
    ///
    /// - Throws: `TrainingError`, `CaseError`.
    public init(run folder: String, registries: Registries = .standard) throws {
        let run = try Run(folder, registries: registries)
        var rows = FileSummary(run.model).rows + [("data", run.dataFolder)]
        if let history = TrainingHistory(folder) {
            rows.append(("training time", Format.duration(history.seconds)))
            if let best = history.validation.min(by: { $0.value < $1.value }) {
                rows.append(("best validation", "\(Format.percent(best.value)) relative L2 in epoch \(Int(best.epoch))"))
            }
        }
        self.rows = rows
    }

    private init(_ model: Model) {
        let description = model.description
        func channels(_ list: [ModelDescription.Channel]) -> String {
            list.map { "\($0.field) (\($0.longName) [\($0.units)])" }.joined(separator: "; ")
        }
        rows = [
            ("title", description.title), ("architecture", description.architecture),
            ("weights", Format.count(model.parameters.layout.parameterCount)), ("grid", "\(description.grid)"),
            ("inputs", channels(description.inputs)), ("outputs", channels(description.outputs)),
            ("input normaliser", model.inputNormaliser.kind.rawValue), ("output normaliser", model.outputNormaliser.kind.rawValue),
            ("training data", description.trainingData), ("source", description.source),
        ]
    }
}
