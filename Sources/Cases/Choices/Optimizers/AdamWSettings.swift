import Autodiff
import Tensors
import Training

/// `optimizer = { name = "adamw" }`: Adam with decoupled weight decay.
public struct AdamWSettings: OptimizerSettings, Equatable {
    /// The name in case files.
    public static let name = "adamw"
    /// One line for `eddy list`.
    public static let summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)"

    /// Base learning rate: the schedule gives multiples of it.
    public var learningRate = 1e-3
    /// Weights shrink by this times the learning rate in each step.
    public var weightDecay = 1e-4
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
        .number("weight-decay", \.weightDecay, .nonnegative, "weights shrink by this times the learning rate in each step"),
        .number("beta1", \.beta1, .decayRate, "decay rate of the first moment"),
        .number("beta2", \.beta2, .decayRate, "decay rate of the second moment"),
        .number("epsilon", \.epsilon, .nonnegative, "added to the root of the second moment"),
    ]

    /// A new optimizer for parameters of `layout`.
    public func makeOptimizer<Element: Scalar>(for layout: ParameterLayout, of type: Element.Type) -> any Optimizer<Element> {
        Adam<Element>(layout: layout, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decay: .decoupled)
    }
}
