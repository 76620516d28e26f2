import NeuralOperators

/// The `[training]` section: how the operator is fitted to the training samples.
public struct TrainingSettings: CaseSettings {
    /// Passes over the training samples.
    public var epochs = 100
    /// Samples in each step.
    public var batch = 20
    /// Parts into which each batch is cut; gradients are summed in their order, so that results do not depend on the number of threads.
    ///
    /// Nil: what suits the operator.
    public var shards: Int?
    /// What training makes small.
    public var loss: any LossSettings = RelativeL2LossSettings()
    /// The optimizer.
    public var optimizer: any OptimizerSettings = AdamWSettings()
    /// The learning rate as a function of the step.
    public var schedule: any ScheduleSettings = OneCycleSettings()
    /// Largest norm of the gradient; longer gradients are scaled down to it.
    public var clip: Double?
    /// Decay of the running average of the weights that is validated and saved instead of the weights themselves.
    public var ema: Double?
    /// Validations without a better value after which training stops.
    public var patience: Int?
    /// Whether samples are turned and reflected at random by the symmetries of the equation.
    public var augmentation = false
    /// How input fields are brought to numbers of order one.
    public var inputNormaliser = Normaliser.Kind.gaussian
    /// How output fields are.
    public var outputNormaliser = Normaliser.Kind.gaussian
    /// Whether activations inside layers are computed again in the backward pass instead of kept.
    public var recompute = false
    /// Seconds between checkpoints.
    public var checkpoint = 60
    /// Whether the metrics are also written as an event file for TensorBoard.
    public var tensorboard = false

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("epochs", \.epochs, .range(1...1_000_000), "passes over the training samples"),
        .integer("batch", \.batch, .range(1...65536), "samples in each step"),
        .integer(
            "shards", \.shards, .range(1...1024),
            "parts of a batch whose gradients are summed in a fixed order, and the most ranks that help; left out: 4, but 1 for every 8 samples of "
                + "a U-Net or SineNet with more than 256 channels on a level, and 1 of a DeepONet whose samples share the trunk's points"),
        .selection("loss", \.loss, from: \.losses, "what training makes small") { $0 },
        .selection("optimizer", \.optimizer, from: \.optimizers, "the optimizer") { $0 },
        .selection("schedule", \.schedule, from: \.schedules, "the learning rate as a function of the step") { $0 },
        .number("clip", \.clip, .positive, "largest norm of the gradient; left out: gradients are not clipped"),
        .number(
            "ema", \.ema, .between(0, 1),
            "decay of a running average of the weights, which is then what is validated and saved; left out: no average"),
        .integer(
            "patience", \.patience, .range(1...1_000_000),
            "epochs without a better validation after which training stops; left out: never"),
        .flag("augmentation", \.augmentation, "turn and reflect samples at random by the symmetries of the equation"),
        .choice("input-normaliser", \.inputNormaliser, "how input fields are brought to numbers of order one"),
        .choice("output-normaliser", \.outputNormaliser, "how output fields are; the loss is measured in physical units"),
        .flag(
            "recompute", \.recompute,
            "keep only the input of each layer and compute the rest again in the backward pass: less memory, a third to two thirds more time, the same bits"
        ),
        .integer("checkpoint", \.checkpoint, .range(0...86400), "seconds between checkpoints; 0: after every step"),
        .flag("tensorboard", \.tensorboard, "write the metrics also as an event file for TensorBoard into the run's folder"),
    ]
}
