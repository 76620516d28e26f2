/// The named choices of one kind: what `[operator] name = "fno"` can be.
public struct Registry<Product>: Sendable {
    /// One choice.
    public struct Entry: Sendable {
        /// The name in case files.
        public let name: String
        /// One line for `eddy list`.
        public let summary: String
        /// The keys that the choice takes besides `name`.
        public var keys: [KeyDescription] { describe() }

        /// The type of the settings, when the choice has settings of its own.
        public let type: (any NamedSettings.Type)?

        let describe: @Sendable () -> [KeyDescription]
        let make: @Sendable (SourceNode, inout CaseReader) -> Product

        /// The choice whose settings are of `type`; `upcast` is `{ $0 }`.
        public init<Settings: NamedSettings>(_ type: Settings.Type, upcast: @escaping @Sendable (Settings) -> Product) {
            name = Settings.name
            summary = Settings.summary
            self.type = type
            describe = { Settings.describeKeys() }
            make = { node, reader in upcast(reader.decode(Settings.self, from: node, passedOver: ["name"])) }
        }

        /// A choice without keys.
        public init(name: String, summary: String, product: Product) where Product: Sendable {
            self.name = name
            self.summary = summary
            type = nil
            describe = { [] }
            make = { node, reader in
                _ = reader.decode(NoSettings.self, from: node, passedOver: ["name"])
                return product
            }
        }
    }

    /// What the entries are, in the singular: `operator`.
    public let kind: String
    /// The entries, in the order in which they are listed.
    public private(set) var entries: [Entry]

    /// A registry of `kind`.
    public init(_ kind: String, _ entries: [Entry] = []) {
        self.kind = kind
        self.entries = []
        for entry in entries { add(entry) }
    }

    /// Adds a choice.
    ///
    /// - Precondition: the name is not empty, made of lower-case letters, digits, `-` and `.`, and not taken.
    public mutating func add(_ entry: Entry) {
        precondition(
            !entry.name.isEmpty && entry.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == ".") },
            "the name of a \(kind) is made of lower-case letters, digits, - and ., not \"\(entry.name)\"")
        precondition(self[entry.name] == nil, "there is a \(kind) named \"\(entry.name)\" already")
        entries.append(entry)
    }

    /// The kind with its article, for messages: `an operator`.
    var kindWithArticle: String { (kind.first.map { "aeiou".contains($0) } == true ? "an " : "a ") + kind }

    /// The names, in the order of `entries`.
    public var names: [String] { entries.map(\.name) }

    /// The entry of that name.
    public subscript(name: String) -> Entry? { entries.first { $0.name == name } }
}

/// Settings of a choice that has none.
private struct NoSettings: CaseSettings {
    static let keys: [Key<Self>] = []
}
