import Datasets
import NeuralOperators
import Tensors
import Training

// What a training is put together from: opened files, fitted normalisers, the model.
extension OperatorTraining {
    /// The configuration with what it takes from the training outputs, if anything.
    static func fitted(
        _ configuration: any OperatorConfiguration, _ content: Case, _ source: any SampleSource<Float>, labelled: Int,
        _ description: ModelDescription,
        _ normaliser: Normaliser
    ) throws -> any OperatorConfiguration {
        guard var fitted = configuration as? any FittedConfiguration, fitted.isFitted else { return configuration }
        let outputs = TrainingOutputs(count: labelled) { range in
            let samples = try source.samples(Array(range))
            let targets = samples.targets.channels(0..<description.outputs.count)
            return normaliser.encode(description.predictsChange == true ? targets.changes(from: samples.inputs, description) : targets)
        }
        do {
            try fitted.fit(description.interface, to: outputs)
        } catch let error as OperatorError {
            throw rejection(error, content)
        }
        return fitted
    }

    static func model(
        _ content: Case, _ configuration: any OperatorConfiguration, _ description: ModelDescription, _ inputs: Normaliser,
        _ outputs: Normaliser
    ) throws -> Model {
        do {
            return try Model(
                configuration, description: description, inputNormaliser: inputs, outputNormaliser: outputs,
                seed: UInt64(content.content.seed))
        } catch let error as OperatorError {
            throw rejection(error, content)
        }
    }

    /// An operator that does not fit as an error of its section in the case; the layer that says so is named.
    private static func rejection(_ error: OperatorError, _ content: Case) -> CaseError {
        guard case .invalidSetting(let layer, let setting, _, let allowed) = error else {
            return content.rejection(of: "operator", "name", allowed: "an operator that fits the data; \(error)")
        }
        let place = layer.contains(" ") ? " (\(layer))" : ""
        return content.rejection(of: "operator", setting, allowed: allowed + place)
    }

    /// Opens a file and checks that it holds what the case describes.
    static func open(_ path: String, _ expected: DatasetSchema, _ task: LearningTask) throws -> DatasetFile {
        let file = try DatasetFile(path)
        for name in task.inputs + task.outputs where file.schema.field(name) == nil {
            throw DatasetsError.missingField(path: path, field: name, available: file.fields.map(\.name))
        }
        guard file.grid == expected.grid else {
            throw DatasetsError.otherDefinition(path: path, item: "grid", found: "\(file.grid)", expected: "\(expected.grid)")
        }
        guard file.boundary == expected.boundary else {
            throw DatasetsError.otherDefinition(path: path, item: "boundary", found: "\(file.boundary)", expected: "\(expected.boundary)")
        }
        return file
    }

    /// Fits the normalisers to the training samples; frames of one field share their statistics.
    ///
    /// Of overlapping windows at most 4096, equally spaced, are looked at.
    static func normalisers(
        _ source: any SampleSource<Float>, _ description: ModelDescription, _ settings: TrainingSettings, labelled: Int,
        _ residual: (any EquationResidual)?, kind: Normaliser.Kind? = nil
    ) throws -> (inputs: Normaliser, outputs: Normaliser) {
        let state = description.stateFields
        func groups(_ channels: [ModelDescription.Channel]) -> [Int] {
            channels.enumerated().map { number, channel in
                guard channel.frame != nil else { return description.window == nil ? number : state.count + number }
                return state.firstIndex(of: channel.field)!
            }
        }
        // Numbers of groups without gaps.
        func dense(_ groups: [Int]) -> [Int] {
            let order = Set(groups).sorted()
            return groups.map { order.firstIndex(of: $0)! }
        }
        var inputs = NormaliserFit(
            kind: kind ?? settings.inputNormaliser, channels: description.inputs.count, groups: dense(groups(description.inputs)))
        var outputs = NormaliserFit(
            kind: kind ?? settings.outputNormaliser, channels: description.outputs.count, groups: dense(groups(description.outputs)))
        let looked = description.window == nil ? source.count : min(source.count, 4096)
        let chosen = (0..<looked).map { $0 * source.count / looked }
        for start in stride(from: 0, to: looked, by: 64) {
            let samples = try source.samples(Array(chosen[start..<min(start + 64, looked)]))
            try inputs.add(samples.inputs)
            if labelled == 0, let residual {
                let estimate = try residual.estimate(from: samples.inputs, outputs: description.outputs.count)
                try outputs.add(description.predictsChange == true ? estimate.changes(from: samples.inputs, description) : estimate)
                continue
            }
            let known = chosen[start..<min(start + 64, looked)].count { $0 < labelled }
            if known == 0 { continue }
            let targets = samples.targets.rows(0..<known).channels(0..<description.outputs.count)
            try outputs.add(description.predictsChange == true ? targets.changes(from: samples.inputs, description) : targets)
        }
        return (inputs.finish(), outputs.finish())
    }
}

extension Tensor {
    /// Target frames `[batch, x..., frame * field]` less the last frame of the window in `inputs`.
    fileprivate func changes(from inputs: Tensor, _ description: ModelDescription) -> Tensor {
        let fields = description.stateFields.count
        let (width, inputWidth) = (shape[rank - 1], inputs.shape[inputs.rank - 1])
        let last = (description.window!.inputs - 1) * fields
        let result = copied()
        for row in 0..<(count / width) {
            for channel in 0..<width {
                result.kernelPointer[row * width + channel] -= inputs.basePointer[row * inputWidth + last + channel % fields]
            }
        }
        return result
    }
}

extension Normaliser {
    /// What stands for zero in each channel; nil when it differs from point to point.
    var zero: [Double]? { grid == nil ? zip(shift.scalars, scale.scalars).map { -$0 / $1 } : nil }
}
