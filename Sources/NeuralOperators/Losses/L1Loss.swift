import Autodiff
import Tensors

/// The L1 error of each sample, `sum |p - t| / sum |t|` over its points (and channels), or absolutely the mean of `|p - t|`.
///
/// The relative error is the loss and the metric of B. Raonic et al., "Convolutional neural operators for robust and accurate learning of PDEs",
/// NeurIPS 2023, section 4.
public struct L1Loss: Loss {
    /// Whether errors are divided by the norm of the target.
    public var isRelative: Bool
    /// One norm for all fields or one for each.
    public var fields: FieldCombination

    /// The relative error over all fields together unless said otherwise.
    public init(isRelative: Bool = true, fields: FieldCombination = .joint) {
        self.isRelative = isRelative
        self.fields = fields
    }

    /// Sum over the samples.
    public func sum<Element: Scalar>(_ prediction: Variable<Element>, _ target: Tensor<Element>) -> Variable<Element> {
        precondition(prediction.shape == target.shape, "prediction of shape \(prediction.shape), target of shape \(target.shape)")
        let tape = prediction.tape
        let separate = fields != .joint
        let channels = target.shape[target.rank - 1]
        let weights = fields.normalisedWeights(channels: channels)
        let norms = tape.constant(target).absolute().pointSums(separate: separate).value
        let points = Double(target.count) / Double(max(norms.count, 1))
        let factors = norms.scalars.enumerated().map { index, norm in
            Element(weights[index % weights.count] / (isRelative ? max(Double(norm), smallestTarget * points) : points))
        }
        let errors = (prediction - tape.constant(target)).absolute().pointSums(separate: separate)
        return (errors * tape.constant(Tensor(norms.shape, factors))).sum()
    }
}
