/// The values that a key takes, with the words that say so in messages and in the key reference.
public struct Allowed<Value: Comparable & Sendable>: Sendable {
    /// Completes "an integer ..." or "a number ...", for example `from 1 to 64`; empty when every value is allowed.
    public let text: String
    let contains: @Sendable (Value) -> Bool

    /// Values for which `contains` holds; `text` completes "a number ...".
    public init(_ text: String, contains: @escaping @Sendable (Value) -> Bool) {
        self.text = text
        self.contains = contains
    }

    /// Every value.
    public static var any: Self { Self("") { _ in true } }

    /// Values from the lower to the upper bound, both included.
    public static func range(_ range: ClosedRange<Value>) -> Self {
        Self("from \(show(range.lowerBound)) to \(show(range.upperBound))") { range.contains($0) }
    }

    /// `bound` and larger values.
    public static func atLeast(_ bound: Value) -> Self { Self("at least \(show(bound))") { $0 >= bound } }

    /// Values larger than `bound`.
    public static func above(_ bound: Value) -> Self { Self("above \(show(bound))") { $0 > bound } }

    /// Values strictly between the bounds.
    public static func between(_ lower: Value, _ upper: Value) -> Self {
        Self("between \(show(lower)) and \(show(upper)), both excluded") { $0 > lower && $0 < upper }
    }

    private static func show(_ value: Value) -> String {
        guard let number = value as? Double else { return "\(value)" }
        return number == number.rounded() && abs(number) < 1e6 ? String(Int(number)) : Literal.number(number).toml
    }
}

extension Allowed where Value: AdditiveArithmetic {
    /// Values above zero.
    public static var positive: Self { .above(.zero) }

    /// Zero and larger values.
    public static var nonnegative: Self { .atLeast(.zero) }
}
