import Foundation

/// Where a training stands: `state.json` of a checkpoint.
///
/// Everything else follows from the step (order of samples, learning rate) or lies in the tensors beside it.
struct TrainingState: Codable, Equatable {
    /// Best validation so far.
    struct Best: Codable, Equatable {
        var value: Double
        var epoch: Int
        var step: Int
    }

    /// Version of this format.
    static let schema = 1

    var schema = TrainingState.schema
    /// Program that wrote it.
    var version = ""
    var commit = ""
    /// What must agree when the training is continued, by name.
    var identity: [String: String] = [:]
    /// Steps done.
    var step = 0
    /// Sums over the samples and steps of the present epoch.
    var epochLoss = 0.0
    var epochSamples = 0
    var epochGradientNorm = 0.0
    var epochSteps = 0
    var best: Best?
    var validationsWithoutGain = 0
    var hasStoppedEarly = false
    /// Whether the last step ended an epoch that has not been validated and recorded yet.
    var isEpochEndDue: Bool?
    /// Length of `metrics.csv` that belongs to this step.
    var metricsByteCount = 0
    /// Seconds of training in all processes so far.
    var elapsed = 0.0

    init() {}

    /// Reads and checks a state.
    ///
    /// - Throws: ``TrainingError``.
    init(contentsOf path: String) throws {
        let reader = try FileReader(path: path)
        let data = Data(try reader.bytes(at: 0, count: reader.byteCount))
        struct Version: Decodable { let schema: Int }
        do {
            let version = try JSONDecoder().decode(Version.self, from: data)
            guard version.schema == TrainingState.schema else {
                throw TrainingError.mismatch(
                    file: path, item: "schema", found: "\(version.schema)",
                    allowed: "\(TrainingState.schema); continue with the version of the program that wrote it")
            }
            self = try JSONDecoder().decode(TrainingState.self, from: data)
        } catch let error as DecodingError {
            throw TrainingError.malformed(file: path, item: "state", found: "\(error)", allowed: "the state of a training")
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self)
        try DurableFile.write(to: path) { try $0.write(Array(data) + [UInt8(ascii: "\n")]) }
    }

    /// Compares what must agree.
    ///
    /// - Throws: ``TrainingError/mismatch(file:item:found:allowed:)`` that names the first difference.
    func check(identity wanted: [String: String], file: String) throws {
        for key in Set(identity.keys).union(wanted.keys).sorted() where identity[key] != wanted[key] {
            throw TrainingError.mismatch(
                file: file, item: key, found: identity[key] ?? "nothing",
                allowed: "\(wanted[key] ?? "nothing") as in the case; a training cannot be continued with other settings")
        }
    }
}
