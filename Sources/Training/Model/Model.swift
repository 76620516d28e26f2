import Autodiff
import Foundation
import NeuralOperators
import Tensors

/// A trained operator with everything needed to run it: weights, normalisers, what its channels mean.
///
/// One safetensors file; `__metadata__` holds the architecture and the description as JSON text.
public struct Model: Sendable {
    /// Settings of the architecture.
    public let configuration: any OperatorConfiguration
    /// What the model is about.
    public let description: ModelDescription
    /// The operator.
    public let neuralOperator: any NeuralOperator
    /// Weights.
    public let parameters: ParameterVector<Float>
    /// What layers compute from the weights alone, made by the first prediction and kept.
    let derived = DerivedParameters<Float>()
    /// Applied to the input.
    public let inputNormaliser: Normaliser
    /// Undone on the output.
    public let outputNormaliser: Normaliser

    /// A model with fresh weights drawn from `seed`.
    ///
    /// - Throws: `OperatorError` when the settings do not fit the interface.
    public init(
        _ configuration: any OperatorConfiguration, description: ModelDescription, inputNormaliser: Normaliser,
        outputNormaliser: Normaliser,
        seed: UInt64
    ) throws {
        let layout = ParameterLayout()
        neuralOperator = try configuration.makeOperator(description.interface, in: layout.root)
        parameters = layout.initialValues(seed: seed)
        self.configuration = configuration
        self.description = description
        self.inputNormaliser = inputNormaliser
        self.outputNormaliser = outputNormaliser
    }

    private init(
        _ configuration: any OperatorConfiguration, _ description: ModelDescription, _ neuralOperator: any NeuralOperator,
        _ parameters: ParameterVector<Float>, _ inputNormaliser: Normaliser, _ outputNormaliser: Normaliser
    ) {
        self.configuration = configuration
        self.description = description
        self.neuralOperator = neuralOperator
        self.parameters = parameters
        self.inputNormaliser = inputNormaliser
        self.outputNormaliser = outputNormaliser
    }

    /// The same model with other weights.
    public func with(parameters: ParameterVector<Float>) -> Model {
        precondition(parameters.layout == self.parameters.layout, "weights of another layout")
        return Model(configuration, description, neuralOperator, parameters, inputNormaliser, outputNormaliser)
    }

    /// Applies the operator to fields in physical units on the tape of `fields`; the result is in physical units.
    ///
    /// Scalar parameters of the operator are the last channels, constant in space.
    public func callAsFunction<Element: Scalar>(_ fields: Variable<Element>) -> Variable<Element> {
        var result = outputNormaliser.decode(neuralOperator(split(inputNormaliser.encode(fields))))
        if description.vanishesOnBoundary == true {
            result = result * fields.tape.constant(interior(Array(result.shape[1..<(result.shape.count - 1)])))
        }
        guard description.predictsChange == true, let last = lastFrame(of: fields) else { return result }
        return result + last
    }

    /// Normalised channels as fields and, where the operator takes them, scalar parameters.
    private func split<Element: Scalar>(_ encoded: Variable<Element>) -> OperatorInput<Element> {
        let (count, axis) = (description.interface.scalarParameters, encoded.shape.count - 1)
        guard count > 0 else { return OperatorInput(encoded) }
        let fieldChannels = description.interface.inputChannels
        var parameters = encoded.slice(axis: axis, fieldChannels..<(fieldChannels + count))
        for space in 1..<axis { parameters = parameters.slice(axis: space, 0..<1) }
        return OperatorInput(
            encoded.slice(axis: axis, 0..<fieldChannels), parameters: parameters.reshaped([encoded.shape[0], count]))
    }

    /// One inside and zero at the outermost points of every axis of nodes, `[x..., 1]`.
    private func interior<Element: Scalar>(_ grid: [Int]) -> Tensor<Element> {
        let flags = zip(grid, description.grid.axes).map { count, axis in
            (0..<count).map { axis.location == .nodes && ($0 == 0 || $0 == count - 1) ? Element(0) : 1 }
        }
        return Tensor(grid + [1], flags.reduce([1]) { head, axis in head.flatMap { value in axis.map { value * $0 } } })
    }

    /// The last frame of the window in every output frame.
    private func lastFrame<Element: Scalar>(of fields: Variable<Element>) -> Variable<Element>? {
        guard let window = description.window else { return nil }
        let (axis, count) = (fields.shape.count - 1, description.stateFields.count)
        let frame = fields.slice(axis: axis, ((window.inputs - 1) * count)..<(window.inputs * count))
        return window.outputs == 1 ? frame : .concatenate(Array(repeating: frame, count: window.outputs), axis: axis)
    }

