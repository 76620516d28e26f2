import Numerics
import Solvers

/// `[equation] name = "heat"`: diffusion in time in one, two or three dimensions.
public struct HeatEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "heat"
    /// One line for `eddy list`.
    public static let summary = "heat equation u_t = kappa Lap u in 1, 2 or 3 dimensions, periodic"
    /// Samplers of the initial field.
    public static let samplers = [GaussianFieldSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// Diffusivity.
    public var diffusivity = 0.01
    /// Number of axes.
    public var dimension = 2
    /// Period along every axis.
    public var length = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("diffusivity", \.diffusivity, .positive, "diffusivity kappa"),
        .integer("dimension", \.dimension, .range(1...3), "number of axes"),
        .number("length", \.length, .positive, "period along every axis"),
    ]

    /// The equation with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            PeriodicScalarForm(
                equation: "u_t = \(diffusivity) Lap u in \(dimension) dimension\(dimension == 1 ? "" : "s"), period \(length)",
                references: "Fourier, Theorie analytique de la chaleur", field: ("u", "temperature"), dimension: dimension, length: length,
                times: FrameTimes(count: 11, interval: 0.1), sampler: try context.requireInitialSampler(Self.samplers),
                solver: try context.requireSolver(),
                flow: LinearFlow { [diffusivity] k in Complex(-diffusivity * k.reduce(0) { $0 + $1 * $1 }, 0) },
                make: { [self] shape, _ in
                    try HeatSolver(shape: shape, lengths: shape.map { _ in length }, diffusivity: diffusivity)
                }), context)
    }
}
