import Foundation
import Tensors

/// The configuration that accompanies foreign weights: a JSON object, with the shapes of the arrays beside it.
public struct ForeignConfiguration: Sendable {
    /// A JSON value.
    private enum Value: Decodable, Sendable {
        case null
        case bool(Bool)
        case number(Double)
        case text(String)
        case list([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([Value].self) {
                self = .list(value)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        var text: String {
            switch self {
            case .null: "null"
            case .bool(let value): "\(value)"
            case .number(let value): value == value.rounded() ? "\(Int(value))" : "\(value)"
            case .text(let value): "\"\(value)\""
            case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
            case .object: "an object"
            }
        }
    }

    private let values: [String: Value]
    /// Shapes of the weight arrays by name.
    public let shapes: [String: [Int]]
    /// Shapes of the stored inputs, when there are any.
    public let inputs: [[Int]]

    /// Reads a JSON object, or the object under its key `config`.
    ///
    /// - Throws: `ForeignModelError.invalidConfiguration` when the text is no JSON object.
    public init(json: Data, shapes: [String: [Int]], inputs: [[Int]] = []) throws {
        guard let root = try? JSONDecoder().decode(Value.self, from: json), case .object(let object) = root else {
            throw ForeignModelError.invalidConfiguration(key: "(whole file)", found: "no JSON object", allowed: "a JSON object")
        }
        if case .object(let inner)? = object["config"] { values = inner } else { values = object }
        self.shapes = shapes
        self.inputs = inputs
    }

    /// Keys that are present.
    public var keys: [String] { values.keys.sorted() }

    /// An integer; `fallback` when the key is absent or null.
    public func integer(_ key: String, default fallback: Int? = nil, in range: ClosedRange<Int> = 1...1_000_000) throws -> Int {
        switch values[key] {
        case .number(let value)? where value == value.rounded() && range.contains(Int(value)): return Int(value)
        case nil, .null?: if let fallback { return fallback }
        default: break
        }
        throw invalid(key, "an integer in \(range.lowerBound)...\(range.upperBound)")
    }

    /// A real number; `fallback` when the key is absent or null.
    public func real(_ key: String, default fallback: Double? = nil) throws -> Double {
        switch values[key] {
        case .number(let value)?: return value
        case nil, .null?: if let fallback { return fallback }
        default: break
        }
        throw invalid(key, "a number")
    }

    /// Integers; a single integer counts as a list of one.
    public func integers(_ key: String, default fallback: [Int]? = nil) throws -> [Int] {
        switch values[key] {
        case .list(let list)?:
            let numbers = list.compactMap { if case .number(let value) = $0, value == value.rounded() { Int(value) } else { nil } }
            if numbers.count == list.count { return numbers }
        case .number(let value)? where value == value.rounded(): return [Int(value)]
        case nil, .null?: if let fallback { return fallback }
        default: break
        }
        throw invalid(key, "a list of integers")
    }

    /// Lists of integers.
    public func integerLists(_ key: String) throws -> [[Int]] {
        guard case .list(let rows)? = values[key] else { throw invalid(key, "a list of lists of integers") }
        return try rows.map { row in
            guard case .list(let list) = row else { throw invalid(key, "a list of lists of integers") }
            return try list.map {
                guard case .number(let value) = $0, value == value.rounded() else { throw invalid(key, "a list of lists of integers") }
                return Int(value)
            }
        }
    }

    /// Truth values.
    public func flags(_ key: String, default fallback: [Bool]) throws -> [Bool] {
        guard let value = values[key] else { return fallback }
        guard case .list(let list) = value else { throw invalid(key, "a list of true and false") }
        return try list.map {
            guard case .bool(let flag) = $0 else { throw invalid(key, "a list of true and false") }
            return flag
        }
    }

    /// A truth value; `fallback` when the key is absent or null.
    public func flag(_ key: String, default fallback: Bool) throws -> Bool {
        switch values[key] {
        case .bool(let value)?: return value
        case nil, .null?: return fallback
        default: throw invalid(key, "true or false")
        }
    }

    /// A text among those allowed; `fallback` when the key is absent or null.
    public func text(_ key: String, default fallback: String? = nil, allowed: [String]) throws -> String {
        switch values[key] {
        case .text(let value)? where allowed.contains(value): return value
        case nil, .null?: if let fallback { return fallback }
        default: break
        }
        throw invalid(key, allowed.joined(separator: ", "))
    }

    /// A text among those allowed, which may be a member of an object under the key.
    public func text(_ key: String, member: String, allowed: [String]) throws -> String {
        guard case .object(let members)? = values[key] else { return try text(key, allowed: allowed) }
        guard case .text(let value)? = members[member], allowed.contains(value) else {
            throw invalid("\(key).\(member)", allowed.joined(separator: ", "))
        }
        return value
    }

    /// Checks that a key is absent or null.
    public func requireAbsent(_ key: String, allowed: String) throws {
        switch values[key] {
        case nil, .null?: return
        default: throw invalid(key, allowed)
        }
    }

    /// The shape of an array.
    public func shape(_ name: String) throws -> [Int] {
        guard let shape = shapes[name] else { throw ForeignModelError.missingArray(name, present: Array(shapes.keys)) }
        return shape
    }

    private func invalid(_ key: String, _ allowed: String) -> ForeignModelError {
        .invalidConfiguration(key: key, found: values[key]?.text ?? "absent", allowed: allowed)
    }
}

/// A way of storing weights that another program uses.
public protocol ForeignLayout: Sendable {
    /// Name on the command line.
    static var name: String { get }
    /// What the layout belongs to, one line.
    static var summary: String { get }

    /// The model that a configuration and the shapes of the arrays describe.
    ///
    /// - Throws: `ForeignModelError` or `OperatorError`.
    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel
}
