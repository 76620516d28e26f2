import Autodiff
import Tensors

/// Lion: steps of constant size along the sign of an interpolated momentum, with decoupled weight decay.
///
/// `p -= rate (sign(beta1 m + (1 - beta1) g) + decay p)`, then `m = beta2 m + (1 - beta2) g`. Learning rates are 3 to 10 times smaller
/// and weight decays as much larger than Adam's. One moment instead of two.
///
/// ## References
/// X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, algorithm 2.
public final class Lion<Element: Scalar>: Optimizer {
    /// Interpolation of the direction.
    public let beta1: Double
    /// Decay rate of the momentum.
    public let beta2: Double
    /// Strength of the decoupled weight decay.
    public let weightDecay: Double
    private let momentum: ParameterVector<Element>

    /// An optimiser with zero momentum for parameters of `layout`.
    public init(layout: ParameterLayout, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
        precondition(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "decay rates \(beta1), \(beta2)")
        precondition(weightDecay >= 0, "weight decay \(weightDecay)")
        self.beta1 = beta1
        self.beta2 = beta2
        self.weightDecay = weightDecay
        momentum = ParameterVector(layout: layout)
    }

    /// Name and settings.
    public var summary: String {
        "lion, beta \(beta1) \(beta2), weight decay \(weightDecay)"
    }

    /// The momentum.
    public var state: [(name: String, values: ParameterVector<Element>)] { [("m", momentum)] }

    /// One step on entries `range`.
    public func update(
        _ range: Range<Int>, of parameters: ParameterVector<Element>, with gradients: ParameterVector<Element>, gradientScale: Double,
        learningRate: Double, step: Int
    ) {
        let start = range.lowerBound
        Kernels.lion(
            range.count, parameters.pointer + start, gradients.pointer + start, momentum.pointer + start, scale: Element(gradientScale),
            rate: Element(learningRate), beta1: Element(beta1), beta2: Element(beta2), keep: Element(1 - learningRate * weightDecay))
    }
}
