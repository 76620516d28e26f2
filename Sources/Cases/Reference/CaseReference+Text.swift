extension CaseReference {
    /// Every topic with the names and summaries of its entries.
    public var overview: String {
        let width = topics.flatMap(\.entries).map(\.name.count).max() ?? 0
        return topics.map { topic in
            let lines = topic.entries.map { entry in
                "  \(entry.name)\(String(repeating: " ", count: width - entry.name.count))  \(entry.summary)\n"
            }
            return "\(topic.name): \(topic.usage)\n" + lines.joined()
        }.joined(separator: "\n")
    }
}

extension CaseReference.Topic {
    /// Every entry with its keys.
    public var text: String { entries.map(\.text).joined(separator: "\n") }

    /// One line of JSON for each entry.
    public var json: [String] { entries.map { $0.json(kind: kind) } }
}

extension CaseReference.Entry {
    /// Name, summary and a table of the keys.
    public var text: String {
        var text = "\(name): \(summary)\n"
        if !keys.isEmpty {
            var table = TextTable([.init("key"), .init("default"), .init("takes"), .init("meaning")])
            for key in keys { table.add([key.name, key.defaultForPeople, key.expected, key.summary]) }
            text += table.text.split(separator: "\n").map { "  \($0)\n" }.joined()
        }
        return text
    }

    /// One line of JSON.
    public func json(kind: String) -> String {
        Literal.table([
            .init("kind", .string(kind)), .init("name", .string(name)), .init("summary", .string(summary)),
            .init(
                "keys",
                .array(
                    keys.map { key in
                        .table(
                            [
                                .init("name", .string(key.name)), .init("takes", .string(key.expected)),
                                .init("required", .boolean(key.isRequired)),
                            ]
                                + (key.defaultText.map { $0.isEmpty ? [] : [Literal.Member("default", .string($0))] } ?? [])
                                + [.init("summary", .string(key.summary))])
                    })),
        ]).json
    }
}

extension KeyDescription {
    /// The default as tables show it: TOML, `-` for none, `required`.
    var defaultForPeople: String { defaultText.map { $0.isEmpty ? "-" : $0 } ?? "required" }
}

extension CaseReference {
    /// The reference as Markdown, for `cases/README.md`.
    public var markdown: String {
        topics.map { topic in
            let title = topic.name.prefix(1).uppercased() + topic.name.dropFirst()
            let entries = topic.entries.map { entry in
                let name = topic.kind == "section" ? (entry.name == "case" ? "Top of the file" : "`[\(entry.name)]`") : "`\(entry.name)`"
                var text = "#### \(name)\n\n\(Self.escaped(entry.summary))\n"
                if !entry.keys.isEmpty {
                    text += "\n| key | default | takes | meaning |\n|---|---|---|---|\n"
                    for key in entry.keys {
                        let value = key.defaultForPeople
                        text +=
                            "| `\(key.name)` | \(value == "-" || key.isRequired ? value : "`\(value)`") | \(Self.escaped(key.expected)) "
                        text += "| \(Self.escaped(key.summary)) |\n"
                    }
                }
                return text
            }
            return "### \(title)\n\n`\(topic.usage)`\n\n" + entries.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("*", with: "\\*").replacing("_", with: "\\_").replacing("<", with: "\\<")
    }
}
