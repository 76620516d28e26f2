/// `optimizer = { name = "adamw" }`: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).
public struct AdamWSettings: OptimizerSettings, Equatable {
    /// The name in case files.
    public static let name = "adamw"
    /// One line for `eddy list`.
    public static let summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)"

    /// Largest step size; the schedule multiplies it.
    public var learningRate = 1e-3
    /// Weights shrink by this times the step size in each step.
    public var weightDecay = 1e-4
    /// Decay of the first moment.
    public var beta1 = 0.9
    /// Decay of the second moment.
    public var beta2 = 0.999
    /// Added to the root of the second moment.
    public var epsilon = 1e-8

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("learning-rate", \.learningRate, .positive, "largest step size; the schedule multiplies it"),
        .number("weight-decay", \.weightDecay, .nonnegative, "weights shrink by this times the step size in each step"),
        .number("beta1", \.beta1, Allowed("from 0 to 1, 1 excluded") { $0 >= 0 && $0 < 1 }, "decay of the first moment"),
        .number("beta2", \.beta2, Allowed("from 0 to 1, 1 excluded") { $0 >= 0 && $0 < 1 }, "decay of the second moment"),
        .number("epsilon", \.epsilon, .positive, "added to the root of the second moment"),
    ]
}
