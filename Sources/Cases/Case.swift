import Foundation
import Training

/// A case: one TOML file that says which equation, samples, operator, training and comparison.
///
/// Its members are those of `CaseContent`: `case.dataset`, `case.operator`, ...
@dynamicMemberLookup
public struct Case: Sendable {
    /// The file as the user named it.
    public let file: String
    /// The text of the file.
    public let text: String
    /// The decoded values.
    public let content: CaseContent

    let root: SourceNode

    /// Reads the case in `file`; see `resolve(_:)` for what may stand for the file.
    ///
    /// - Throws: `CaseError`, with every fault of the file and not only the first.
    public init(contentsOf file: String, registries: Registries = .standard) throws(CaseError) {
        try self.init(CaseSource(contentsOf: Self.resolve(file)), registries)
    }

    /// Decodes the case in `text`; `file` stands in messages.
    ///
    /// - Throws: `CaseError`, with every fault of the text and not only the first.
    public init(text: String, file: String, registries: Registries = .standard) throws(CaseError) {
        try self.init(CaseSource(text: text, file: file), registries)
    }

    private init(_ source: CaseSource, _ registries: Registries) throws(CaseError) {
        var reader = CaseReader(file: source.file, registries: registries)
        content = reader.decode(CaseContent.self, from: source.root)
        if let error = reader.error { throw error }
        file = source.file
        text = source.text
        root = source.root
    }

    /// A value of the case.
    public subscript<Value>(dynamicMember member: KeyPath<CaseContent, Value>) -> Value { content[keyPath: member] }

    /// The case with every default written out; decoding it gives the same case.
    public var resolvedText: String { Literal.document(content.members()) }

    /// The part of the case that determines the data, in a canonical form: seed, equation, sampler, solver and dataset.
    public var definition: String {
        Literal.document(content.members().filter { ["seed", "equation", "sampler", "solver", "dataset"].contains($0.key) })
    }

    /// The error for a value that is right in itself but does not fit something outside the file.
    ///
    /// - Parameters:
    ///   - path: keys from the root, for example `"operator", "modes"`.
    ///   - allowed: what is allowed and why.
    public func rejection(of path: String..., allowed: String) -> CaseError { rejection(of: path, allowed: allowed) }

    /// The error for a value given by its path of keys.
    public func rejection(of path: [String], allowed: String) -> CaseError {
        root.fault(at: path, file: file, members: content.members(), allowed: allowed)
    }

    /// The value of a section that a task needs.
    ///
    /// - Throws: `CaseError.missingSection` when the case does not have it.
    public func require<Section>(_ section: KeyPath<CaseContent, Section?>, named name: String, for task: String) throws(CaseError)
        -> Section
    {
        guard let value = content[keyPath: section] else { throw .missingSection(name, file: file, reason: "\(task) needs it") }
        return value
    }

    /// The file that `name` stands for: itself, `name.toml`, or `case.toml` in the folder `name`.
    static func resolve(_ name: String) throws(CaseError) -> String {
        let manager = FileManager.default
        let candidates = [name, name + ".toml", name.hasSuffix("/") ? name + "case.toml" : name + "/case.toml"]
        for candidate in candidates {
            var isDirectory: ObjCBool = false
            if manager.fileExists(atPath: candidate, isDirectory: &isDirectory), !isDirectory.boolValue { return candidate }
        }
        let folder = DurableFile.folder(of: name)
        let neighbours = ((try? manager.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []).filter { $0.hasSuffix(".toml") }
        let nearest = nearestName(to: (name as NSString).lastPathComponent, in: neighbours.sorted())
        let hint = nearest.map { "; did you mean \((folder as NSString).appendingPathComponent($0))?" } ?? ""
        throw .unreadable(file: name, reason: "no such file" + hint)
    }
}
