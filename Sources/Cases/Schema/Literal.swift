import Foundation

/// A value as it is written out: in TOML for resolved cases, in JSON for machine-readable output.
public enum Literal: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case array([Literal])
    /// Members in the order in which they are written.
    case table([Member])

    /// A key of a table with its value.
    public struct Member: Sendable, Equatable {
        /// The key.
        public var key: String
        /// The value.
        public var value: Literal

        /// A key with its value.
        public init(_ key: String, _ value: Literal) {
            self.key = key
            self.value = value
        }
    }

    /// TOML on one line.
    ///
    /// Numbers are the shortest text that reads back as the same bits.
    public var toml: String {
        switch self {
        case .string(let text): Self.quoted(text)
        case .integer(let integer): String(integer)
        case .number(let number): Self.toml(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .array(let elements): "[" + elements.map(\.toml).joined(separator: ", ") + "]"
        case .table(let members):
            members.isEmpty ? "{}" : "{ " + members.map { "\(Self.key($0.key)) = \($0.value.toml)" }.joined(separator: ", ") + " }"
        }
    }

    /// JSON on one line; numbers that JSON cannot hold (infinite, undefined) become null.
    public var json: String {
        switch self {
        case .string(let text): Self.quoted(text)
        case .integer(let integer): String(integer)
        case .number(let number): number.isFinite ? Self.toml(number) : "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .array(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .table(let members): "{" + members.map { "\(Self.quoted($0.key)):\($0.value.json)" }.joined(separator: ",") + "}"
        }
    }

    /// A TOML document: scalars first, then each table under its header, at every level.
    static func document(_ members: [Member]) -> String {
        var text = ""
        write(members, path: [], to: &text)
        return text
    }

    private static func write(_ members: [Member], path: [String], to text: inout String) {
        var tables: [(String, [Member])] = []
        for member in members {
            if case .table(let inner) = member.value {
                tables.append((member.key, inner))
            } else {
                text += "\(key(member.key)) = \(member.value.toml)\n"
            }
        }
        for (name, inner) in tables {
            let path = path + [key(name)]
            text += (text.isEmpty ? "" : "\n") + "[\(path.joined(separator: "."))]\n"
            write(inner, path: path, to: &text)
        }
    }

    private static func key(_ key: String) -> String {
        let isBare = !key.isEmpty && key.utf8.allSatisfy { $0 < 128 && (isalnum(Int32($0)) != 0 || $0 == 45 || $0 == 95) }
        return isBare ? key : quoted(key)
    }

    private static func toml(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        return number.description.replacingOccurrences(of: "e-0", with: "e-").replacingOccurrences(of: "e+0", with: "e+")
    }

    /// A basic string of TOML, which is a string of JSON as well.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                result += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
