import Numerics
import Solvers

/// `[equation] name = "advection"`: transport at constant speed, with diffusion if wanted, in one dimension.
public struct AdvectionEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "advection"
    /// One line for `eddy list`.
    public static let summary = "advection (and diffusion) u_t + v u_x = kappa u_xx, periodic"
    /// Samplers of the initial field.
    public static let samplers = [PulsesSampler.name, SineWavesSampler.name, GaussianFieldSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// Speed.
    public var velocity = 1.0
    /// Diffusivity.
    public var diffusivity = 0.0
    /// Period.
    public var length = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("velocity", \.velocity, .any, "speed v"),
        .number("diffusivity", \.diffusivity, .nonnegative, "diffusivity kappa"),
        .number("length", \.length, .positive, "period of the domain"),
    ]

    /// The equation with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            PeriodicScalarForm(
                equation: "u_t + \(velocity) u_x = \(diffusivity) u_xx, period \(length)",
                references: "Lu et al., A comprehensive and fair comparison of two neural operators, arXiv:2111.05512",
                field: ("u", "concentration"), length: length, times: FrameTimes(count: 41, interval: 1.0 / 40),
                sampler: try context.requireInitialSampler(Self.samplers), solver: try context.requireSolver(),
                flow: LinearFlow { [velocity, diffusivity] k in Complex(-diffusivity * k[0] * k[0], -velocity * k[0]) },
                make: { [self] shape, _ in
                    try AdvectionSolver(shape: shape, lengths: [length], velocity: [velocity], diffusivity: diffusivity)
                }), context)
    }
}
