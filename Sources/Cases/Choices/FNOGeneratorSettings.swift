/// `[solver] name = "crank-nicolson-euler"`: the scheme that the FNO paper's Navier-Stokes data were made with.
public struct FNOGeneratorSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "crank-nicolson-euler"
    /// One line for `eddy list`.
    public static let summary = "pseudo-spectral, Crank-Nicolson and explicit Euler steps: the generator of the FNO paper's data"

    /// Points of the solver's grid; nil for those of the dataset.
    public var resolution: Resolution?
    /// Time step.
    public var timeStep = 1e-4

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the solver's grid; left out: those of the dataset"),
        .number("time-step", \.timeStep, .positive, "length of a step"),
    ]
}
