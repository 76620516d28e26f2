import Training

/// `schedule = { name = "multi-step" }`: multiplied by `factor` at each of the epochs `milestones`.
public struct MultiStepSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "multi-step"
    /// One line for `eddy list`.
    public static let summary = "times a factor at given epochs"

    /// Epochs at which the rate changes.
    public var milestones = [50, 75]
    /// What the rate is multiplied by.
    public var factor = 0.1

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .integers("milestones", \.milestones, .positive, "epochs at which the rate changes"),
        .number("factor", \.factor, .between(0, 1), "what the rate is multiplied by"),
    ]

    /// Milestones increase.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if zip(milestones, milestones.dropFirst()).contains(where: { $0 >= $1 }) {
            checker.reject("milestones", allowed: "epochs in increasing order")
        }
    }

    /// The schedule.
    public var schedule: LearningRateSchedule { .multiStep(factor: factor, milestones: milestones) }
}
