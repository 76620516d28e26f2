/// The `[evaluation]` section: how the error of the trained operator is measured.
public struct EvaluationSettings: CaseSettings, Equatable {
    /// Names of metrics, in the order of the table.
    public var metrics = ["relative-l2", "relative-h1", "max"]
    /// Resolutions at which the operator is tested against solutions made for each of them; empty: that of the dataset.
    public var resolutions: [Resolution] = []

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .names("metrics", \.metrics, from: \.metrics, "metrics, in the order of the table"),
        .resolutions("resolutions", \.resolutions, "resolutions to test at, with solutions made for each; left out: that of the dataset"),
    ]
}
