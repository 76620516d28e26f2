import Foundation

/// How long and with what a training runs; stored in every checkpoint and compared when it is continued.
public struct TrainerSettings: Codable, Equatable, Sendable {
    /// Passes over the training set.
    public var epochs: Int
    /// Samples in a step.
    public var batch: Int
    /// Parts that a batch is cut into for the workers; part of the result's definition (see `TrainingStep`).
    public var shards: Int
    /// Seed of the order of samples.
    public var seed: UInt64
    /// Base learning rate.
    public var learningRate: Double
    /// How the rate changes.
    public var schedule: LearningRateSchedule
    /// Whether the gradient is that of the summed losses of a batch instead of their mean (the Fourier neural operator's scripts sum; it
    /// changes the weight of an L2 penalty).
    public var sumsLosses: Bool
    /// Largest norm of the gradient; nil for no limit.
    public var clipping: Double?
    /// Decay of the moving average of the weights, which is then what is validated and saved; nil for none.
    public var averageDecay: Double?
    /// Epochs between validations; there is always one at the end.
    public var validationInterval: Int
    /// Validations without a better value after which training stops; nil for never.
    public var patience: Int?

    /// Settings; those of the published Darcy FNO but for the schedule.
    public init(
        epochs: Int = 500, batch: Int = 20, shards: Int = 4, seed: UInt64 = 0, learningRate: Double = 1e-3,
        schedule: LearningRateSchedule = .oneCycle, sumsLosses: Bool = false, clipping: Double? = nil, averageDecay: Double? = nil,
        validationInterval: Int = 1, patience: Int? = nil
    ) {
        self.epochs = epochs
        self.batch = batch
        self.shards = shards
        self.seed = seed
        self.learningRate = learningRate
        self.schedule = schedule
        self.sumsLosses = sumsLosses
        self.clipping = clipping
        self.averageDecay = averageDecay
        self.validationInterval = validationInterval
        self.patience = patience
    }

    /// Checks every number.
    ///
    /// - Throws: ``TrainingError/invalid(setting:found:allowed:)``.
    public func validate(samples: Int) throws(TrainingError) {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws(TrainingError) {
            guard holds else { throw .invalid(setting: setting, found: "\(found)", allowed: allowed) }
        }
        try check(epochs >= 1, "epochs", epochs, "1 or more")
        try check(samples >= 1, "training samples", samples, "1 or more")
        try check(batch >= 1 && batch <= max(samples, 1), "batch", batch, "1 to the number of training samples, \(samples)")
        try check(shards >= 1, "shards", shards, "1 or more")
        try check(learningRate > 0 && learningRate.isFinite, "learning rate", learningRate, "above 0")
        try check(clipping.map { $0 > 0 } ?? true, "gradient clipping", clipping ?? 0, "above 0")
        try check(averageDecay.map { $0 >= 0 && $0 < 1 } ?? true, "weight average", averageDecay ?? 0, "0 or more, below 1")
        try check(validationInterval >= 1, "validation interval", validationInterval, "1 or more epochs")
        try check(patience.map { $0 >= 1 } ?? true, "patience", patience ?? 0, "1 or more")
        if let problem = schedule.problem {
            throw .invalid(setting: "schedule: \(problem.setting)", found: problem.found, allowed: problem.allowed)
        }
    }

    /// What must agree when a training is continued, by name.
    var identity: [String: String] {
        [
            "epochs": "\(epochs)", "batch": "\(batch)", "shards": "\(shards)", "seed": "\(seed)", "learning rate": "\(learningRate)",
            "schedule": "\(schedule)", "summed losses": "\(sumsLosses)", "gradient clipping": clipping.map { "\($0)" } ?? "none",
            "weight average": averageDecay.map { "\($0)" } ?? "none", "validation interval": "\(validationInterval)",
            "patience": patience.map { "\($0)" } ?? "none",
        ]
    }
}
