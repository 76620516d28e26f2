/// A value of a case file with its place.
package struct SourceNode: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case string(String)
        case integer(Int)
        case number(Double)
        case boolean(Bool)
        case array([SourceNode])
        case table([String: SourceNode])
        /// A date or time: no key of a case takes one.
        case date(String)
    }

    package let value: Value
    /// Line number, from 1.
    package let line: Int
    /// Keys from the root.
    package let path: [String]

    /// The value as a message shows it: short.
    var found: String {
        switch value {
        case .string(let text): "\"\(text.count > 40 ? text.prefix(40) + "..." : text)\""
        case .integer(let integer): "\(integer)"
        case .number(let number): Literal.number(number).toml
        case .boolean(let flag): "\(flag)"
        case .array(let elements): elements.isEmpty ? "[] (an empty list)" : "a list of \(elements.count)"
        case .table: "a table"
        case .date(let text): "\(text) (a date or time)"
        }
    }

    /// The value with its type where the value alone does not tell.
    var foundWithType: String { if case .string = value { found + " (a string)" } else { found } }
}
