/// The `[expected]` section: the errors that the case has reached, which `eddy reproduce` must find again.
public struct ExpectedSettings: CaseSettings, Equatable {
    /// Mean error over the test samples at the dataset's resolution, by metric.
    public var errors: [String: Double] = [:]
    /// Largest difference from the expected error, as a fraction of it.
    public var tolerance = 0.1
    /// Minutes that generation and training took.
    public var minutes: Double?

    /// Nothing expected.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .numbers(
            "errors", \.errors, named: \.metrics, .positive,
            "mean over the test samples at the dataset's resolution, of several fields the mean over the fields"
        ).required,
        .number(
            "tolerance", \.tolerance, .positive,
            "largest difference as a fraction of the expected error; another machine rounds differently, which training amplifies"),
        .number("minutes", \.minutes, .positive, "minutes it took; left out: eddy reproduce takes the case for a long one"),
    ]

    /// Something must be expected.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if errors.isEmpty { checker.reject("errors", allowed: "one metric or more, for example { relative-l2 = 0.02 }") }
    }
}
