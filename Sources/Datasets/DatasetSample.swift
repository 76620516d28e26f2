import Tensors

/// How a sample came to be accepted.
public enum SampleStatus: Int8, CaseIterable, Hashable, Sendable {
    /// Solved with the settings of the case.
    case solved = 0
    /// Solved after the step or tolerance was made smaller, because the first solve failed a check.
    case refined = 1
    /// Drawn again, because an earlier draw was rejected; `attempts` says how often.
    case redrawn = 2

    /// Name as in `flag_meanings`.
    var meaning: String {
        switch self {
        case .solved: "solved"
        case .refined: "refined"
        case .redrawn: "redrawn"
        }
    }
}

/// What the solver reports about one sample, stored in variables of their own.
public struct SampleRecord: Hashable, Sendable {
    /// How the sample came to be accepted.
    public var status: SampleStatus
    /// Time steps or iterations of the accepted solve.
    public var steps: Int
    /// Number of draws, the accepted one included.
    public var attempts: Int
    /// Time of all solves of this sample on one core, in seconds; not part of the content hash.
    public var seconds: Double

    /// A record.
    public init(status: SampleStatus = .solved, steps: Int = 0, attempts: Int = 1, seconds: Double = 0) {
        self.status = status
        self.steps = steps
        self.attempts = attempts
        self.seconds = seconds
    }

    /// The variables that hold records, with the attributes that describe them.
    static let variables: [(name: String, type: NetCDFType, longName: String, units: String)] = [
        ("status", .byte, "how the sample was accepted", "1"),
        ("steps", .int, "time steps or iterations of the accepted solve", "1"),
        ("attempts", .int, "number of draws including the accepted one", "1"),
        ("seconds", .double, "core time of all solves of the sample", "s"),
    ]
}

/// One sample ready to be stored: a tensor for each field that varies with the sample, and the record of its solve.
public struct DatasetSample: Sendable {
    /// Values by field name, of the shapes that `DatasetSchema.shape(of:)` gives; numbers have the empty shape.
    public var fields: [String: Tensor<Double>]
    /// What the solver reports.
    public var record: SampleRecord

    /// A sample.
    public init(fields: [String: Tensor<Double>], record: SampleRecord = SampleRecord()) {
        self.fields = fields
        self.record = record
    }
}
