/// A type of values that a key can hold: how it is read from a file and written out.
protocol KeyValue: Sendable {
    /// The value, or nil when `node` holds another type.
    static func value(of node: SourceNode) -> Self?
    var literal: Literal { get }
}

extension Int: KeyValue {
    static func value(of node: SourceNode) -> Int? { if case .integer(let integer) = node.value { integer } else { nil } }
    var literal: Literal { .integer(self) }
}

extension Double: KeyValue {
    static func value(of node: SourceNode) -> Double? {
        switch node.value {
        case .number(let number): number
        case .integer(let integer): Double(integer)
        default: nil
        }
    }
    var literal: Literal { .number(self) }
}

extension Bool: KeyValue {
    static func value(of node: SourceNode) -> Bool? { if case .boolean(let flag) = node.value { flag } else { nil } }
    var literal: Literal { .boolean(self) }
}

extension String: KeyValue {
    static func value(of node: SourceNode) -> String? { if case .string(let text) = node.value { text } else { nil } }
    var literal: Literal { .string(self) }
}

/// The path of a property of settings.
public typealias Property<Root, Value> = any WritableKeyPath<Root, Value> & Sendable

/// The path of one of the registries.
public typealias Choices<Product> = any KeyPath<Registries, Registry<Product>> & Sendable

// MARK: - Single values

extension Key {
    /// An integer.
    public static func integer(
        _ name: String, _ property: Property<Root, Int>, _ allowed: Allowed<Int> = .any, _ summary: String
    ) -> Self { scalar(name, property, Rule("an integer", allowed), summary) }

    /// An integer that may be left out.
    public static func integer(
        _ name: String, _ property: Property<Root, Int?>, _ allowed: Allowed<Int> = .any, _ summary: String
    ) -> Self { optional(name, property, Rule("an integer", allowed), summary) }

    /// A number; integers are taken too, infinite and undefined ones are not.
    public static func number(
        _ name: String, _ property: Property<Root, Double>, _ allowed: Allowed<Double> = .any, _ summary: String
    ) -> Self { scalar(name, property, Rule(number: allowed), summary) }

    /// A number that may be left out.
    public static func number(
        _ name: String, _ property: Property<Root, Double?>, _ allowed: Allowed<Double> = .any, _ summary: String
    ) -> Self { optional(name, property, Rule(number: allowed), summary) }

    /// `true` or `false`.
    public static func flag(_ name: String, _ property: Property<Root, Bool>, _ summary: String) -> Self {
        scalar(name, property, Rule("true or false") { _ in true }, summary)
    }

    /// A text of one line or more, not empty.
    public static func text(_ name: String, _ property: Property<Root, String>, _ summary: String) -> Self {
        scalar(name, property, Rule("a string, not empty") { !$0.allSatisfy(\.isWhitespace) }, summary)
    }

    /// A text that may be left out.
    public static func text(_ name: String, _ property: Property<Root, String?>, _ summary: String) -> Self {
        optional(name, property, Rule("a string, not empty") { !$0.allSatisfy(\.isWhitespace) }, summary)
    }

    /// The name of a case of a closed enumeration.
    public static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ property: Property<Root, Choice>, _ summary: String
    ) -> Self {
        let names = Choice.allCases.map(\.rawValue)
        return Self(
            name, expected: "one of " + names.map { "\"\($0)\"" }.joined(separator: ", "), summary: summary,
            read: { root, node, reader in
                guard let text = reader.name(node, of: names), let choice = Choice(rawValue: text) else { return }
                root[keyPath: property] = choice
            },
            write: { .string($0[keyPath: property].rawValue) })
    }

    private static func scalar<Value: KeyValue>(
        _ name: String, _ property: Property<Root, Value>, _ rule: Rule<Value>, _ summary: String
    ) -> Self {
        Self(
            name, expected: rule.expected, summary: summary,
            read: { root, node, reader in if let value = rule.read(node, &reader) { root[keyPath: property] = value } },
            write: { $0[keyPath: property].literal })
    }

    private static func optional<Value: KeyValue>(
        _ name: String, _ property: Property<Root, Value?>, _ rule: Rule<Value>, _ summary: String
    ) -> Self {
        Self(
            name, expected: rule.expected, summary: summary,
            read: { root, node, reader in if let value = rule.read(node, &reader) { root[keyPath: property] = value } },
            write: { $0[keyPath: property]?.literal })
    }
}

