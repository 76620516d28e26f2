/// `schedule = { name = "warmup-cosine" }`: a straight line up from zero during `rise` of the steps, then half a cosine down to `final` times the learning rate.
public struct WarmupCosineSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "warmup-cosine"
    /// One line for `eddy list`.
    public static let summary = "a straight line up from zero, then half a cosine down"

    /// Fraction of the steps in which the learning rate rises.
    public var rise = 0.05
    /// Last learning rate as a fraction of the largest.
    public var final = 0.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("rise", \.rise, .between(0, 1), "fraction of the steps in which the learning rate rises"),
        .number("final", \.final, .range(0...1), "last learning rate as a fraction of the largest"),
    ]
}
