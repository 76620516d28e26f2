extension Key {
    /// A table with keys of its own, which may be left out; `absent` then says what it is.
    public static func section<Section: CaseSettings>(
        _ name: String, _ property: Property<Root, Section?>, absent: @escaping @Sendable (Root) -> Section? = { _ in nil },
        _ summary: String
    ) -> Self {
        Self(
            name, expected: "a table", summary: summary, content: .table(Section.describeKeys()),
            read: { root, node, reader in root[keyPath: property] = reader.decode(Section.self, from: node) },
            fill: { root, _ in root[keyPath: property] = absent(root) },
            write: { $0[keyPath: property].map { .table($0.members()) } })
    }

    /// A choice from a registry: a table with `name` and the keys of that entry, or the name alone as a string.
    ///
    /// - Parameter erase: `{ $0 }`.
    public static func selection<Product>(
        _ name: String, _ property: Property<Root, Product>, from registry: Choices<Product>,
        _ summary: String, erase: @escaping @Sendable (Product) -> any NamedSettings
    ) -> Self {
        let standard = Registries.standard[keyPath: registry]
        return Self(
            name, expected: "the name of \(standard.kindWithArticle), or a table with its name and options", summary: summary,
            content: .selection(kind: standard.kind),
            read: { root, node, reader in
                if let product = reader.select(node, from: registry, candidates: nil) { root[keyPath: property] = product }
            },
            write: { root in
                let settings = erase(root[keyPath: property])
                return settings.members().isEmpty ? .string(settings.name) : .table(settings.namedMembers())
            })
    }

    /// A choice from a registry that may be left out.
    ///
    /// - Parameters:
    ///   - candidates: the names that fit what was decoded before, the default first; nil when any name fits and none is the default.
    ///   - erase: `{ $0 }`.
    public static func selection<Product>(
        _ name: String, _ property: Property<Root, Product?>, from registry: Choices<Product>,
        candidates: @escaping @Sendable (Root) -> [String]? = { _ in nil }, _ summary: String,
        erase: @escaping @Sendable (Product) -> any NamedSettings
    ) -> Self {
        let standard = Registries.standard[keyPath: registry]
        return Self(
            name, expected: "a table with the name and options of \(standard.kindWithArticle)", summary: summary,
            content: .selection(kind: standard.kind),
            read: { root, node, reader in root[keyPath: property] = reader.select(node, from: registry, candidates: candidates(root)) },
            fill: { root, reader in
                guard let names = candidates(root), !names.isEmpty else { return }
                let empty = SourceNode(value: .table([:]), line: 0, path: [name])
                root[keyPath: property] = reader.select(empty, from: registry, candidates: names)
            },
            write: { root in root[keyPath: property].map { .table(erase($0).namedMembers()) } })
    }
}

extension CaseReader {
    /// The choice that `node` makes, or nil after reporting why it makes none.
    fileprivate mutating func select<Product>(
        _ node: SourceNode, from registry: KeyPath<Registries, Registry<Product>>, candidates: [String]?
    ) -> Product? {
        let registry = registries[keyPath: registry]
        let names = candidates ?? registry.names
        let chosen: String?
        var table = node
        switch node.value {
        case .string:
            chosen = name(node, of: names)
            table = SourceNode(value: .table([:]), line: node.line, path: node.path)
        case .table(let members):
            if let member = members["name"] {
                chosen = name(member, of: names)
            } else if let first = candidates?.first {
                chosen = first
            } else {
                missing("name", in: node, expected: "one of " + names.map { "\"\($0)\"" }.joined(separator: ", "))
                return nil
            }
        default:
            wrongType(node, expected: "the name of \(registry.kindWithArticle), or a table with its name and options")
            return nil
        }
        return chosen.flatMap { registry[$0]?.make(table, &self) }
    }
}
