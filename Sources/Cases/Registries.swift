import Metrics
import NeuralOperators

/// Everything that a case can choose by name.
///
/// To add a choice: one file with its settings, one line here, one case.
///
/// A program that uses Eddy as a library adds choices of its own to a copy of `standard` and hands it to `Case`.
public struct Registries: Sendable {
    /// What `[equation] name` can be.
    public var equations = Registry<any EquationSettings>(
        "equation",
        [
            .init(DarcyEquation.self), .init(DiffusionEquation.self), .init(AirfoilEquation.self), .init(NavierStokesEquation.self),
            .init(CompressibleFlowEquation.self), .init(ShallowWaterEquation.self), .init(BurgersEquation.self),
            .init(AdvectionEquation.self),
            .init(HeatEquation.self), .init(KortewegDeVriesEquation.self), .init(KuramotoSivashinskyEquation.self),
            .init(ReactionDiffusionEquation.self), .init(GrayScottEquation.self), .init(FitzHughNagumoEquation.self),
            .init(WaveEquation.self), .init(HelmholtzEquation.self), .init(SmokeEquation.self), .init(TurbulenceEquation.self),
            .init(PipeFlowEquation.self),
        ])

    /// What `[sampler] name` can be.
    public var samplers = Registry<any SamplerSettings>(
        "sampler",
        [
            .init(GaussianThresholdSampler.self), .init(LogNormalSampler.self), .init(MultiscaleTrigonometricSampler.self),
            .init(LogStationarySampler.self), .init(DesignBoxSampler.self), .init(RandomWavesSampler.self),
            .init(GaussianFieldSampler.self), .init(SineWavesSampler.self), .init(PulsesSampler.self),
            .init(GaussianBumpsSampler.self), .init(CellNoiseSampler.self), .init(GaussianProcessSampler.self),
            .init(BoundedGaussianSampler.self), .init(SmokeNoiseSampler.self),
            .init(RadialColumnSampler.self), .init(PipeCentrelineSampler.self),
        ])

    /// What `[solver] name` can be.
    public var solvers = Registry<any SolverSettings>(
        "solver",
        [
            .init(MultigridSettings.self), .init(NewtonKrylovSettings.self), .init(FiniteVolumeSettings.self),
            .init(PseudoSpectralSettings.self), .init(FNOGeneratorSettings.self), .init(SemiLagrangianSettings.self),
            .init(SummationByPartsSettings.self),
            .init(BandedSolverSettings.self), .init(HermiteElementsSettings.self),
        ])

    /// What `[operator] name` can be.
    public var operators = Registry<any OperatorSettings>(
        "operator",
        [
            .init(FNOConfiguration.self), .init(NeuraloperatorFNOConfiguration.self), .init(AIRSFNOConfiguration.self),
            .init(FactorizedFNOConfiguration.self),
            .init(GFNOConfiguration.self), .init(MgNOConfiguration.self), .init(DeepONetConfiguration.self),
            .init(SineNetConfiguration.self), .init(UNetConfiguration.self), .init(ClassicUNetConfiguration.self),
            .init(DilatedResNetConfiguration.self),
        ])

    /// The architectures that a model file can name: those of `operators`.
    public var architectures: [any OperatorConfiguration.Type] {
        operators.entries.compactMap { $0.type as? any OperatorConfiguration.Type }
    }

    /// What `optimizer` of `[training]` can be.
    public var optimizers = Registry<any OptimizerSettings>(
        "optimizer",
        [
            .init(AdamWSettings.self),
            .init(AdamSettings.self),
            .init(LionSettings.self),
            .init(SGDSettings.self),
        ])

    /// What `schedule` of `[training]` can be.
    public var schedules = Registry<any ScheduleSettings>(
        "schedule",
        [
            .init(OneCycleSettings.self),
            .init(CosineSettings.self),
            .init(WarmUpCosineSettings.self),
            .init(StepDecaySettings.self),
            .init(MultiStepSettings.self),
            .init(ExponentialSettings.self),
            .init(InverseTimeSettings.self),
            .init(ConstantSettings.self),
        ])

    /// What `loss` of `[training]` can be.
    public var losses = Registry<any LossSettings>(
        "loss",
        [
            .init(RelativeL2LossSettings.self),
            .init(RelativeH1LossSettings.self),
            .init(RelativeL1LossSettings.self),
            .init(MSELossSettings.self),
        ])

    /// What `metrics` of `[evaluation]` can hold.
    public var metrics = Registry<Metric>("metric", Metric.all.map(Registry<Metric>.Entry.init))

    private init() {}

    /// The choices that Eddy comes with.
    public static let standard = Registries()
}

extension Registry.Entry where Product == Metric {
    /// A metric, which has no keys.
    public init(_ metric: Metric) { self.init(name: metric.name, summary: "\(metric.formula) (\(metric.source))", product: metric) }
}
