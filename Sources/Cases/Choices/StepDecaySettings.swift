/// `schedule = { name = "step" }`: the learning rate is multiplied by `factor` after every `every` epochs.
public struct StepDecaySettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "step"
    /// One line for `eddy list`.
    public static let summary = "learning rate times factor after every so many epochs"

    /// Epochs between two changes.
    public var every = 100
    /// What the learning rate is multiplied by.
    public var factor = 0.5

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .integer("every", \.every, .range(1...1_000_000), "epochs between two changes"),
        .number("factor", \.factor, .between(0, 1), "what the learning rate is multiplied by"),
    ]
}
