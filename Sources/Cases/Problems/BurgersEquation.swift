import Numerics
import Solvers

/// `[equation] name = "burgers"`: viscous Burgers equation in one dimension.
public struct BurgersEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "burgers"
    /// One line for `eddy list`.
    public static let summary = "viscous Burgers equation u_t + (u^2 / 2)_x = nu u_xx, periodic"
    /// Samplers of the initial field.
    public static let samplers = [GaussianFieldSampler.name, SineWavesSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// Viscosity.
    public var viscosity = 0.1
    /// Period.
    public var length = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("viscosity", \.viscosity, .positive, "viscosity nu"),
        .number("length", \.length, .positive, "period of the domain"),
    ]

    /// Burgers' equation with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            PeriodicScalarForm(
                equation: "u_t + (u^2 / 2)_x = \(viscosity) u_xx, period \(length)",
                references: "Li et al., Fourier neural operator for parametric partial differential equations, arXiv:2010.08895",
                field: ("u", "velocity"), length: length, times: FrameTimes(count: 2, interval: 1),
                sampler: try context.requireInitialSampler(Self.samplers), solver: try context.requireSolver(),
                flow: QuadraticFlow { [viscosity] in Complex(-viscosity * $0 * $0, 0) },
                make: { [viscosity, length] in
                    try BurgersSolver(points: $0[0], length: length, viscosity: viscosity, control: $1)
                }), context)
    }
}