// MARK: - Lists

extension Key {
    /// A list of integers; `count` limits its length.
    public static func integers(
        _ name: String, _ property: Property<Root, [Int]>, _ allowed: Allowed<Int> = .any, count: ClosedRange<Int> = 1...64,
        _ summary: String
    ) -> Self { list(name, property, Rule("an integer", allowed), plural: "integers", count, summary) }

    /// A list of numbers; `count` limits its length.
    public static func numbers(
        _ name: String, _ property: Property<Root, [Double]>, _ allowed: Allowed<Double> = .any, count: ClosedRange<Int> = 1...64,
        _ summary: String
    ) -> Self { list(name, property, Rule(number: allowed), plural: "numbers", count, summary) }

    /// A list of numbers that may be left out.
    public static func numbers(
        _ name: String, _ property: Property<Root, [Double]?>, _ allowed: Allowed<Double> = .any, count: ClosedRange<Int> = 1...64,
        _ summary: String
    ) -> Self {
        list(name, Rule(number: allowed), plural: "numbers", count, summary) {
            $0[keyPath: property] = $1
        } get: {
            $0[keyPath: property]
        }
    }

    /// A list of names of a registry, each at most once.
    public static func names<Product>(
        _ name: String, _ property: Property<Root, [String]>,
        from registry: Choices<Product>, count: ClosedRange<Int> = 1...64, _ summary: String
    ) -> Self {
        let kind = Registries.standard[keyPath: registry].kind
        return Self(
            name, expected: "a list of names of \(kind)s", summary: summary,
            read: { root, node, reader in
                guard case .array(let elements) = node.value else { return reader.wrongType(node, expected: "a list of names of \(kind)s") }
                guard count.contains(elements.count) else { return reader.notAllowed(node, allowed: "\(count.words) names") }
                let allowed = reader.registries[keyPath: registry].names
                var names: [String] = []
                for element in elements {
                    guard let name = reader.name(element, of: allowed) else { return }
                    guard !names.contains(name) else { return reader.notAllowed(element, allowed: "each name once") }
                    names.append(name)
                }
                root[keyPath: property] = names
            },
            write: { .array($0[keyPath: property].map { .string($0) }) })
    }

    /// A table of numbers by names of a registry: `{ relative-l2 = 0.02 }`.
    public static func numbers<Product>(
        _ name: String, _ property: Property<Root, [String: Double]>, named registry: Choices<Product>, _ allowed: Allowed<Double> = .any,
        _ summary: String
    ) -> Self {
        let rule = Rule(number: allowed)
        let expected = "a table with names of \(Registries.standard[keyPath: registry].kind)s, each \(rule.expected)"
        return Self(
            name, expected: expected, summary: summary,
            read: { root, node, reader in
                guard case .table(let members) = node.value else { return reader.wrongType(node, expected: expected) }
                let names = reader.registries[keyPath: registry].names
                var values: [String: Double] = [:]
                for (name, member) in members {
                    guard names.contains(name) else {
                        reader.unknown(name, member, in: node, allowed: names)
                        continue
                    }
                    values[name] = rule.read(member, &reader)
                }
                root[keyPath: property] = values
            },
            write: { root in
                let values = root[keyPath: property]
                return .table(values.sorted { $0.key < $1.key }.map { Literal.Member($0.key, .number($0.value)) })
            })
    }

    private static func list<Value: KeyValue>(
        _ name: String, _ property: Property<Root, [Value]>, _ rule: Rule<Value>, plural: String, _ count: ClosedRange<Int>,
        _ summary: String
    ) -> Self {
        list(name, rule, plural: plural, count, summary) {
            $0[keyPath: property] = $1
        } get: {
            $0[keyPath: property]
        }
    }

