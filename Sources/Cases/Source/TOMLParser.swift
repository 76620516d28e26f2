/// Parser of TOML 1.0 that keeps the line of every key and value and survives any input.
///
/// Case files need both: messages name the line of each fault, and a damaged or hostile file must give a message. The libraries at hand give
/// no places for keys, and the C++ one aborts the process on texts such as `[[[`.
///
/// This file has the document, its tables and keys; `TOMLParser+Values.swift` the values. Dates and times are recognised, not converted.
///
/// ## References
/// TOML v1.0.0, https://toml.io/en/v1.0.0
package struct TOMLParser {
    /// Deepest nesting of arrays, inline tables and dotted keys.
    static let largestDepth = 64

    let bytes: [UInt8]
    var index = 0
    var line = 1
    var lineStart = 0

    /// The root table of `text`.
    ///
    /// - Throws: `TOMLSyntaxError` for the first fault.
    package static func parse(_ text: String) throws(TOMLSyntaxError) -> SourceNode {
        var parser = TOMLParser(bytes: Array(text.utf8))
        return try parser.document()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    // MARK: - Document

    private mutating func document() throws(TOMLSyntaxError) -> SourceNode {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        let root = TableBuilder(kind: .header, line: 0)
        var current = root
        while true {
            try skipBlankLines()
            guard let byte = peek() else { return SourceNode(value: .table(root.nodes(path: [])), line: 0, path: []) }
            if byte == UInt8(ascii: "[") {
                current = try header(root)
            } else {
                try pair(into: current, depth: 0)
            }
            try endOfLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`; returns the table that it opens.
    private mutating func header(_ root: TableBuilder) throws(TOMLSyntaxError) -> TableBuilder {
        advance()
        let isArray = peek() == UInt8(ascii: "[")
        if isArray { advance() }
        let (line, start) = (line, index)
        let keys = try dottedKey()
        guard peek() == UInt8(ascii: "]") else { throw fault("expected \"]\" after the name of the section, \(foundHere)") }
        advance()
        if isArray {
            guard peek() == UInt8(ascii: "]") else { throw fault("expected \"]]\" after the name of the section, \(foundHere)") }
            advance()
        }
        var table = root
        for key in keys.dropLast() {
            switch table.members[key] {
            case nil: table = table.add(key, TableBuilder(kind: .implicit, line: line))
            case .table(let inner) where inner.kind != .inline: table = inner
            case .tables(let list): table = list[list.count - 1]
            case .some(let member): throw taken(key, member, at: start)
            }
        }
        let key = keys[keys.count - 1]
        let new = TableBuilder(kind: .header, line: line)
        switch (table.members[key], isArray) {
        case (nil, false): return table.add(key, new)
        case (nil, true):
            table.members[key] = .tables([new])
            return new
        case (.tables(let list), true):
            table.members[key] = .tables(list + [new])
            return new
        case (.table(let existing), false) where existing.kind == .implicit:
            existing.kind = .header
            existing.line = line
            return existing
        case (.some(let member), _): throw taken(key, member, at: start)
        }
    }

    /// `a.b = value` into `table`.
    mutating func pair(into table: TableBuilder, depth: Int) throws(TOMLSyntaxError) {
        let (line, start) = (line, index)
        let keys = try dottedKey()
        guard peek() == UInt8(ascii: "=") else {
            throw fault("expected \"=\" after the key \"\(keys.joined(separator: "."))\", \(foundHere)")
        }
        var table = table
        for key in keys.dropLast() {
            switch table.members[key] {
            case nil: table = table.add(key, TableBuilder(kind: .dotted, line: line))
            case .table(let inner) where inner.kind == .dotted: table = inner
            case .some(let member): throw taken(key, member, at: start)
            }
        }
        let key = keys[keys.count - 1]
        if let member = table.members[key] { throw taken(key, member, at: start) }
        advance()
        skipBlanks()
        table.members[key] = try value(line: line, depth: depth)
    }

    private func taken(_ key: String, _ member: TableBuilder.Member, at start: Int) -> TOMLSyntaxError {
        fault("\"\(key)\" is defined already, on line \(member.line)", at: start)
    }

    // MARK: - Keys

    /// A bare, quoted or dotted key and the blanks after it.
    private mutating func dottedKey() throws(TOMLSyntaxError) -> [String] {
        var keys: [String] = []
        while true {
            skipBlanks()
            switch peek() {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if startsMultiline { throw fault("a key cannot be a multi-line string") }
                keys.append(try string())
            case let byte? where Self.isBareKey(byte):
                let start = index
                while let byte = peek(), Self.isBareKey(byte) { advance() }
                keys.append(text(from: start))
            default: throw fault("expected a key of letters, digits, \"-\" or \"_\", \(foundHere)")
            }
            skipBlanks()
            guard keys.count < Self.largestDepth else { throw fault("more than \(Self.largestDepth - 1) parts in a key") }
            guard peek() == UInt8(ascii: ".") else { return keys }
            advance()
        }
    }

    static func isBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    // MARK: - Characters

    func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

    mutating func advance() {
        guard index < bytes.count else { return }
        if bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    func text(from start: Int) -> String { String(decoding: bytes[start..<index], as: UTF8.self) }

    mutating func skipBlanks() { while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() } }

    /// Blanks, line ends and comments.
    mutating func skipBlankLines() throws(TOMLSyntaxError) {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "\r") where peek(1) == UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "#"): try comment()
            default: return
            }
        }
    }

    private mutating func comment() throws(TOMLSyntaxError) {
        while let byte = peek(), byte != UInt8(ascii: "\n") {
            if Self.isControl(byte), !(byte == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n")) {
                throw fault("a control character in a comment")
            }
            advance()
        }
    }

    private mutating func endOfLine() throws(TOMLSyntaxError) {
        skipBlanks()
        switch peek() {
        case nil, UInt8(ascii: "\n"), UInt8(ascii: "#"): return
        case UInt8(ascii: "\r") where peek(1) == UInt8(ascii: "\n"): return
        default: throw fault("expected the end of the line, \(foundHere)")
        }
    }

    /// Control characters other than the tab.
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F }

    /// What stands at the current place, for messages.
    var foundHere: String {
        guard let byte = peek() else { return "found the end of the file" }
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return "found the end of the line" }
        if Self.isControl(byte) { return "found a control character" }
        let character = String(decoding: bytes[index...].prefix(16), as: UTF8.self).first ?? " "
        return "found \"\(character)\""
    }

    /// A fault at byte `place` of the current line, or at the current place.
    func fault(_ reason: String, at place: Int? = nil) -> TOMLSyntaxError {
        let end = max(lineStart, min(place ?? index, bytes.count))
        return TOMLSyntaxError(line: line, column: 1 + String(decoding: bytes[lineStart..<end], as: UTF8.self).count, reason: reason)
    }
}

/// A table while it is built.
final class TableBuilder {
    /// How a table came to be, which decides who may add to it.
    enum Kind {
        /// By a header below it: `[a.b]` makes `a`.
        case implicit
        /// By its own header.
        case header
        /// By a dotted key.
        case dotted
        /// In braces.
        case inline
    }

    enum Member {
        case value(SourceNode.Value, line: Int)
        case array([Member], line: Int)
        case table(TableBuilder)
        case tables([TableBuilder])

        var line: Int {
            switch self {
            case .value(_, let line), .array(_, let line): line
            case .table(let table): table.line
            case .tables(let tables): tables.first?.line ?? 0
            }
        }

        func node(path: [String]) -> SourceNode {
            let value: SourceNode.Value =
                switch self {
                case .value(let value, _): value
                case .array(let members, _): .array(members.enumerated().map { $0.element.node(path: path + [String($0.offset)]) })
                case .table(let table): .table(table.nodes(path: path))
                case .tables(let tables):
                    .array(tables.enumerated().map { Member.table($0.element).node(path: path + [String($0.offset)]) })
                }
            return SourceNode(value: value, line: line, path: path)
        }
    }

    var kind: Kind
    var line: Int
    var members: [String: Member] = [:]

    init(kind: Kind, line: Int) {
        self.kind = kind
        self.line = line
    }

    func add(_ key: String, _ table: TableBuilder) -> TableBuilder {
        members[key] = .table(table)
        return table
    }

    func nodes(path: [String]) -> [String: SourceNode] {
        var nodes: [String: SourceNode] = [:]
        for (key, member) in members { nodes[key] = member.node(path: path + [key]) }
        return nodes
    }
}
