import Autodiff
import Tensors
import Training

/// `optimizer = { name = "sgd" }`: stochastic gradient descent.
public struct SGDSettings: OptimizerSettings, Equatable {
    /// The name in case files.
    public static let name = "sgd"
    /// One line for `eddy list`.
    public static let summary = "stochastic gradient descent with momentum (Sutskever et al. 2013)"

    /// Base learning rate: the schedule gives multiples of it.
    public var learningRate = 1e-2
    /// Factor of the old velocity.
    public var momentum = 0.9
    /// Whether the gradient is taken at the point that the velocity leads to.
    public var nesterov = false
    /// Strength of the L2 penalty.
    public var weightDecay = 0.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("learning-rate", \.learningRate, .positive, "base learning rate: the schedule gives multiples of it"),
        .number("momentum", \.momentum, .decayRate, "factor of the old velocity; 0 for none"),
        .flag("nesterov", \.nesterov, "take the gradient at the point that the velocity leads to"),
        .number("weight-decay", \.weightDecay, .nonnegative, "strength of the L2 penalty"),
    ]

    /// The Nesterov variant needs momentum.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if nesterov, momentum == 0 { checker.reject("momentum", allowed: "a number above 0 with nesterov = true") }
    }

    /// A new optimizer for parameters of `layout`.
    public func makeOptimizer<Element: Scalar>(for layout: ParameterLayout, of type: Element.Type) -> any Optimizer<Element> {
        StochasticGradientDescent<Element>(layout: layout, momentum: momentum, isNesterov: nesterov, weightDecay: weightDecay)
    }
}
