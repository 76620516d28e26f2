import Training

/// `schedule = { name = "inverse-time" }`: `base / (1 + decay t / period)` with `t` in epochs.
public struct InverseTimeSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "inverse-time"
    /// One line for `eddy list`.
    public static let summary = "base / (1 + decay t / period), t in epochs (DeepXDE)"

    /// Strength of the decay.
    public var decay = 0.5
    /// Epochs in which `1 + decay t / period` grows by `decay`.
    public var period = 100.0
    /// How often the rate may change.
    public var interval = LearningRateSchedule.Interval.step

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("decay", \.decay, .nonnegative, "strength of the decay"),
        .number("period", \.period, .positive, "epochs in which 1 + decay t / period grows by decay"),
        .choice("interval", \.interval, "how often the rate changes"),
    ]

    /// The schedule.
    public var schedule: LearningRateSchedule { .inverseTime(decay: decay, period: period, interval: interval) }
}
