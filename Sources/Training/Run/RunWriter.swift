import Autodiff
import Foundation
import Tensors

/// The vectors that a continuation needs.
struct TrainingTensors<Element: Scalar> {
    let parameters: ParameterVector<Element>
    let optimizer: any Optimizer<Element>
    let average: ParameterVector<Element>?

    /// Everything but the parameters, by the prefix of its names.
    var others: [(prefix: String, values: ParameterVector<Element>)] {
        optimizer.state.map { ($0.name + ".", $0.values) } + (average.map { [("average.", $0)] } ?? [])
    }
}

/// Writes the files of a run while it is trained, and reads them back for a continuation.
final class RunWriter<Element: Scalar> {
    private let description: RunDescription
    private let settings: TrainerSettings
    private let folder: RunFolder
    private let metrics: MetricsFile
    private let tensors: TrainingTensors<Element>
    private var events: TensorBoardFile?

    /// Claims the folder.
    init(_ description: RunDescription, settings: TrainerSettings, tensors: TrainingTensors<Element>) throws {
        self.description = description
        self.settings = settings
        self.tensors = tensors
        folder = try RunFolder(description.folder)
        metrics = MetricsFile(path: folder.metrics, run: description.name, seed: settings.seed)
    }

    /// Prepares the folder and returns the state to start from; a continuation fills the tensors.
    ///
    /// - Throws: ``TrainingError/folderInUse(folder:reason:)`` if there is a training already and it is not to be continued;
    ///   ``TrainingError/mismatch(file:item:found:allowed:)`` if it was another training.
    func begin(resume: Bool, samples: Int, threads: Int, ranks: Int, onMessage: (String) -> Void) throws -> TrainingState {
        let state: TrainingState
        if let checkpoint = folder.checkpoints.latest() {
            guard resume else {
                throw TrainingError.folderInUse(
                    folder: folder.path,
                    reason: "holds a training at step \(checkpoint.step); continue it with --resume or choose another folder")
            }
            state = try load(checkpoint.path, samples: samples, onMessage)
            folder.checkpoints.removeLeftovers(keeping: checkpoint.step)
            if try !metrics.truncate(to: state.metricsByteCount) {
                onMessage("\(folder.metrics) is missing or too short; it starts anew at step \(state.step)")
            }
        } else {
            if !resume, FileManager.default.fileExists(atPath: folder.model) {
                throw TrainingError.folderInUse(
                    folder: folder.path, reason: "holds a model already; choose another folder, or start the training anew with --resume")
            }
            if resume, FileManager.default.fileExists(atPath: folder.model) {
                onMessage("\(folder.path) holds a model but no checkpoint; the training starts from the beginning")
            }
            state = fresh(samples: samples)
            try metrics.create()
        }
        try RunFolder.create(folder.checkpoints.folder)
        if description.writesTensorBoard { events = try TensorBoardFile(folder: folder.path, step: state.step) }
        try record(step: state.step, threads: threads, ranks: ranks)
        return state
    }

    /// Adds rows to the metrics and notes the length of the file in the state.
    func append(_ rows: [MetricsFile.Row], to state: inout TrainingState) throws {
        state.metricsByteCount = try metrics.append(rows)
        try events?.append(rows)
    }

    /// Writes a checkpoint and removes the one before it.
    func save(_ state: TrainingState) throws {
        var state = state
        if state.metricsByteCount == 0 { state.metricsByteCount = try metrics.byteCount() }
        try folder.checkpoints.save(step: state.step) { path in
            try description.model.write(tensors.parameters, to: path + "/model.safetensors")
            var writer = SafetensorsWriter()
            writer.add("step", Tensor(Double(state.step)))
            for (prefix, values) in tensors.others { writer.add(values, prefix: prefix) }
            try writer.write(to: path + "/optimizer.safetensors")
            try state.write(to: path + "/state.json")
        }
    }

    /// Writes the best model so far.
    func saveBest(_ parameters: ParameterVector<Element>) throws { try description.model.write(parameters, to: folder.model) }

    /// Writes the last model; also as the best one if there was no validation to choose by.
    func saveLast(_ parameters: ParameterVector<Element>, isBest: Bool) throws {
        try description.model.write(parameters, to: folder.last)
        if isBest { try saveBest(parameters) }
    }

    private func fresh(samples: Int) -> TrainingState {
        var state = TrainingState()
        state.version = description.version
        state.commit = description.commit
        state.identity = identity(samples: samples)
        return state
    }

    private func identity(samples: Int) -> [String: String] {
        var identity = description.identity
        identity.merge(settings.identity) { _, new in new }
        identity["optimizer"] = tensors.optimizer.summary
        identity["training samples"] = "\(samples)"
        identity["precision"] = Element.typeName
        return identity
    }

    private func load(_ path: String, samples: Int, _ onMessage: (String) -> Void) throws -> TrainingState {
        let name = path + "/state.json"
        var state = try TrainingState(contentsOf: name)
        try state.check(identity: identity(samples: samples), file: name)
        try description.model.read(tensors.parameters, from: path + "/model.safetensors")
        let file = try SafetensorsFile(path: path + "/optimizer.safetensors")
        let step = try file.tensor("step", shape: [], as: Double.self).item
        guard step == Double(state.step) else {
            throw TrainingError.mismatch(file: file.path, item: "step", found: "\(step)", allowed: "\(state.step) as in state.json")
        }
        for (prefix, values) in tensors.others { try file.read(into: values, prefix: prefix) }
        if (state.version, state.commit) != (description.version, description.commit) {
            onMessage(
                "the checkpoint was written by version \(state.version) (\(state.commit)), this is \(description.version) "
                    + "(\(description.commit)); results may differ from an uninterrupted training")
        }
        state.version = description.version
        state.commit = description.commit
        return state
    }

    private func record(step: Int, threads: Int, ranks: Int) throws {
        var record =
            step > 0
            ? (try? RunRecord(contentsOf: folder.record)) ?? RunRecord(description, settings: settings)
            : RunRecord(description, settings: settings)
        record.starts.append(
            RunRecord.Start(
                time: ISO8601DateFormatter().string(from: Date()), step: step, threads: threads, ranks: ranks > 1 ? ranks : nil,
                machine: .current, version: description.version, commit: description.commit, command: description.command))
        try record.write(to: folder.record)
    }
}
