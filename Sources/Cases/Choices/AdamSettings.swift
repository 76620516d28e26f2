/// `optimizer = { name = "adam" }`: Adam (Kingma and Ba 2015, algorithm 1), weight decay added to the gradient (L2).
public struct AdamSettings: OptimizerSettings, Equatable {
    /// The name in case files.
    public static let name = "adam"
    /// One line for `eddy list`.
    public static let summary = "Adam (Kingma and Ba 2015); weight decay is added to the gradient"

    /// Largest step size; the schedule multiplies it.
    public var learningRate = 1e-3
    /// Coefficient of the L2 term of the gradient.
    public var weightDecay = 0.0
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
        .number("weight-decay", \.weightDecay, .nonnegative, "coefficient of the L2 term of the gradient"),
        .number("beta1", \.beta1, Allowed("from 0 to 1, 1 excluded") { $0 >= 0 && $0 < 1 }, "decay of the first moment"),
        .number("beta2", \.beta2, Allowed("from 0 to 1, 1 excluded") { $0 >= 0 && $0 < 1 }, "decay of the second moment"),
        .number("epsilon", \.epsilon, .positive, "added to the root of the second moment"),
    ]
}
