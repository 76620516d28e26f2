/// Everything that a case can choose by name.
///
/// To add a choice: one file with its settings, one line here, one case.
///
/// A program that uses Eddy as a library adds choices of its own to a copy of `standard` and hands it to `Case`.
public struct Registries: Sendable {
    /// What `[equation] name` can be.
    public var equations = Registry<any EquationSettings>("equation", [])

    /// What `[sampler] name` can be.
    public var samplers = Registry<any SamplerSettings>("sampler", [])

    /// What `[solver] name` can be.
    public var solvers = Registry<any SolverSettings>("solver", [])

    /// What `[operator] name` can be.
    public var operators = Registry<any OperatorSettings>("operator", [])

    /// What `optimizer` of `[training]` can be.
    public var optimizers = Registry<any OptimizerSettings>("optimizer", [.init(AdamWSettings.self), .init(AdamSettings.self)])

    /// What `schedule` of `[training]` can be.
    public var schedules = Registry<any ScheduleSettings>(
        "schedule",
        [
            .init(OneCycleSettings.self),
            .init(CosineSettings.self),
            .init(WarmupCosineSettings.self),
            .init(StepDecaySettings.self),
            .init(ConstantSettings.self),
        ])

    /// What `loss` of `[training]` can be.
    public var losses = Registry<any LossSettings>("loss", [.init(RelativeL2LossSettings.self), .init(RelativeH1LossSettings.self)])

    /// What `metrics` of `[evaluation]` can hold.
    public var metrics = Registry<any MetricSettings>(
        "metric",
        [
            .init(RelativeL2MetricSettings.self),
            .init(RelativeH1MetricSettings.self),
            .init(MaxMetricSettings.self),
        ])

    private init() {}

    /// The choices that Eddy comes with.
    public static let standard = Registries()
}
