/// The `[equation]` section: a partial differential equation with its parameters and boundary conditions.
public protocol EquationSettings: NamedSettings {
    /// Names of the samplers that make inputs for the equation, the default first.
    static var samplers: [String] { get }

    /// Names of the solvers for the equation, the default first.
    static var solvers: [String] { get }

    /// Whether solutions evolve in time.
    static var isEvolution: Bool { get }

    /// Whether its problem is a `ResidualProblem`, so that operators can be trained on the residual of the equation.
    static var declaresResidual: Bool { get }

    /// The equation with the sampler, solver and dataset of a case.
    ///
    /// - Throws: `ProblemError` when they do not fit together.
    func makeProblem(_ context: ProblemContext) throws -> any Problem
}

extension EquationSettings {
    /// A steady problem.
    public static var isEvolution: Bool { false }

    /// No residual.
    public static var declaresResidual: Bool { false }

    var evolves: Bool { Self.isEvolution }
    var declaresResidual: Bool { Self.declaresResidual }
    var samplers: [String] { Self.samplers }
    var solvers: [String] { Self.solvers }
}

extension Registry.Entry where Product == any EquationSettings {
    /// The equation with settings of `type`.
    public init<Settings: EquationSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
