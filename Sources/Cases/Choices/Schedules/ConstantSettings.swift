import Training

/// `schedule = { name = "constant" }`: the base learning rate throughout.
public struct ConstantSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "constant"
    /// One line for `eddy list`.
    public static let summary = "the base learning rate throughout"

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = []

    /// The schedule.
    public var schedule: LearningRateSchedule { .constant }
}
