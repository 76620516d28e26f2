import Foundation
import Training

/// The last evaluation of a run, kept in its folder as `evaluation.json`.
public struct StoredEvaluation: Sendable {
    /// What was found.
    public let result: Evaluation.Result

    /// Reads the evaluation of a run folder; nil when there is none that can be read.
    public init?(_ folder: String) {
        guard let data = FileManager.default.contents(atPath: folder + "/evaluation.json"),
            let result = try? Self.decoder.decode(Evaluation.Result.self, from: data)
        else { return nil }
        self.result = result
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    /// Writes an evaluation into a run folder.
    ///
    /// - Throws: `TrainingError.cannotWrite`.
    public static func write(_ result: Evaluation.Result, to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // A rollout that blows up has an infinite error.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let path = folder + "/evaluation.json"
        do { try encoder.encode(result).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw TrainingError.cannotWrite(file: path, reason: error.localizedDescription)
        }
    }
}
