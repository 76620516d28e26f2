import Solvers

/// `[solver] name = "pseudo-spectral"`: Fourier (or sine, cosine) series in space, exponential time differencing with error control in time.
public struct PseudoSpectralSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "pseudo-spectral"
    /// One line for `eddy list`.
    public static let summary = "Fourier, sine or cosine series in space, ETDRK4 with error control in time"

    /// Points of the solver's grid; nil for those of the dataset.
    public var resolution: Resolution?
    /// Largest estimated error of a step relative to the state.
    public var tolerance = 1e-6
    /// Equal steps of at most this length instead of error control.
    public var timeStep: Double?

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the solver's grid; left out: those of the dataset"),
        .number("tolerance", \.tolerance, .range(1e-12...1e-1), "largest estimated error of a step relative to the state"),
        .number("time-step", \.timeStep, .positive, "equal steps of at most this length; left out: error control"),
    ]

    /// The control of the time step; `tolerance` replaces that of the case.
    func control(_ tolerance: Double?) -> TimeStepControl {
        guard tolerance == nil, let timeStep else { return .adaptive(tolerance: tolerance ?? self.tolerance) }
        return .fixed(timeStep)
    }

    /// Tolerances for a comparison, loosest first.
    var sweepTolerances: [Double] { [1e-2, 1e-3, 1e-4, 1e-6, tolerance].filter { $0 > tolerance } + [tolerance] }

    /// The scheme in words.
    func scheme(_ series: String) -> String {
        "\(series), " + (timeStep.map { "ETDRK4 with steps of \($0)" } ?? "ETDRK4 with an error of at most \(tolerance) a step")
    }
}
