/// `schedule = { name = "one-cycle" }`: half a cosine up from the learning rate over `start-divisor`, then half a cosine down to that start over `final-divisor` (Smith and Topin 2019).
public struct OneCycleSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "one-cycle"
    /// One line for `eddy list`.
    public static let summary = "half a cosine up to the learning rate, then half a cosine down (Smith and Topin 2019)"

    /// Fraction of the steps in which the learning rate rises.
    public var rise = 0.3
    /// Largest learning rate over the first.
    public var startDivisor = 25.0
    /// First learning rate over the last.
    public var finalDivisor = 1e4

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("rise", \.rise, .between(0, 1), "fraction of the steps in which the learning rate rises"),
        .number("start-divisor", \.startDivisor, .atLeast(1), "largest learning rate over the first"),
        .number("final-divisor", \.finalDivisor, .atLeast(1), "first learning rate over the last"),
    ]
}
