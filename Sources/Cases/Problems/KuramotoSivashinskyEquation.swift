import Numerics
import Solvers

/// `[equation] name = "kuramoto-sivashinsky"`: chaotic flame fronts in one dimension.
public struct KuramotoSivashinskyEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "kuramoto-sivashinsky"
    /// One line for `eddy list`.
    public static let summary = "Kuramoto-Sivashinsky equation u_t + u u_x + u_xx + d u_xxxx = 0, periodic"
    /// Samplers of the initial field.
    public static let samplers = [SineWavesSampler.name, GaussianFieldSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// Coefficient of the fourth derivative.
    public var hyperviscosity = 1.0
    /// Period.
    public var length = 64.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("hyperviscosity", \.hyperviscosity, .positive, "coefficient d of u_xxxx"),
        .number("length", \.length, .positive, "period of the domain"),
    ]

    /// The equation with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            PeriodicScalarForm(
                equation: "u_t + u u_x + u_xx + \(hyperviscosity) u_xxxx = 0, period \(length)",
                references: "Kassam and Trefethen, doi:10.1137/S1064827502410633", field: ("u", "slope of the front"), length: length,
                times: FrameTimes(count: 101, interval: 0.5), sampler: try context.requireInitialSampler(Self.samplers),
                solver: try context.requireSolver(),
                flow: QuadraticFlow { [hyperviscosity] in Complex($0 * $0 - hyperviscosity * $0 * $0 * $0 * $0, 0) },
                make: { [self] in
                    try KuramotoSivashinskySolver(points: $0[0], length: length, hyperviscosity: hyperviscosity, control: $1)
                }), context)
    }
}
