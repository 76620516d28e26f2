import Autodiff
import Tensors
import Foundation

/// Adam, and AdamW when the weight decay is decoupled from the gradient.
///
/// With bias corrections `c1 = 1 - beta1^t`, `c2 = 1 - beta2^t` at step `t`:
/// `m = beta1 m + (1 - beta1) g'`, `v = beta2 v + (1 - beta2) g'^2`, `p -= rate (m / c1) / (sqrt(v / c2) + epsilon)`.
/// Weight decay: `.l2` adds `decay p` to the gradient, `g' = g + decay p` (PyTorch's `Adam`, which the papers on Fourier neural operators
/// use); `.decoupled` multiplies the parameter by `1 - rate decay` before the step (`AdamW`).
///
/// ## References
/// D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1. I. Loshchilov, F. Hutter, "Decoupled weight
/// decay regularization", ICLR 2019, algorithm 2 with the schedule multiplying the decay.
public final class Adam<Element: Scalar>: Optimizer {
    /// How weights are drawn to zero.
    public enum Decay: String, Sendable, Codable, CaseIterable {
        /// Through the gradient of an L2 penalty.
        case l2
        /// Apart from the gradient and its moments.
        case decoupled
    }

    /// Decay rates of the first and second moment.
    public let beta1, beta2: Double
    /// Added to the root of the second moment.
    public let epsilon: Double
    /// Strength of the weight decay.
    public let weightDecay: Double
    /// Kind of the weight decay.
    public let decay: Decay
    private let firstMoment, secondMoment: ParameterVector<Element>

    /// An optimiser with zero moments for parameters of `layout`.
    public init(
        layout: ParameterLayout, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
        decay: Decay = .l2
    ) {
        precondition(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "decay rates \(beta1), \(beta2) of the moments")
        precondition(epsilon >= 0 && weightDecay >= 0, "epsilon \(epsilon), weight decay \(weightDecay)")
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.decay = decay
        firstMoment = ParameterVector(layout: layout)
        secondMoment = ParameterVector(layout: layout)
    }

    /// Name and settings.
    public var summary: String {
        "adam, beta \(beta1) \(beta2), epsilon \(epsilon), weight decay \(weightDecay) (\(decay.rawValue))"
    }

    /// The first and second moment.
    public var state: [(name: String, values: ParameterVector<Element>)] { [("m", firstMoment), ("v", secondMoment)] }

    /// One step on entries `range`.
    public func update(
        _ range: Range<Int>, of parameters: ParameterVector<Element>, with gradients: ParameterVector<Element>, gradientScale: Double,
        learningRate: Double, step: Int
    ) {
        let start = range.lowerBound
        Kernels.adam(
            range.count, parameters.pointer + start, gradients.pointer + start, firstMoment.pointer + start, secondMoment.pointer + start,
            scale: Element(gradientScale), rate: Element(learningRate / (1 - pow(beta1, Double(step)))),
            rootCorrection: Element((1 - pow(beta2, Double(step))).squareRoot()), beta1: Element(beta1), beta2: Element(beta2),
            epsilon: Element(epsilon), l2: decay == .l2 ? Element(weightDecay) : 0,
            keep: decay == .decoupled ? Element(1 - learningRate * weightDecay) : 1)
    }
}
