/// `schedule = { name = "constant" }`: the same learning rate in every step.
public struct ConstantSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "constant"
    /// One line for `eddy list`.
    public static let summary = "the same learning rate in every step"

    /// Settings at their defaults.
    public init() {}

    /// No keys.
    public static let keys: [Key<Self>] = []
}
