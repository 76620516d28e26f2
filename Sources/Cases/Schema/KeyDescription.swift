/// What a key means, for `eddy list`, the key reference and messages.
public struct KeyDescription: Sendable, Equatable {
    /// What a key holds besides a plain value.
    public enum Content: Sendable, Equatable {
        case value
        /// A table with keys of its own.
        case table([KeyDescription])
        /// A table whose `name` chooses an entry of the registry of this kind, for example `operator`.
        case selection(kind: String)
    }

    /// The key.
    public let name: String
    /// The type with what is allowed, as a noun phrase: `an integer from 1 to 64`.
    public let expected: String
    /// The default in TOML; nil when the key is required; empty when leaving it out means something of its own (see `summary`).
    public let defaultText: String?
    /// What the key does, in one line.
    public let summary: String
    /// Whether it is a plain value, a table or a choice.
    public let content: Content

    /// Whether a case must have the key.
    public var isRequired: Bool { defaultText == nil }
}
