/// `[solver] name = "newton-krylov"`: steady compressible flow by a pseudo-transient Newton-Krylov iteration.
public struct NewtonKrylovSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "newton-krylov"
    /// One line for `eddy list`.
    public static let summary = "finite volumes on a C-grid, Roe's flux, pseudo-transient Newton-Krylov iteration to the steady state"

    /// Points of the solver's grid; nil for that of the dataset.
    public var resolution: Resolution?
    /// Residual at which a solve ends, relative to that of the uniform stream.
    public var tolerance = 1e-6
    /// Newton steps after which a solve is given up.
    public var maximumIterations = 200

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the solver's grid, outwards and round; left out: those of the dataset"),
        .number("tolerance", \.tolerance, .range(1e-12...1e-1), "residual at which a solve ends, relative to that of the uniform stream"),
        .integer(
            "maximum-iterations", \.maximumIterations, .range(1...10_000), "Newton steps after which a solve is given up with an error"),
    ]
}
