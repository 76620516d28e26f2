import Numerics
import Solvers

/// `[equation] name = "korteweg-de-vries"`: nonlinear dispersive waves in one dimension.
public struct KortewegDeVriesEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "korteweg-de-vries"
    /// One line for `eddy list`.
    public static let summary = "Korteweg-de Vries equation u_t + c u u_x + d u_xxx = 0, periodic"
    /// Samplers of the initial field.
    public static let samplers = [SineWavesSampler.name, GaussianFieldSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// Coefficient of the convection.
    public var convection = 6.0
    /// Coefficient of the dispersion.
    public var dispersion = 1.0
    /// Period.
    public var length = 128.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("convection", \.convection, .any, "coefficient c of u u_x"),
        .number("dispersion", \.dispersion, .any, "coefficient d of u_xxx"),
        .number("length", \.length, .positive, "period of the domain"),
    ]

    /// The equation with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            PeriodicScalarForm(
                equation: "u_t + \(convection) u u_x + \(dispersion) u_xxx = 0, period \(length)",
                references: "Korteweg and de Vries, doi:10.1080/14786449508620739", field: ("u", "elevation"), length: length,
                times: FrameTimes(count: 51, interval: 1), sampler: try context.requireInitialSampler(Self.samplers),
                solver: try context.requireSolver(),
                flow: QuadraticFlow(speedFactor: convection) { [dispersion] in Complex(0, dispersion * $0 * $0 * $0) },
                make: { [self] in
                    try KortewegDeVriesSolver(
                        points: $0[0], length: length, convection: convection, dispersion: dispersion, control: $1)
                }), context)
    }
}
