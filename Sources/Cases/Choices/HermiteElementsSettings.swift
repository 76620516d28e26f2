/// `[solver] name = "hermite-elements"`: finite elements for a stream function.
public struct HermiteElementsSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "hermite-elements"
    /// One line for `eddy list`.
    public static let summary = "bicubic Hermite elements for the stream function, Newton's method with a banded LU factorisation"

    /// Nodes of the solver's grid, two for each element; nil for that of the dataset.
    public var resolution: Resolution?
    /// The norm of the residual over that of its terms at which a solve ends.
    public var tolerance = 1e-10
    /// Newton steps after which a solve is given up.
    public var maximumIterations = 100

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution(
            "resolution", \.resolution,
            "nodes across and along, two for each element, as 129 for 64 elements; left out: those of the dataset"),
        .number("tolerance", \.tolerance, .range(1e-12...1e-1), "the norm of the residual over that of its terms at which a solve ends"),
        .integer(
            "maximum-iterations", \.maximumIterations, .range(1...10_000), "Newton steps after which a solve is given up with an error"),
    ]
}
