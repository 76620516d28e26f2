/// A group of keys of a case file: a section, or the table of a named choice such as an optimizer.
///
/// A conforming type stores one property for each key, initialised to its default, and lists its keys once. That one list decodes the section,
/// checks it, writes it out with every default, and documents it:
///
/// ```swift
/// struct AdamSettings: OptimizerSettings {
///     static let name = "adam"
///     static let summary = "Adam (Kingma and Ba 2015)"
///     var learningRate = 1e-3
///     static let keys: [Key<Self>] = [
///         .number("learning-rate", \.learningRate, .positive, "step size at the start")
///     ]
/// }
/// ```
public protocol CaseSettings: Sendable {
    /// Settings at their defaults.
    init()

    /// The keys, in the order in which they are decoded, written and documented.
    static var keys: [Key<Self>] { get }

    /// Sets defaults that depend on other keys and checks what involves several; called when each key alone is right. Faults go to
    /// `checker.reject`.
    mutating func resolve(_ checker: inout CaseChecker)
}

extension CaseSettings {
    /// Nothing to do beyond each key alone.
    public mutating func resolve(_ checker: inout CaseChecker) {}

    /// Every key with its value, defaults included, in the order of `keys`; keys that are absent are left out.
    public func members() -> [Literal.Member] {
        Self.keys.compactMap { key in key.write(self).map { Literal.Member(key.name, $0) } }
    }

    /// What `eddy list` and the key reference say about the keys.
    static func describeKeys() -> [KeyDescription] {
        let defaults = Self()
        return keys.map { $0.describe(defaults) }
    }
}

/// Settings that a case chooses by name: `[operator] name = "fno"`.
public protocol NamedSettings: CaseSettings {
    /// The name in case files: lower case, words joined by `-`.
    static var name: String { get }

    /// One line for `eddy list`.
    static var summary: String { get }
}

extension NamedSettings {
    /// The name in case files.
    public var name: String { Self.name }

    /// The name and every key with its value.
    public func namedMembers() -> [Literal.Member] { [Literal.Member("name", .string(Self.name))] + members() }
}
