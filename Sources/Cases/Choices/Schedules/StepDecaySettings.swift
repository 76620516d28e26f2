import Training

/// `schedule = { name = "step" }`: multiplied by `factor` after every `epochs` epochs.
public struct StepDecaySettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "step"
    /// One line for `eddy list`.
    public static let summary = "times a factor after every so many epochs"

    /// Epochs between two changes.
    public var epochs = 100
    /// What the rate is multiplied by.
    public var factor = 0.5

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .integer("epochs", \.epochs, .range(1...1_000_000), "epochs between two changes"),
        .number("factor", \.factor, .between(0, 1), "what the rate is multiplied by"),
    ]

    /// The schedule.
    public var schedule: LearningRateSchedule { .step(factor: factor, epochs: epochs) }
}
