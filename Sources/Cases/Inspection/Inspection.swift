import Foundation

/// What is in a file or folder: a case, a dataset, a model or a run.
public struct Inspection: Sendable {
    /// For people.
    public let text: String
    /// One line of JSON, whose key `type` is `case`, `dataset`, `model` or `run`.
    public let json: String

    /// Looks into `path`; what it is follows from its content, not from its name.
    ///
    /// - Throws: `InspectionError` when it is none of these, else the errors of reading them.
    public init(_ path: String, registries: Registries = .standard) throws {
        switch try Kind(path) {
        case .case:
            let content = try Case(contentsOf: path, registries: registries)
            (text, json) = (content.inspection, content.inspectionJSON)
        case .dataset: (text, json) = try Self.dataset(path)
        case .model: (text, json) = try Self.model(path, registries)
        case .run: (text, json) = try Self.run(path, registries)
        }
    }

    private enum Kind {
        case `case`, dataset, model, run

        init(_ path: String) throws {
            let manager = FileManager.default
            var isDirectory: ObjCBool = false
            // A missing file may be the name of a case without its extension; the case says what is wrong with it.
            guard manager.fileExists(atPath: path, isDirectory: &isDirectory) else {
                self = .case
                return
            }
            if isDirectory.boolValue {
                if ["run.json", "model.safetensors"].contains(where: { manager.fileExists(atPath: path + "/" + $0) }) {
                    self = .run
                } else if manager.fileExists(atPath: path + "/case.toml") {
                    self = .case
                } else {
                    throw InspectionError(path: path, found: "a folder without run.json, model.safetensors or case.toml")
                }
                return
            }
            let handle = FileHandle(forReadingAtPath: path)
            defer { try? handle?.close() }
            let start = Array((try? handle?.read(upToCount: 9)) ?? Data())
            if start.starts(with: [0x89, 0x48, 0x44, 0x46]) || start.starts(with: Array("CDF".utf8)) || path.hasSuffix(".nc") {
                self = .dataset
            } else if path.hasSuffix(".safetensors") || start.count == 9 && start[7] == 0 && start[8] == UInt8(ascii: "{") {
                self = .model
            } else {
                self = .case
            }
        }
    }

    /// `label  value` lines with the values below each other.
    static func lines(_ pairs: [(String, String)]) -> String {
        let width = pairs.map(\.0.count).max() ?? 0
        return pairs.map { "\($0.0)\(String(repeating: " ", count: width - $0.0.count))  \($0.1)\n" }.joined()
    }

    /// A number without needless digits: `3`, `0.25`.
    static func whole(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)" }

    /// Size of a file for people.
    static func size(_ path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? Int).map(Format.bytes) ?? "unknown size"
    }
}

/// A path that is neither a case nor a dataset, model or run.
public struct InspectionError: Error, Equatable, CustomStringConvertible {
    /// The path as the user gave it.
    public let path: String
    /// What is there.
    public let found: String

    /// Path, what was found and what is allowed.
    public var description: String {
        "\(path): \(found); allowed: a case (.toml), a dataset (.nc), a model (.safetensors) or the folder of a run"
    }
}
