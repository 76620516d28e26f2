/// The value of an attribute: a text or numbers of one stored type.
public enum AttributeValue: Hashable, Sendable {
    /// A text.
    case text(String)
    /// Real numbers (stored as double).
    case real([Double])
    /// Integers (stored as int).
    case integer([Int])
    /// Signed bytes (CF flag values of a byte variable).
    case bytes([Int8])
    /// An unsigned 64-bit number (a seed).
    case unsigned(UInt64)

    /// The text, if it is one.
    public var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    /// The numbers, if it holds numbers.
    public var numbers: [Double]? {
        switch self {
        case .text: nil
        case .real(let values): values
        case .integer(let values): values.map(Double.init)
        case .bytes(let values): values.map(Double.init)
        case .unsigned(let value): [Double(value)]
        }
    }

    /// The only number, if it holds exactly one.
    public var number: Double? { numbers.flatMap { $0.count == 1 ? $0[0] : nil } }

    /// Values separated by commas, texts as they are.
    public var formatted: String {
        switch self {
        case .text(let value): value
        case .real(let values): values.map { "\($0)" }.joined(separator: ", ")
        case .integer(let values): values.map { "\($0)" }.joined(separator: ", ")
        case .bytes(let values): values.map { "\($0)" }.joined(separator: ", ")
        case .unsigned(let value): "\(value)"
        }
    }
}
