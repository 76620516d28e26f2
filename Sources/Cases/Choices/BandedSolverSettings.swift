/// `[solver] name = "banded"`: compact differences and a banded factorisation.
public struct BandedSolverSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "banded"
    /// One line for `eddy list`.
    public static let summary = "compact differences of order 4 and a banded LU factorisation"

    /// Points of the solver's grid; nil for those of the dataset.
    public var resolution: Resolution?

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the solver's grid; left out: those of the dataset")
    ]
}
