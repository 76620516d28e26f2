import Autodiff
import Tensors

/// Everything in a model file but the parameters, so that a training can write models without knowing what they are.
public struct ModelTemplate: Sendable {
    /// Text by key: architecture, interface, normalisers, units, provenance.
    public var metadata: [String: String]
    /// Further tensors by name, such as pointwise normalisers.
    public var tensors: [String: Tensor<Double>]
    /// Prefix of the names of the parameters.
    public var prefix: String

    /// A template; nothing but the parameters unless said otherwise.
    public init(metadata: [String: String] = [:], tensors: [String: Tensor<Double>] = [:], prefix: String = "") {
        self.metadata = metadata
        self.tensors = tensors
        self.prefix = prefix
    }

    /// Writes a model file as a whole or not at all.
    public func write<Element: Scalar>(_ parameters: ParameterVector<Element>, to path: String) throws {
        var writer = SafetensorsWriter(metadata: metadata)
        for (name, tensor) in tensors { writer.add(name, tensor) }
        writer.add(parameters, prefix: prefix)
        try writer.write(to: path)
    }

    /// Reads the parameters of a model file.
    ///
    /// - Throws: ``TrainingError`` if they are missing, have other shapes or are not finite.
    public func read<Element: Scalar>(_ parameters: ParameterVector<Element>, from path: String) throws(TrainingError) {
        try SafetensorsFile(path: path).read(into: parameters, prefix: prefix)
    }
}
