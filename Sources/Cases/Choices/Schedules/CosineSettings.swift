import Training

/// `schedule = { name = "cosine" }`: half a cosine from the base rate down to `final-factor` times it.
public struct CosineSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "cosine"
    /// One line for `eddy list`.
    public static let summary = "half a cosine down (Loshchilov and Hutter 2017, without restarts)"

    /// Last rate over the base rate.
    public var finalFactor = 0.0
    /// How often the rate may change.
    public var interval = LearningRateSchedule.Interval.step

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("final-factor", \.finalFactor, .range(0...1), "last rate over the base rate"),
        .choice("interval", \.interval, "how often the rate changes"),
    ]

    /// The schedule.
    public var schedule: LearningRateSchedule { .cosine(finalFactor: finalFactor, interval: interval) }
}
