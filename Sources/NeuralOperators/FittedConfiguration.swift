import Autodiff
import Tensors

/// The outputs of the training samples as an operator has to give them: normalised, `[sample, x..., channel]`.
public struct TrainingOutputs {
    /// Number of samples.
    public let count: Int
    /// The outputs of a range of them.
    public let read: (Range<Int>) throws -> Tensor<Float>

    /// Outputs that `read` gives.
    public init(count: Int, read: @escaping (Range<Int>) throws -> Tensor<Float>) {
        self.count = count
        self.read = read
    }
}

/// An architecture that takes more from the training data than weights: a basis, say.
///
/// What it takes is fixed before the training, from the training split alone, and stored in the model file.
public protocol FittedConfiguration: OperatorConfiguration {
    /// Whether the settings need the training data at all.
    var isFitted: Bool { get }

    /// Takes what it needs from the training outputs, and checks that they have the properties that the settings rely on.
    ///
    /// - Throws: `OperatorError` when the data do not fit the settings; what reading them throws.
    mutating func fit(_ interface: OperatorInterface, to outputs: TrainingOutputs) throws

    /// What was taken, by name.
    var fittedTensors: [String: Tensor<Double>] { get }

    /// Takes it from a model file; `tensor` gives the tensors of the file by name.
    ///
    /// - Throws: `OperatorError` when tensors do not fit the interface; what `tensor` throws.
    mutating func restore(_ interface: OperatorInterface, tensor: (String) throws -> Tensor<Double>) throws
}
