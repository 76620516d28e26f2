import Foundation
import Synchronization

/// Which of several equivalent implementations was measured to be the fastest, by a key that names the operation, the sizes and the type.
///
/// Stored as `choices.tsv` (`CacheFile`); the first choice recorded for a key stays, so that runs repeat bit for bit.
public final class PlanChoices: Sendable {
    /// The choices of this machine.
    public static let shared = PlanChoices(in: CacheFile.folder)

    /// Shared with the closure that writes the file.
    private final class Table: Sendable {
        let choices: Mutex<[String: String]>

        init(_ choices: [String: String]) { self.choices = Mutex(choices) }
    }

    private let table: Table
    private let file: CacheFile

    /// The choices stored in `folder`; nothing is stored if that is nil.
    public init(in folder: URL?) {
        let name = "choices.tsv"
        let stored = CacheFile(name: name, in: folder) { onDisk in onDisk ?? "" }.read()
        let table = Table(PlanChoices.parse(stored))
        self.table = table
        file = CacheFile(name: name, in: folder) { onDisk in
            let all = table.choices.withLock { $0.merging(PlanChoices.parse(onDisk)) { _, onDisk in onDisk } }
            return PlanChoices.text(of: all)
        }
    }

    /// The stored choice for `key`, or nil.
    public func choice(for key: String) -> String? { table.choices.withLock { $0[key] } }

    /// Records a choice unless there is one; `key` and `choice` hold no tabs and no newlines.
    public func record(_ choice: String, for key: String) {
        table.choices.withLock { choices in
            if choices[key] == nil { choices[key] = choice }
        }
        file.setNeedsSave()
    }

    /// All choices, as text for another process.
    public var text: String { PlanChoices.text(of: table.choices.withLock { $0 }) }

    /// Forgets all choices of this process for those of another; the file stays as it is.
    public func replace(by text: String) { table.choices.withLock { $0 = PlanChoices.parse(text) } }

    /// Writes changes now instead of a second later.
    public func save() { file.save() }

    private static func text(of choices: [String: String]) -> String {
        choices.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }.joined()
    }

    private static func parse(_ text: String?) -> [String: String] {
        var choices: [String: String] = [:]
        for line in (text ?? "").split(separator: "\n") {
            let parts = line.split(separator: "\t")
            if parts.count == 2 { choices[String(parts[0])] = String(parts[1]) }
        }
        return choices
    }
}
