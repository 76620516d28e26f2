/// Decodes tables of a case file into settings and collects every fault on the way.
public struct CaseReader {
    let file: String
    let registries: Registries
    private(set) var faults: [CaseError] = []

    init(file: String, registries: Registries) {
        self.file = file
        self.registries = registries
    }

    /// All faults as one error, in the order of their lines; nil when there are none.
    var error: CaseError? {
        if faults.count <= 1 { return faults.first }
        let ordered = faults.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
        return .several(ordered.map(\.element))
    }

    // MARK: - Tables

    /// Settings from the members of `node`, a table; keys in `passedOver` belong to someone else.
    mutating func decode<Settings: CaseSettings>(
        _ type: Settings.Type, from node: SourceNode, passedOver: Set<String> = []
    ) -> Settings {
        var settings = Settings()
        guard case .table(let members) = node.value else {
            wrongType(node, expected: "a table")
            return settings
        }
        let before = faults.count
        for key in Settings.keys {
            if let member = members[key.name] {
                key.read(&settings, member, &self)
            } else if key.isRequired {
                missing(key.name, in: node, expected: key.expected)
            } else {
                key.fill(&settings, &self)
            }
        }
        let known = Settings.keys.map(\.name)
        for (name, member) in members where !passedOver.contains(name) && !known.contains(name) {
            unknown(name, member, in: node, allowed: known.sorted() + passedOver.sorted(), isSection: Settings.self == CaseContent.self)
        }
        if faults.count == before {
            var checker = CaseChecker(file: file, table: node, members: settings.members())
            settings.resolve(&checker)
            faults += checker.faults
        }
        return settings
    }

    /// The name in `node` if it is one of `names`, or nil after reporting why not.
    mutating func name(_ node: SourceNode, of names: [String]) -> String? {
        guard let name = String.value(of: node) else {
            wrongType(node, expected: "one of " + names.map { "\"\($0)\"" }.joined(separator: ", "))
            return nil
        }
        if names.contains(name) { return name }
        faults.append(.unknownName(at: location(node), found: name, nearest: nearestName(to: name, in: names), allowed: names))
        return nil
    }

    // MARK: - Faults

    mutating func wrongType(_ node: SourceNode, expected: String) {
        faults.append(.wrongType(at: location(node), found: node.foundWithType, expected: expected))
    }

    mutating func notAllowed(_ node: SourceNode, allowed: String) {
        faults.append(.notAllowed(at: location(node), found: node.found, allowed: allowed))
    }

    mutating func missing(_ key: String, in table: SourceNode, expected: String) {
        faults.append(.missingKey(key, at: location(table), expected: expected))
    }

    mutating func unknown(_ name: String, _ node: SourceNode, in table: SourceNode, allowed: [String], isSection: Bool = false) {
        let nearest = nearestName(to: name, in: allowed)
        let place = CaseLocation(file: file, line: node.line, path: table.path)
        if isSection, case .table = node.value {
            let sections = CaseContent.sectionNames
            faults.append(.unknownSection(name, at: place, nearest: nearestName(to: name, in: sections), allowed: sections))
        } else {
            faults.append(.unknownKey(name, at: place, nearest: nearest, allowed: allowed))
        }
    }

    private func location(_ node: SourceNode) -> CaseLocation { CaseLocation(file: file, line: node.line, path: node.path) }
}

/// Reports faults that involve several keys of one table.
public struct CaseChecker {
    private let file: String
    private let table: SourceNode
    private let members: [Literal.Member]
    fileprivate(set) var faults: [CaseError] = []

    fileprivate init(file: String, table: SourceNode, members: [Literal.Member]) {
        self.file = file
        self.table = table
        self.members = members
    }

    /// Rejects the value at `path` inside the table: `reject("operator", "modes", allowed: "at most 32 on 64 points")`.
    ///
    /// The message shows the value as the file has it, or as the default that stands in for it.
    public mutating func reject(_ path: String..., allowed: String) {
        faults.append(table.fault(at: path, file: file, members: members, allowed: allowed))
    }
}

extension Literal {
    /// The member of a table or the element of a list (`"0"`, `"1"`, ...) called `key`.
    fileprivate func member(_ key: String) -> Literal? {
        switch self {
        case .table(let members): members.first { $0.key == key }?.value
        case .array(let elements): Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        default: nil
        }
    }
}

extension SourceNode {
    /// The member of a table or the element of a list (`"0"`, `"1"`, ...) called `key`.
    func member(_ key: String) -> SourceNode? {
        switch value {
        case .table(let members): members[key]
        case .array(let elements): Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        default: nil
        }
    }

    /// The fault of the value at `path` below this table; `members` are the decoded values, which show defaults that the file does not have.
    func fault(at path: [String], file: String, members: [Literal.Member], allowed: String) -> CaseError {
        var node = self
        var literal = Literal.table(members)
        var isThere = true
        for key in path {
            if let member = literal.member(key) { literal = member }
            if isThere, let member = node.member(key) { node = member } else { isThere = false }
        }
        let location = CaseLocation(file: file, line: node.line, path: self.path + path)
        return .notAllowed(at: location, found: isThere ? node.found : "\(literal.toml) (the default)", allowed: allowed)
    }
}
