import Training

/// `schedule = { name = "warm-up-cosine" }`: a straight line up during `warm-up` epochs, then half a cosine down to `final-factor` times the base rate.
public struct WarmUpCosineSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "warm-up-cosine"
    /// One line for `eddy list`.
    public static let summary = "a straight line up, then half a cosine down"

    /// Epochs in which the rate rises.
    public var warmUp = 5.0
    /// First rate over the base rate.
    public var startFactor = 0.0
    /// Last rate over the base rate.
    public var finalFactor = 0.0
    /// How often the rate may change.
    public var interval = LearningRateSchedule.Interval.step

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("warm-up", \.warmUp, .nonnegative, "epochs in which the rate rises"),
        .number("start-factor", \.startFactor, .range(0...1), "first rate over the base rate"),
        .number("final-factor", \.finalFactor, .range(0...1), "last rate over the base rate"),
        .choice("interval", \.interval, "how often the rate changes"),
    ]

    /// The schedule.
    public var schedule: LearningRateSchedule {
        .warmUpCosine(warmUp: warmUp, startFactor: startFactor, finalFactor: finalFactor, interval: interval)
    }
}
