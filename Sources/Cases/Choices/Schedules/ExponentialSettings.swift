import Training

/// `schedule = { name = "exponential" }`: multiplied by `factor` once an epoch, smoothly in between when it changes at each step.
public struct ExponentialSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "exponential"
    /// One line for `eddy list`.
    public static let summary = "times a factor once an epoch"

    /// What the rate is multiplied by in an epoch.
    public var factor = 0.95
    /// How often the rate may change.
    public var interval = LearningRateSchedule.Interval.step

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("factor", \.factor, .between(0, 1), "what the rate is multiplied by in an epoch"),
        .choice("interval", \.interval, "how often the rate changes"),
    ]

    /// The schedule.
    public var schedule: LearningRateSchedule { .exponential(factor: factor, interval: interval) }
}
