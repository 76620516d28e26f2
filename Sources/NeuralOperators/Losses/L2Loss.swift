import Autodiff
import Tensors

/// The L2 error of each sample, `||p - t|| / ||t||` over its points (and channels), or absolutely `||p - t|| / sqrt(points)`.
///
/// The relative error is the loss and the metric of Z. Li et al., "Fourier neural operator for parametric partial differential equations", ICLR
/// 2021, section 5. The absolute one is the root mean square, the L2 norm on a domain of volume 1.
public struct L2Loss: Loss {
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
        let channels = target.shape[target.rank - 1]
        let weights = fields.normalisedWeights(channels: channels)
        guard fields == .joint else {
            let squares = prediction.tape.constant(target).square().pointSums(separate: true).value
            let factors = Tensor.normFactors(
                squares, points: target.count / (target.shape[0] * channels), weights: weights, isRelative: isRelative)
            return (prediction - prediction.tape.constant(target)).square().pointSums(separate: true).weightedRootSum(factors)
        }
        return fusedSum(prediction, target)
    }

    /// One pass over the fields forward and one backward.
    private func fusedSum<Element: Scalar>(_ prediction: Variable<Element>, _ target: Tensor<Element>) -> Variable<Element> {
        let samples = target.shape[0]
        let points = samples == 0 ? 0 : target.count / samples
        let (p, t) = (prediction.value, target)
        var squares: [Element] = []
        var norms: [Element] = []
        for sample in 0..<samples {
            let (a, b) = (p.basePointer + sample * points, t.basePointer + sample * points)
            norms.append(isRelative ? Kernels.dot(points, b, b) : 0)
            squares.append(Kernels.squaredDistance(points, a, b))
        }
        let factors = Tensor.normFactors(Tensor([samples, 1], norms), points: points, weights: [1], isRelative: isRelative)
        let roots = squares.map { $0.squareRoot() }
        let total = zip(roots, factors.scalars).reduce(Element(0)) { $0.addingProduct($1.0, $1.1) }
        return prediction.tape.recordFused(Tensor(total), [prediction]) { gradient in
            let result = prediction.tape.gradientTensor(for: prediction)
            let (upstream, scales) = (gradient.item, factors.scalars)
            for sample in 0..<samples {
                let scale = roots[sample] == 0 ? 0 : upstream * scales[sample] / roots[sample]
                Kernels.scaledDifference(
                    points, scale, p.basePointer + sample * points, t.basePointer + sample * points,
                    result.kernelPointer + sample * points)
            }
            return [result]
        } composition: { inputs in
            (inputs[0] - inputs[0].tape.constant(target)).square().pointSums(separate: false).weightedRootSum(factors)
        }
    }
}
