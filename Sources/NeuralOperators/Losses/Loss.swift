import Autodiff
import Tensors

/// What a training makes small: a number for each sample, `[batch, x..., channel]`, summed over the samples.
///
/// The sum (not the mean) makes a batch the exact sum of its shards; whoever adds the shards divides by the number of samples if the mean is
/// wanted. A ratio of norms over the whole batch is no such sum and is offered as a metric only.
public protocol Loss: Sendable {
    /// Sum over the samples of the first axis; the target is a constant.
    func sum<Element: Scalar>(_ prediction: Variable<Element>, _ target: Tensor<Element>) -> Variable<Element>
}

/// How the fields (channels) of a sample make one number.
public enum FieldCombination: Sendable, Equatable, Codable {
    /// One norm over all points and channels, as the papers on Fourier neural operators do.
    case joint
    /// A norm for each channel; their mean with the given weights (divided by their sum), one for each channel. Fields of small magnitude then
    /// count as much as large ones.
    case separate(weights: [Double])

    /// Weights with sum 1 of the norms; one entry for `.joint`.
    func normalisedWeights(channels: Int) -> [Double] {
        switch self {
        case .joint: return [1]
        case .separate(let weights):
            precondition(weights.count == channels, "\(weights.count) field weights for \(channels) channels")
            let sum = weights.reduce(0, +)
            precondition(sum > 0 && weights.allSatisfy { $0 >= 0 }, "field weights \(weights) must be positive")
            return weights.map { $0 / sum }
        }
    }
}

/// Smallest root mean square of a target that a relative error is divided by: a target of zeros gives a large loss, not an infinite one.
let smallestTarget = 1e-8

extension Variable {
    /// Sums over all points of each sample, `[batch, 1]`, or of each sample and channel, `[batch, channel]`.
    package func pointSums(separate: Bool) -> Variable {
        let channels = shape[shape.count - 1]
        if separate { return reshaped([shape[0], -1, channels]).sum(axes: [1]).reshaped([shape[0], channels]) }
        return reshaped([shape[0], -1]).sum(axes: [1])
    }

    /// `sum_i factors[i] sqrt(x_i)` of non-negative numbers; where `x_i` is zero the gradient is zero, the subgradient of a norm at the origin.
    package func weightedRootSum(_ factors: Tensor<Element>) -> Variable {
        precondition(factors.shape == shape, "factors of shape \(factors.shape) for \(shape)")
        let values = value.scalars
        let isZero = values.map { !($0 > 0) && !$0.isNaN }
        let shift = Tensor(shape, isZero.map { $0 ? Element(1) : 0 })
        let kept = Tensor(shape, zip(factors.scalars, isZero).map { $1 ? 0 : $0 })
        return ((self + tape.constant(shift)).squareRoot() * tape.constant(kept)).sum()
    }
}

extension Tensor {
    /// Factors of the errors' norms: field weights over the norms of the targets, or over the number of points for an absolute loss.
    ///
    /// `squares` are the targets' squared norms `[batch, fields]`, summed over `points` numbers each.
    static func normFactors(_ squares: Tensor, points: Int, weights: [Double], isRelative: Bool) -> Tensor {
        let root = Double(points).squareRoot()
        let values = squares.scalars.enumerated().map { index, square in
            let norm = isRelative ? Swift.max(Double(square).squareRoot(), smallestTarget * root) : root
            return Element(weights[index % weights.count] / norm)
        }
        return Tensor(squares.shape, values)
    }
}
