/// `schedule = { name = "cosine" }`: half a cosine from the learning rate down to `final` times it (Loshchilov and Hutter 2017, without restarts).
public struct CosineSettings: ScheduleSettings, Equatable {
    /// The name in case files.
    public static let name = "cosine"
    /// One line for `eddy list`.
    public static let summary = "half a cosine from the learning rate down to a fraction of it"

    /// Last learning rate as a fraction of the largest.
    public var final = 0.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .number("final", \.final, .range(0...1), "last learning rate as a fraction of the largest")
    ]
}
