/// Where a training stands, for a progress bar and a log.
public struct TrainingProgress: Sendable, Equatable {
    /// Steps done, and in all.
    public let step, totalSteps: Int
    /// Epoch that the last step belonged to, counted from 1, and epochs in all.
    public let epoch, epochs: Int
    /// Mean loss over the epoch so far.
    public let loss: Double
    /// Learning rate of the last step.
    public let learningRate: Double
    /// Samples trained on in a second, validations included.
    public let samplesPerSecond: Double
    /// Seconds left at this speed.
    public let secondsLeft: Double
    /// Means of the metrics, right after a validation.
    public let validation: [Double]?
    /// Best validation so far, and its epoch.
    public let best: (value: Double, epoch: Int)?

    /// Whether all numbers agree.
    public static func == (a: TrainingProgress, b: TrainingProgress) -> Bool {
        a.step == b.step && a.totalSteps == b.totalSteps && a.epoch == b.epoch && a.epochs == b.epochs && a.loss == b.loss
            && a.learningRate == b.learningRate && a.samplesPerSecond == b.samplesPerSecond && a.secondsLeft == b.secondsLeft
            && a.validation == b.validation && a.best?.value == b.best?.value && a.best?.epoch == b.best?.epoch
    }
}

/// How a training ended.
public struct TrainingOutcome: Sendable {
    /// Why it ended.
    public enum Status: String, Sendable, CaseIterable {
        /// All epochs are done.
        case finished
        /// Validations did not improve any more.
        case stoppedEarly = "stopped-early"
        /// The caller asked for it; everything is saved, and the training can be continued.
        case interrupted
    }

    /// Why it ended.
    public let status: Status
    /// Steps done.
    public let step: Int
    /// Best validation: value, epoch counted from 1.
    public let best: (value: Double, epoch: Int)?
    /// Seconds of training in all processes.
    public let seconds: Double
}
