/// Everything that a case file can hold, from the same definitions that decode it: for `eddy list` and the key reference.
public struct CaseReference: Sendable {
    /// A section or a choice with its keys.
    public struct Entry: Sendable, Equatable {
        /// Name in case files.
        public let name: String
        /// One line.
        public let summary: String
        /// Keys besides `name`.
        public let keys: [KeyDescription]
    }

    /// Entries of one kind.
    public struct Topic: Sendable, Equatable {
        /// What `eddy list` calls it: `operators`.
        public let name: String
        /// The same in the singular.
        public let kind: String
        /// Where a case makes the choice.
        public let usage: String
        /// The entries in the order of their registry.
        public let entries: [Entry]
    }

    /// Sections first, then the registries.
    public let topics: [Topic]

    /// The reference of what `registries` hold.
    public init(_ registries: Registries = .standard) {
        topics = [
            Self.sections,
            Self.topic("equations", registries.equations, "[equation] name = \"...\""),
            Self.topic("samplers", registries.samplers, "[sampler] name = \"...\""),
            Self.topic("solvers", registries.solvers, "[solver] name = \"...\""),
            Self.topic("operators", registries.operators, "[operator] name = \"...\""),
            Self.topic("optimizers", registries.optimizers, "[training] optimizer = { name = \"...\" }"),
            Self.topic("schedules", registries.schedules, "[training] schedule = { name = \"...\" }"),
            Self.topic("losses", registries.losses, "[training] loss = \"...\""),
            Self.topic("metrics", registries.metrics, "[evaluation] metrics = [\"...\"]"),
        ].filter { !$0.entries.isEmpty }
    }

    /// Names of all topics.
    public var names: [String] { topics.map(\.name) }

    /// The topic called `name`, in the plural or the singular.
    ///
    /// - Throws: `ReferenceError` with the nearest name.
    public func topic(_ name: String) throws(ReferenceError) -> Topic {
        if let topic = topics.first(where: { $0.name == name || $0.kind == name }) { return topic }
        throw ReferenceError(kind: "topic", found: name, allowed: names)
    }

    private static func topic<Product>(_ name: String, _ registry: Registry<Product>, _ usage: String) -> Topic {
        Topic(
            name: name, kind: registry.kind, usage: usage,
            entries: registry.entries.map { Entry(name: $0.name, summary: $0.summary, keys: $0.keys) })
    }

    /// Sections whose keys are always the same; those that a name decides are topics of their own.
    private static var sections: Topic {
        let keys = CaseContent.describeKeys()
        var entries = [
            Entry(
                name: "case", summary: "keys before the first section", keys: keys.filter { $0.content == .value })
        ]
        for key in keys {
            if case .table(let members) = key.content { entries.append(Entry(name: key.name, summary: key.summary, keys: members)) }
        }
        return Topic(name: "sections", kind: "section", usage: "[name]", entries: entries)
    }
}

extension CaseReference.Topic {
    /// The entry called `name`.
    ///
    /// - Throws: `ReferenceError` with the nearest name.
    public func entry(_ name: String) throws(ReferenceError) -> CaseReference.Entry {
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        throw ReferenceError(kind: kind, found: name, allowed: entries.map(\.name))
    }
}

/// A name that the reference does not have.
public struct ReferenceError: Error, Equatable, CustomStringConvertible {
    /// What was looked for: `operator`.
    public let kind: String
    /// The name that was given.
    public let found: String
    /// The names that there are.
    public let allowed: [String]

    /// A name that is not among those allowed.
    public init(kind: String, found: String, allowed: [String]) {
        self.kind = kind
        self.found = found
        self.allowed = allowed
    }

    /// What was found, the nearest name and what is allowed.
    public var description: String {
        let hint = nearestName(to: found, in: allowed).map { "; did you mean \"\($0)\"?" } ?? ";"
        return "there is no \(kind) \"\(found)\"\(hint) allowed: \(allowed.joined(separator: ", "))"
    }
}
