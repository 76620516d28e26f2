/// `[solver] name = "multigrid"`: conjugate gradients preconditioned by black-box multigrid.
public struct MultigridSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "multigrid"
    /// One line for `eddy list`.
    public static let summary = "finite volumes, conjugate gradients preconditioned by black-box multigrid (Dendy 1982)"

    /// Points of the solver's grid; nil for that of the dataset.
    public var resolution: Resolution?
    /// Relative residual at which a solve ends.
    public var tolerance = 1e-10
    /// Iterations after which a solve is given up with an error.
    public var maximumIterations = 200

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the solver's grid; left out: those of the dataset"),
        .number("tolerance", \.tolerance, .range(1e-14...1e-1), "relative residual at which a solve ends"),
        .integer(
            "maximum-iterations", \.maximumIterations, .range(1...100_000), "iterations after which a solve is given up with an error"),
    ]
}
