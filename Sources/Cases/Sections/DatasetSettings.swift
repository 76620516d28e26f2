/// The `[dataset]` section: how many samples are made, on which grid, and how they are stored.
public struct DatasetSettings: CaseSettings, Equatable {
    /// The type in which fields are stored.
    public enum Precision: String, CaseIterable, Sendable {
        case float32, float64
    }

    /// Points of the stored fields; the solver may use more.
    public var resolution = Resolution(64)
    /// Samples for training.
    public var train = 1000
    /// Samples for choosing the best model.
    public var valid = 100
    /// Samples for the final error.
    public var test = 200
    /// Frames of a trajectory, for equations in time; nil for the equation's own times.
    public var frames: Int?
    /// Time between frames; nil for the equation's own.
    public var interval: Double?
    /// Time of the first frame, 0 being the initial state.
    public var start: Double?
    /// Stored type.
    public var precision = Precision.float32
    /// Samples that are also solved more accurately, to measure the error of the data.
    public var checked = 3
    /// Samples that are written, and found again after an interruption, together.
    public var block = 32

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points of the stored fields; the solver may use more"),
        .integer("train", \.train, .range(0...10_000_000), "samples for training; 0 where [physics] draws its own"),
        .integer("valid", \.valid, .range(0...10_000_000), "samples for choosing the best model"),
        .integer("test", \.test, .range(0...10_000_000), "samples for the final error"),
        .integer("frames", \.frames, .range(2...1_000_000), "frames of a trajectory of an equation in time; left out: the equation's own"),
        .number("interval", \.interval, .positive, "time between frames; left out: the equation's own"),
        .number("start", \.start, .nonnegative, "time of the first frame, 0 being the initial state; left out: the equation's own, or 0"),
        .choice("precision", \.precision, "type of the stored fields"),
        .integer(
            "checked", \.checked, .range(0...10_000),
            "samples that are also solved finer and more exactly; the difference is stored in the files as the error of the data"),
        .integer("block", \.block, .range(1...65536), "samples that are stored, and found again after an interruption, together"),
    ]
}
