/// Where something stands in a case file: file, line and the path of keys that leads there.
public struct CaseLocation: Sendable, Equatable, CustomStringConvertible {
    /// The file as the user named it.
    public var file: String
    /// Line number, from 1; 0 when the place is no line of the file.
    public var line: Int
    /// Keys from the root to the place, for example `["training", "optimizer", "learning-rate"]`.
    public var path: [String]

    /// A place in `file`.
    public init(file: String, line: Int, path: [String]) {
        self.file = file
        self.line = line
        self.path = path
    }

    /// `FILE:LINE`, or `FILE` alone.
    public var position: String { line > 0 ? "\(file):\(line)" : file }

    /// `[training.optimizer] learning-rate`, `[operator] modes[1]`, `seed` at the root.
    public var description: String {
        let indices = path.reversed().prefix { Int($0) != nil }.reversed().map { "[\($0)]" }.joined()
        let keys = path.reversed().drop { Int($0) != nil }.reversed()
        guard let key = keys.last else { return "case" }
        return (keys.count == 1 ? key : "[\(keys.dropLast().joined(separator: "."))] \(key)") + indices
    }

    /// `[training.optimizer]`, empty at the root.
    var table: String { path.isEmpty ? "" : "[\(path.joined(separator: "."))] " }
}

/// A fault in a case file.
///
/// Every message says where, what was found and what is allowed.
public enum CaseError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(file: String, reason: String)
    /// The text is not TOML.
    case syntax(at: CaseLocation, column: Int, reason: String)
    /// A key that the section does not have; `at` is the section.
    case unknownKey(String, at: CaseLocation, nearest: String?, allowed: [String])
    /// A section that a case does not have.
    case unknownSection(String, at: CaseLocation, nearest: String?, allowed: [String])
    /// A required key is not there; `at` is the section that lacks it.
    case missingKey(String, at: CaseLocation, expected: String)
    /// A section that the task needs is not there.
    case missingSection(String, file: String, reason: String)
    /// A value of another type.
    case wrongType(at: CaseLocation, found: String, expected: String)
    /// A value of the right type that is not allowed.
    case notAllowed(at: CaseLocation, found: String, allowed: String)
    /// A name that no registry or list has.
    case unknownName(at: CaseLocation, found: String, nearest: String?, allowed: [String])
    /// Several faults, in the order of their lines.
    case several([CaseError])

    /// One line for each fault: `FILE:LINE: [section] what was found; what is allowed`.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot read the case: \(reason)"
        case .syntax(let at, let column, let reason): "\(at.position): not valid TOML at column \(column): \(reason)"
        case .unknownKey(let key, let at, let nearest, let allowed):
            "\(at.position): \(at.table)unknown key \"\(key)\"\(hint(nearest)) allowed: \(allowed.joined(separator: ", "))"
        case .unknownSection(let name, let at, let nearest, let allowed):
            "\(at.position): unknown section [\(name)]\(hint(nearest)) allowed: \(allowed.map { "[\($0)]" }.joined(separator: ", "))"
        case .missingKey(let key, let at, let expected): "\(at.position): \(at.table)missing key \"\(key)\"; expected \(expected)"
        case .missingSection(let name, let file, let reason): "\(file): missing section [\(name)]; \(reason)"
        case .wrongType(let at, let found, let expected): "\(at.position): \(at) = \(found); expected \(expected)"
        case .notAllowed(let at, let found, let allowed): "\(at.position): \(at) = \(found) is not allowed; allowed: \(allowed)"
        case .unknownName(let at, let found, let nearest, let allowed):
            "\(at.position): \(at) = \"\(found)\" is not known\(hint(nearest)) allowed: \(allowed.joined(separator: ", "))"
        case .several(let faults): faults.map(\.description).joined(separator: "\n")
        }
    }

    private func hint(_ nearest: String?) -> String { nearest.map { "; did you mean \"\($0)\"?" } ?? ";" }

    /// The line of the fault, for sorting.
    var line: Int {
        switch self {
        case .unreadable, .missingSection, .several: 0
        case .syntax(let at, _, _), .wrongType(let at, _, _), .notAllowed(let at, _, _), .missingKey(_, let at, _): at.line
        case .unknownKey(_, let at, _, _), .unknownSection(_, let at, _, _), .unknownName(let at, _, _, _): at.line
        }
    }
}
