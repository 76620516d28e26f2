/// One thing that a dataset file does not keep of the contract.
public struct Finding: Hashable, Encodable, Sendable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Hashable, Encodable, Comparable, Sendable {
        /// Worth a look; the file is usable.
        case warning
        /// The file breaks the contract.
        case error

        /// Warnings come before errors.
        public static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .error }
    }

    /// How bad it is.
    public var severity: Severity
    /// What it is about: `attribute 'title'`, `variable 'u', attribute 'units'`, `sample 3 of 'u'`.
    public var item: String
    /// What the file has.
    public var found: String
    /// What it should have.
    public var expected: String

    /// A finding.
    public init(_ severity: Severity, _ item: String, found: String, expected: String) {
        self.severity = severity
        self.item = item
        self.found = found
        self.expected = expected
    }

    /// The finding in one line, `error: item: found ..., expected ...`.
    public var description: String { "\(severity.rawValue): \(item): found \(found), expected \(expected)" }
}
