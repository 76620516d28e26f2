/// `[sampler] name = "radial-column"`: a column of water at rest, higher than its surroundings.
public struct RadialColumnSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "radial-column"
    /// One line for `eddy list`.
    public static let summary = "a column of water at rest of random radius in the middle of the box (PDEBench's radial dam break)"

    /// Smallest and largest radius.
    public var radii = [0.3, 0.7]
    /// Height within the column.
    public var innerHeight = 2.0
    /// Height around it.
    public var outerHeight = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .numbers("radii", \.radii, .range(0.01...2), count: 2...2, "smallest and largest radius of the column; uniform between them"),
        .number("inner-height", \.innerHeight, .positive, "height within the column"),
        .number("outer-height", \.outerHeight, .positive, "height around it"),
    ]

    /// The radii ascend.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if radii[0] > radii[1] { checker.reject("radii", allowed: "the smaller radius first") }
    }
}
