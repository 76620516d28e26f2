/// One key of a case file, bound to the property of `Root` that holds its value.
///
/// See `Key+Values.swift` and `Key+Tables.swift` for the types.
public struct Key<Root: Sendable>: Sendable {
    /// The key in the file: lower case, words joined by `-`.
    public let name: String
    let isRequired: Bool
    let expected: String
    let summary: String
    let content: KeyDescription.Content
    /// Sets the property from the value in the file, or reports why it cannot.
    let read: @Sendable (inout Root, SourceNode, inout CaseReader) -> Void
    /// Called instead of `read` when the file does not have the key; sets a default that depends on keys read before.
    let fill: @Sendable (inout Root, inout CaseReader) -> Void
    /// The value as it is written out; nil when it is absent.
    let write: @Sendable (Root) -> Literal?

    init(
        _ name: String, required: Bool = false, expected: String, summary: String, content: KeyDescription.Content = .value,
        read: @escaping @Sendable (inout Root, SourceNode, inout CaseReader) -> Void,
        fill: @escaping @Sendable (inout Root, inout CaseReader) -> Void = { _, _ in },
        write: @escaping @Sendable (Root) -> Literal?
    ) {
        self.name = name
        self.isRequired = required
        self.expected = expected
        self.summary = summary
        self.content = content
        self.read = read
        self.fill = fill
        self.write = write
    }

    func describe(_ defaults: Root) -> KeyDescription {
        KeyDescription(
            name: name, expected: expected, defaultText: isRequired ? nil : write(defaults)?.toml ?? "", summary: summary, content: content)
    }

    /// The same key, but a case must have it; the property's initial value is never used.
    public var required: Self {
        Self(name, required: true, expected: expected, summary: summary, content: content, read: read, fill: fill, write: write)
    }
}
