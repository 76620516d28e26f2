extension Case {
    /// What the case says, section by section, for `eddy inspect`: every key with its value and whether it is a default.
    public var inspection: String {
        var text = "\(content.title)\n\(file)\n"
        func show(_ members: [Literal.Member], _ node: SourceNode?, path: [String]) {
            var table: [(key: String, value: String, isGiven: Bool)] = []
            var inner: [(Literal.Member, [Literal.Member])] = []
            for member in members {
                if case .table(let members) = member.value {
                    inner.append((member, members))
                } else {
                    table.append((member.key, member.value.toml, node?.member(member.key) != nil))
                }
            }
            if path.isEmpty { table.removeAll { $0.key == "title" } } else { text += "\n[\(path.joined(separator: "."))]\n" }
            let widths = (table.map(\.key.count).max() ?? 0, table.map(\.value.count).max() ?? 0)
            for row in table {
                var line = "  \(row.key)\(String(repeating: " ", count: widths.0 - row.key.count))  \(row.value)"
                if !row.isGiven { line += String(repeating: " ", count: widths.1 - row.value.count) + "  default" }
                text += line + "\n"
            }
            for (member, members) in inner { show(members, node?.member(member.key), path: path + [member.key]) }
        }
        show(content.members(), root, path: [])
        return text
    }

    /// One line of JSON with the file and the resolved case.
    public var inspectionJSON: String {
        Literal.table([.init("type", .string("case")), .init("file", .string(file)), .init("case", .table(content.members()))]).json
    }
}
