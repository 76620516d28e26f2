import Foundation
import Training

/// Results of a run as JSON files in its folder.
///
/// JSON has no infinite numbers; the error of a rollout that has blown up is the text `inf`.
enum ResultCoding {
    /// The result in `file`; nil when there is none that can be read.
    static func read<Result: Decodable>(_ type: Result.Type, from file: String) -> Result? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return FileManager.default.contents(atPath: file).flatMap { try? decoder.decode(type, from: $0) }
    }

    /// Writes a result; the file appears whole or not at all.
    ///
    /// - Throws: `TrainingError.cannotWrite`.
    static func write(_ result: some Encodable, to file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { try encoder.encode(result).write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
            throw TrainingError.cannotWrite(file: file, reason: error.localizedDescription)
        }
    }
}
