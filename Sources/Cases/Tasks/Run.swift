import Datasets
import Foundation
import Training

/// A run folder: the model that a training wrote, its case, and where its data lie.
public struct Run: Sendable {
    /// The folder.
    public let folder: String
    /// The best model by the validation.
    public let model: Model
    /// The case with every default, as stored in the model.
    public let content: Case
    /// Folder of the dataset that the model was trained on.
    public let dataFolder: String

    private struct DataRecord: Codable {
        var folder: String
    }

    /// Opens a run.
    ///
    /// - Throws: `TrainingError` when there is no readable model, `CaseError` when the stored case does not decode any more.
    public init(_ folder: String, registries: Registries = .standard) throws {
        self.folder = folder
        let path = folder + "/model.safetensors"
        guard FileManager.default.fileExists(atPath: path) else {
            throw TrainingError.cannotRead(
                file: path, reason: "no such file; a run is a folder that eddy train wrote (runs/NAME unless --run said otherwise)")
        }
        model = try Model(path: path, architectures: registries.architectures)
        content = try Case(text: model.description.caseText, file: path, registries: registries)
        let record = FileManager.default.contents(atPath: folder + "/data.json").flatMap {
            try? JSONDecoder().decode(DataRecord.self, from: $0)
        }
        let stored = record?.folder ?? "data"
        dataFolder = stored.hasPrefix("/") ? stored : folder + "/" + stored
    }

    /// Notes in a run folder where its data lie; relative when they lie inside the run.
    public static func record(dataFolder: String, in folder: String) throws {
        let data = URL(fileURLWithPath: dataFolder).standardizedFileURL.path
        let run = URL(fileURLWithPath: folder).standardizedFileURL.path
        let stored = data.hasPrefix(run + "/") ? String(data.dropFirst(run.count + 1)) : data
        let bytes = try JSONEncoder().encode(DataRecord(folder: stored))
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code
            throw TrainingError.cannotWrite(
                file: folder, reason: code.map { DurableFile.systemMessage(Int32($0)) } ?? error.localizedDescription)
        }
        try DurableFile.write(String(decoding: bytes, as: UTF8.self), to: folder + "/data.json")
    }

    /// The file of a split.
    public func data(_ split: String) -> String { dataFolder + "/" + split + ".nc" }

    /// Folder of a case's run unless the user names one: `runs/` and the path of the case without `cases/` and `.toml`.
    public static func defaultFolder(forCase file: String) -> String {
        var name = file.hasSuffix(".toml") ? String(file.dropLast(5)) : file
        if name.hasSuffix("/case") { name = String(name.dropLast(5)) }
        while name.hasPrefix("./") { name = String(name.dropFirst(2)) }
        if let range = name.range(of: "cases/", options: .backwards) { name = String(name[range.upperBound...]) }
        if name.hasPrefix("/") || name.hasPrefix("../") { name = (name as NSString).lastPathComponent }
        return "runs/" + name
    }
}
