import Autodiff
import Tensors

/// The mean over points and channels of `(p - t)^2` of each sample; with field weights the weighted mean over channels.
public struct MeanSquaredError: Loss {
    /// One mean over everything, or weights of the channels.
    public var fields: FieldCombination

    /// All channels count alike unless said otherwise.
    public init(fields: FieldCombination = .joint) { self.fields = fields }

    /// Sum over the samples.
    public func sum<Element: Scalar>(_ prediction: Variable<Element>, _ target: Tensor<Element>) -> Variable<Element> {
        precondition(prediction.shape == target.shape, "prediction of shape \(prediction.shape), target of shape \(target.shape)")
        let channels = target.shape[target.rank - 1]
        let squares = (prediction - prediction.tape.constant(target)).square()
        let points = Double(target.count) / Double(max(target.shape[0], 1))
        guard fields != .joint else { return squares.sum() * Element(1 / points) }
        let weights = fields.normalisedWeights(channels: channels).map { Element($0 * Double(channels) / points) }
        return (squares * prediction.tape.constant(Tensor([channels], weights))).sum()
    }
}
