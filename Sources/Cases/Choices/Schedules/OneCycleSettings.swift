import Training

/// `schedule = { name = "one-cycle" }`: half a cosine up from `base / divisor`, then half a cosine down to `base / divisor / final-divisor`.
public struct OneCycleSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "one-cycle"
    /// One line for `eddy list`.
    public static let summary = "half a cosine up, then half a cosine down (Smith and Topin 2019, as in PyTorch)"

    /// Fraction of the training in which the rate rises.
    public var rise = 0.3
    /// Base rate over the first rate.
    public var divisor = 25.0
    /// First rate over the last.
    public var finalDivisor = 1e4
    /// How often the rate may change.
    public var interval = LearningRateSchedule.Interval.step

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("rise", \.rise, .between(0, 1), "fraction of the training in which the rate rises"),
        .number("divisor", \.divisor, .atLeast(1), "base rate over the first rate"),
        .number("final-divisor", \.finalDivisor, .positive, "first rate over the last"),
        .choice("interval", \.interval, "how often the rate changes"),
    ]

    /// The schedule.
    public var schedule: LearningRateSchedule { .oneCycle(rise: rise, divisor: divisor, finalDivisor: finalDivisor, interval: interval) }
}
