/// The decoded values of a case file.
public struct CaseContent: CaseSettings {
    /// What the case is, in one line.
    public var title = ""
    /// Key of every random number: samples, initial weights, order of the samples.
    public var seed = 0
    /// The equation.
    public var equation: (any EquationSettings)?
    /// The law of the random inputs.
    public var sampler: (any SamplerSettings)?
    /// The classical solver.
    public var solver: (any SolverSettings)?
    /// The samples.
    public var dataset: DatasetSettings?
    /// The architecture of the neural operator.
    public var `operator`: (any OperatorSettings)?
    /// Which frames the operator reads and predicts, for equations in time.
    public var rollout: RolloutSettings?
    /// The residual of the equation as a term of the loss.
    public var physics: PhysicsSettings?
    /// How the operator is trained.
    public var training: TrainingSettings?
    /// How its error is measured.
    public var evaluation: EvaluationSettings?
    /// How it is compared with the classical solver.
    public var comparison: ComparisonSettings?
    /// What it has reached, for `eddy reproduce`.
    public var expected: ExpectedSettings?

    /// An empty case.
    public init() {}

    /// The keys and sections; those that depend on others come after them.
    public static let keys: [Key<Self>] = [
        .text("title", \.title, "what the case is, in one line").required,
        .integer("seed", \.seed, .nonnegative, "key of every random number: samples, initial weights, order of the samples"),
        .selection("equation", \.equation, from: \.equations, "the partial differential equation") { $0 },
        .selection(
            "sampler", \.sampler, from: \.samplers, candidates: { $0.equation?.samplers },
            "the law of the random inputs; left out: the first that fits the equation"
        ) { $0 },
        .selection(
            "solver", \.solver, from: \.solvers, candidates: { $0.equation?.solvers },
            "the classical solver; left out: the first that fits the equation"
        ) { $0 },
        .section("dataset", \.dataset, absent: { $0.equation == nil ? nil : DatasetSettings() }, "the samples"),
        .selection("operator", \.operator, from: \.operators, "the architecture of the neural operator") { $0 },
        .section(
            "rollout", \.rollout, absent: { $0.operator != nil && $0.equation?.evolves == true ? RolloutSettings() : nil },
            "which frames of an equation in time the operator reads and predicts"),
        .section(
            "physics", \.physics,
            "the residual of the equation as a term of the loss (physics-informed training); left out: none"),
        .section("training", \.training, absent: { $0.operator == nil ? nil : TrainingSettings() }, "how the operator is trained"),
        .section("evaluation", \.evaluation, absent: { $0.operator == nil ? nil : EvaluationSettings() }, "how its error is measured"),
        .section(
            "comparison", \.comparison, absent: { $0.operator == nil || $0.equation == nil ? nil : ComparisonSettings() },
            "how it is compared with the classical solver"),
        .section("expected", \.expected, "the errors that eddy reproduce must find again"),
    ]

    /// The operator is tested at the dataset's resolution unless the case says otherwise; a physics-informed training needs an equation that
    /// declares its residual, and training needs samples.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if physics != nil, let equation, !equation.declaresResidual {
            let names = Registries.standard.equations.entries.filter { ($0.type as? any EquationSettings.Type)?.declaresResidual == true }
            checker.reject(
                "physics",
                allowed: "no such section: the equation \"\(equation.name)\" declares no residual; these do: "
                    + names.map(\.name).joined(separator: ", "))
        }
        if `operator` != nil, let dataset, dataset.train == 0, (physics?.samples ?? 0) == 0 {
            checker.reject("dataset", "train", allowed: "1 or more, or [physics] with samples, which are drawn and never solved")
        }
        if let resolution = dataset?.resolution, evaluation?.resolutions.isEmpty == true { evaluation?.resolutions = [resolution] }
    }

    /// The names of the sections.
    static let sectionNames = keys.filter { $0.content != .value }.map(\.name)
}
