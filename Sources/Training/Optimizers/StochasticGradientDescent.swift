import Autodiff
import Tensors

/// Stochastic gradient descent, with momentum and Nesterov's variant.
///
/// With gradient `g' = g + decay p`: without momentum `p -= rate g'`; with it `b = momentum b + g'` and `p -= rate b`, or after
/// Nesterov `p -= rate (g' + momentum b)`. The velocity starts at zero, so that the first step is a plain gradient step.
///
/// ## References
/// I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum in deep learning", ICML 2013; the
/// learning rate stands outside the velocity as in PyTorch.
public final class StochasticGradientDescent<Element: Scalar>: Optimizer {
    /// Factor of the old velocity; 0 for none.
    public let momentum: Double
    /// Whether the gradient is taken at the point that the velocity leads to.
    public let isNesterov: Bool
    /// L2 penalty `decay / 2 |p|^2`, added to the gradient.
    public let weightDecay: Double
    private let velocity: ParameterVector<Element>?

    /// An optimiser with zero velocity for parameters of `layout`.
    public init(layout: ParameterLayout, momentum: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0) {
        precondition(momentum >= 0 && momentum < 1 && weightDecay >= 0, "momentum \(momentum), weight decay \(weightDecay)")
        precondition(!isNesterov || momentum > 0, "Nesterov's variant needs momentum")
        self.momentum = momentum
        self.isNesterov = isNesterov
        self.weightDecay = weightDecay
        velocity = momentum > 0 ? ParameterVector(layout: layout) : nil
    }

    /// Name and settings.
    public var summary: String {
        "sgd, momentum \(momentum)\(isNesterov ? " (Nesterov)" : ""), weight decay \(weightDecay)"
    }

    /// The velocity, if there is momentum.
    public var state: [(name: String, values: ParameterVector<Element>)] { velocity.map { [("velocity", $0)] } ?? [] }

    /// One step on entries `range`.
    public func update(
        _ range: Range<Int>, of parameters: ParameterVector<Element>, with gradients: ParameterVector<Element>, gradientScale: Double,
        learningRate: Double, step: Int
    ) {
        let (p, g) = (parameters.pointer + range.lowerBound, gradients.pointer + range.lowerBound)
        if let velocity {
            Kernels.momentumDescent(
                range.count, p, g, velocity.pointer + range.lowerBound, scale: Element(gradientScale), rate: Element(learningRate),
                decay: Element(weightDecay), momentum: Element(momentum), nesterov: isNesterov)
        } else {
            Kernels.gradientDescent(
                range.count, p, g, scale: Element(gradientScale), rate: Element(learningRate), decay: Element(weightDecay))
        }
    }
}
