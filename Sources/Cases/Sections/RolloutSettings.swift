import Training

/// The `[rollout]` section: which frames of a problem in time the operator reads and predicts, and how it is trained to follow itself.
public struct RolloutSettings: CaseSettings, Equatable {
    /// How an operator is trained to step in time.
    public enum Method: String, CaseIterable, Sendable {
        /// One application from true frames.
        case teacherForcing = "teacher-forcing"
        /// Several applications, each to the result of the one before, with gradients through all of them.
        case full
        /// A random number of applications, with a gradient through the last one only (J. Brandstetter et al., ICLR 2022, section 3.1).
        case pushforward
    }

    /// Where the windows of a trajectory start.
    public enum Start: String, CaseIterable, Sendable {
        /// At the first frame: one window a trajectory.
        case first
        /// At every frame that leaves enough frames after it.
        case every
    }

    /// Frames that the operator reads.
    public var inputFrames = 1
    /// Frames that it predicts at once.
    public var outputFrames = 1
    /// How it is trained.
    public var method = Method.teacherForcing
    /// Where the windows of a trajectory start in training.
    public var start = Start.every
    /// Applications in a training rollout; nil for all that the trajectory has.
    public var steps: Int?
    /// Epochs after which the rollout grows by one application, from one; nil: it has its full length from the beginning.
    public var curriculum: Int?
    /// Standard deviation of noise on the input frames in training, as a fraction of that of the field.
    public var noise = 0.0
    /// Whether the operator predicts the change from the last input frame.
    public var predictsChange = false

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("input-frames", \.inputFrames, .range(1...1000), "frames that the operator reads"),
        .integer("output-frames", \.outputFrames, .range(1...1000), "frames that it predicts at once"),
        .choice(
            "method", \.method,
            "how it is trained: one application from true frames, a rollout with gradients through all of it, or pushforward"),
        .choice("start", \.start, "where windows start in a trajectory"),
        .integer(
            "steps", \.steps, .range(1...10_000),
            "applications in a training rollout (full, pushforward); left out: all that the trajectory has from its first window"),
        .integer("curriculum", \.curriculum, .range(1...100_000), "epochs after which a full rollout grows by one application, from one"),
        .number("noise", \.noise, .range(0...1), "standard deviation of noise on the input frames in training, relative to the field's"),
        .flag("predict-change", \.predictsChange, "predict the change from the last input frame instead of the frame itself"),
    ]
}

extension RolloutSettings {
    /// The window.
    var window: TimeWindow { TimeWindow(inputs: inputFrames, outputs: outputFrames) }

    /// Applications in a training rollout of trajectories of `frames` frames.
    func trainingSteps(frames: Int) -> Int {
        guard method != .teacherForcing else { return 1 }
        let possible = max(1, (frames - inputFrames) / outputFrames)
        return min(steps ?? possible, possible)
    }
}