    private static func list<Value: KeyValue>(
        _ name: String, _ rule: Rule<Value>, plural: String, _ count: ClosedRange<Int>, _ summary: String,
        set: @escaping @Sendable (inout Root, [Value]) -> Void, get: @escaping @Sendable (Root) -> [Value]?
    ) -> Self {
        let limit = rule.allowedText.isEmpty ? "" : ", each \(rule.allowedText)"
        let expected = "a list of \(count.words) \(plural)\(limit)"
        return Self(
            name, expected: expected, summary: summary,
            read: { root, node, reader in
                guard case .array(let elements) = node.value else { return reader.wrongType(node, expected: expected) }
                guard count.contains(elements.count) else { return reader.notAllowed(node, allowed: "\(count.words) \(plural)") }
                var values: [Value] = []
                for element in elements {
                    guard let value = rule.read(element, &reader) else { return }
                    values.append(value)
                }
                set(&root, values)
            },
            write: { get($0).map { .array($0.map(\.literal)) } })
    }
}

// MARK: - Resolutions

extension Key {
    /// A number of grid points: one integer for every direction, or a list with one for each.
    public static func resolution(_ name: String, _ property: Property<Root, Resolution>, _ summary: String) -> Self {
        Self(
            name, expected: Resolution.expected, summary: summary,
            read: { root, node, reader in if let value = reader.resolution(node) { root[keyPath: property] = value } },
            write: { $0[keyPath: property].literal })
    }

    /// A resolution that may be left out.
    public static func resolution(_ name: String, _ property: Property<Root, Resolution?>, _ summary: String) -> Self {
        Self(
            name, expected: Resolution.expected, summary: summary,
            read: { root, node, reader in if let value = reader.resolution(node) { root[keyPath: property] = value } },
            write: { $0[keyPath: property]?.literal })
    }

    /// A list of resolutions; empty when it is left out.
    public static func resolutions(_ name: String, _ property: Property<Root, [Resolution]>, _ summary: String) -> Self {
        let expected = "a list of resolutions, each " + Resolution.expected
        return Self(
            name, expected: expected, summary: summary,
            read: { root, node, reader in
                guard case .array(let elements) = node.value else { return reader.wrongType(node, expected: expected) }
                guard (1...64).contains(elements.count) else { return reader.notAllowed(node, allowed: "1 to 64 resolutions") }
                var values: [Resolution] = []
                for element in elements {
                    guard let value = reader.resolution(element) else { return }
                    guard !values.contains(value) else { return reader.notAllowed(element, allowed: "each resolution once") }
                    values.append(value)
                }
                root[keyPath: property] = values
            },
            write: { $0[keyPath: property].isEmpty ? nil : .array($0[keyPath: property].map(\.literal)) })
    }
}

/// The type and range of a value with their words.
private struct Rule<Value: KeyValue>: Sendable {
    let expected: String
    let allowedText: String
    let contains: @Sendable (Value) -> Bool

    init(_ expected: String, contains: @escaping @Sendable (Value) -> Bool) {
        self.expected = expected
        allowedText = ""
        self.contains = contains
    }

    init(_ noun: String, _ allowed: Allowed<Value>) where Value: Comparable {
        expected = allowed.text.isEmpty ? noun : "\(noun) \(allowed.text)"
        allowedText = allowed.text
        contains = allowed.contains
    }

    init(number allowed: Allowed<Double>) where Value == Double {
        expected = allowed.text.isEmpty ? "a number" : "a number \(allowed.text)"
        allowedText = allowed.text
        contains = { $0.isFinite && allowed.contains($0) }
    }

    /// The value, or nil after reporting the fault.
    func read(_ node: SourceNode, _ reader: inout CaseReader) -> Value? {
        guard let value = Value.value(of: node) else {
            reader.wrongType(node, expected: expected)
            return nil
        }
        guard contains(value) else {
            reader.notAllowed(node, allowed: expected)
            return nil
        }
        return value
    }
}

extension ClosedRange<Int> {
    /// `3`, `1 to 4`.
    var words: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)" }
}