    /// Predicts a batch `[batch, x..., input channel]` in physical units, sample by sample on the workers; those that find no sample
    /// left share the operations of the others.
    ///
    /// - Throws: `OperatorError` when the operator cannot be applied on the grid.
    public func predict(_ fields: Tensor<Float>, workers: Workers = Workers(threads: 1)) throws -> Tensor<Float> {
        let grid = Array(fields.shape[1..<(fields.rank - 1)])
        try validate(grid: grid, channels: fields.shape[fields.rank - 1])
        let batch = fields.shape[0]
        let result = Tensor<Float>(uninitialized: [batch] + grid + [description.interface.outputChannels])
        let points = grid.reduce(1, *) * description.interface.outputChannels
        try workers.runEach(batch) { sample, workers in
            let tape = Tape(inferenceWith: parameters, sharing: derived, workers: workers)
            defer { withExtendedLifetime(tape) {} }
            let output = self(tape.constant(fields.rows(sample..<(sample + 1))))
            (result.kernelPointer + sample * points).update(from: output.value.basePointer, count: points)
        }
        return result
    }

    /// Checks that the model can be applied on a grid.
    ///
    /// - Throws: `OperatorError` that says what is allowed.
    public func validate(grid: [Int], channels: Int) throws {
        try inputNormaliser.validate(grid: grid, channels: channels)
        try outputNormaliser.validate(grid: grid, channels: description.interface.outputChannels)
        try neuralOperator.validate(grid: grid)
    }
}

// MARK: - Files

extension Model {
    private enum Key {
        static let format = "format"
        static let architecture = "architecture"
        static let description = "description"
        static let inputNormaliser = "input_normaliser"
        static let outputNormaliser = "output_normaliser"
        static let formatName = "eddy-model"
    }

    private static let prefix = "weight."

    /// Everything in the file but the weights.
    public func template() throws -> ModelTemplate {
        func json(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let metadata = [
            Key.format: Key.formatName, Key.architecture: try json(configuration), Key.description: try json(description),
            Key.inputNormaliser: try json(inputNormaliser.record), Key.outputNormaliser: try json(outputNormaliser.record),
        ]
        var tensors: [String: Tensor<Double>] = [:]
        for (name, tensor) in inputNormaliser.tensors { tensors["\(Key.inputNormaliser).\(name)"] = tensor }
        for (name, tensor) in outputNormaliser.tensors { tensors["\(Key.outputNormaliser).\(name)"] = tensor }
        for (name, tensor) in (configuration as? any FittedConfiguration)?.fittedTensors ?? [:] {
            tensors["\(Key.architecture).\(name)"] = tensor
        }
        return ModelTemplate(metadata: metadata, tensors: tensors, prefix: Model.prefix)
    }

    /// Writes the model; the file appears whole or not at all.
    ///
    /// - Throws: `TrainingError.cannotWrite`.
    public func write(to path: String) throws { try template().write(parameters, to: path) }

    /// Reads a model; `architectures` are the configurations that a name in the file may stand for.
    ///
    /// - Throws: `TrainingError` for a damaged or foreign file, `OperatorError` when settings and interface do not fit.
    public init(path: String, architectures: [any OperatorConfiguration.Type]) throws {
        let file = try SafetensorsFile(path: path)
        guard file.metadata[Key.format] == Key.formatName else {
            throw TrainingError.malformed(
                file: path, item: "metadata \"\(Key.format)\"", found: file.metadata[Key.format].map { "\"\($0)\"" } ?? "nothing",
                allowed: "\"\(Key.formatName)\"; weights of other programs come in through eddy import")
        }
        func decode<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value {
            guard let text = file.metadata[key] else {
                throw TrainingError.malformed(file: path, item: "metadata \"\(key)\"", found: "nothing", allowed: "JSON text")
            }
            do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
                throw TrainingError.malformed(
                    file: path, item: "metadata \"\(key)\"", found: "text that cannot be decoded (\(Model.brief(error)))",
                    allowed: "JSON of schema \(ModelDescription.currentSchema)")
            }
        }
        let schema = try decode(Key.description, SchemaOnly.self).schema
        guard schema <= ModelDescription.currentSchema else {
            throw TrainingError.malformed(
                file: path, item: "schema", found: "\(schema)",
                allowed: "at most \(ModelDescription.currentSchema): a newer program wrote this file")
        }
        let description = try decode(Key.description, ModelDescription.self)
        guard let type = architectures.first(where: { $0.name == description.architecture }) else {
            throw TrainingError.malformed(
                file: path, item: "architecture", found: "\"\(description.architecture)\"",
                allowed: architectures.map { $0.name }.joined(separator: ", "))
        }
        var configuration: any OperatorConfiguration = try decode(Key.architecture, type)
        if var fitted = configuration as? any FittedConfiguration, fitted.isFitted {
            try fitted.restore(description.interface) { try file.tensor("\(Key.architecture).\($0)", as: Double.self) }
            configuration = fitted
        }
        let layout = ParameterLayout()
        let neuralOperator = try configuration.makeOperator(description.interface, in: layout.root)
        let parameters = ParameterVector<Float>(layout: layout)
        try file.read(into: parameters, prefix: Model.prefix)
        func normaliser(_ key: String) throws -> Normaliser {
            try Normaliser(decode(key, Normaliser.Record.self)) { try file.tensor("\(key).\($0)", as: Double.self) }
        }
        self.init(
            configuration, description, neuralOperator, parameters, try normaliser(Key.inputNormaliser),
            try normaliser(Key.outputNormaliser))
    }

    private struct SchemaOnly: Decodable { let schema: Int }

    private static func brief(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "no key \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? context.debugDescription : "wrong value at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
        default: "\(error)"
        }
    }
}
