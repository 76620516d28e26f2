import Autodiff
import Tensors
import Training

/// `optimizer = { name = "adam" }`: Adam, weight decay as the gradient of an L2 penalty.
public struct AdamSettings: OptimizerSettings, Equatable {
    /// The name in case files.
    public static let name = "adam"
    /// One line for `eddy list`.
    public static let summary = "Adam (Kingma and Ba 2015); weight decay goes through the gradient, as in the FNO paper"

    /// Base learning rate: the schedule gives multiples of it.
    public var learningRate = 1e-3
    /// Strength of the L2 penalty.
    public var weightDecay = 0.0
    /// Decay rate of the first moment.
    public var beta1 = 0.9
    /// Decay rate of the second moment.
    public var beta2 = 0.999
    /// Added to the root of the second moment.
    public var epsilon = 1e-8

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("learning-rate", \.learningRate, .positive, "base learning rate: the schedule gives multiples of it"),
        .number("weight-decay", \.weightDecay, .nonnegative, "strength of the L2 penalty"),
        .number("beta1", \.beta1, .decayRate, "decay rate of the first moment"),
        .number("beta2", \.beta2, .decayRate, "decay rate of the second moment"),
        .number("epsilon", \.epsilon, .nonnegative, "added to the root of the second moment"),
    ]

    /// A new optimizer for parameters of `layout`.
    public func makeOptimizer<Element: Scalar>(for layout: ParameterLayout, of type: Element.Type) -> any Optimizer<Element> {
        Adam<Element>(layout: layout, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decay: .l2)
    }
}
