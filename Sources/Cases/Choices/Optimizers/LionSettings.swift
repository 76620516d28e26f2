import Autodiff
import Tensors
import Training

/// `optimizer = { name = "lion" }`: Lion, whose learning rate is 3 to 10 times smaller than Adam's.
public struct LionSettings: OptimizerSettings, Equatable {
    /// The name in case files.
    public static let name = "lion"
    /// One line for `eddy list`.
    public static let summary = "Lion: steps along the sign of the momentum (Chen et al. 2023)"

    /// Base learning rate: the schedule gives multiples of it.
    public var learningRate = 1e-4
    /// Weights shrink by this times the learning rate in each step.
    public var weightDecay = 1e-3
    /// Interpolation of the direction.
    public var beta1 = 0.9
    /// Decay rate of the momentum.
    public var beta2 = 0.99

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("learning-rate", \.learningRate, .positive, "base learning rate: the schedule gives multiples of it"),
        .number("weight-decay", \.weightDecay, .nonnegative, "weights shrink by this times the learning rate in each step"),
        .number("beta1", \.beta1, .decayRate, "interpolation of the direction"),
        .number("beta2", \.beta2, .decayRate, "decay rate of the momentum"),
    ]

    /// A new optimizer for parameters of `layout`.
    public func makeOptimizer<Element: Scalar>(for layout: ParameterLayout, of type: Element.Type) -> any Optimizer<Element> {
        Lion<Element>(layout: layout, beta1: beta1, beta2: beta2, weightDecay: weightDecay)
    }
}
