/// `[solver] name = "summation-by-parts"`: fourth-order differences and time steps for waves.
public struct SummationByPartsSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "summation-by-parts"
    /// One line for `eddy list`.
    public static let summary = "summation-by-parts differences of order 4, modified-equation leapfrog or Runge-Kutta steps"

    /// Points of the solver's grid; nil for those of the dataset.
    public var resolution: Resolution?
    /// Courant number of the largest step.
    public var courantNumber = 0.5

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the solver's grid; left out: those of the dataset"),
        .number(
            "courant-number", \.courantNumber, .range(0.01...1.4),
            "time step times the wave speed over the spacing; at most 0.65 with absorbing sides"),
    ]
}
