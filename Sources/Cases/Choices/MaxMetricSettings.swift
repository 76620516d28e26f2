/// `max` as a metric: mean over the samples of `max |v - u|`, in the unit of the field.
public struct MaxMetricSettings: MetricSettings, Equatable {
    /// The name in case files.
    public static let name = "max"
    /// One line for `eddy list`.
    public static let summary = "mean over the samples of max |v - u|, in the unit of the field"

    /// Settings without keys.
    public init() {}

    /// No keys.
    public static let keys: [Key<Self>] = []
}
