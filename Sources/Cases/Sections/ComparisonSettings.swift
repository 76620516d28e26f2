/// The `[comparison]` section: how the operator is compared with the classical solver.
public struct ComparisonSettings: CaseSettings, Equatable {
    /// Resolutions at which the classical solver is swept.
    public var resolutions: [Resolution] = [Resolution(16), Resolution(32), Resolution(64), Resolution(128)]
    /// Tolerances of the solver in the sweep; empty: those that the problem suggests.
    public var tolerances: [Double] = []
    /// Resolution of the solution that counts as the truth; nil: twice the finest of the solver and the sweep.
    public var reference: Resolution?
    /// Test samples on which errors and times are measured.
    public var samples = 20
    /// How often each time is measured; the shortest counts.
    public var repeats = 3

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolutions("resolutions", \.resolutions, "resolutions at which the classical solver is swept"),
        .numbers(
            "tolerances", \.tolerances, .between(0, 1), count: 0...16,
            "tolerances of the linear solver or of the error control in time in the sweep; empty: those that suit the solver"),
        .resolution(
            "reference", \.reference,
            "resolution of the solution that counts as the truth; left out: twice the finest of the solver and the sweep"),
        .integer("samples", \.samples, .range(1...100_000), "test samples on which errors and times are measured"),
        .integer("repeats", \.repeats, .range(1...1000), "how often each time is measured; the shortest counts"),
    ]
}
