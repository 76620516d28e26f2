import Foundation

/// `run.json`: everything needed to say how a model came about.
public struct RunRecord: Codable, Equatable, Sendable {
    /// One start of the program on this run: the first, or a continuation.
    public struct Start: Codable, Equatable, Sendable {
        /// When, in ISO 8601 (UTC).
        public var time: String
        /// Steps already done.
        public var step: Int
        /// Number of worker threads.
        public var threads: Int
        /// Number of processes with that many threads each; nil for one.
        public var ranks: Int?
        /// The machine.
        public var machine: MachineDescription
        /// Version of the program.
        public var version: String
        /// Commit that the program was built from.
        public var commit: String
        /// The command line.
        public var command: [String]
    }

    /// Name of the run.
    public var name: String
    /// The case with every default filled in.
    public var caseText: String
    /// Settings of the training.
    public var settings: TrainerSettings
    /// Starts in order.
    public var starts: [Start]

    /// Reads a record.
    ///
    /// - Throws: ``TrainingError``.
    public init(contentsOf path: String) throws {
        let reader = try FileReader(path: path)
        do {
            self = try JSONDecoder().decode(RunRecord.self, from: Data(reader.bytes(at: 0, count: reader.byteCount)))
        } catch let error as DecodingError {
            throw TrainingError.malformed(file: path, item: "run record", found: "\(error)", allowed: "the record of a run")
        }
    }

    init(_ description: RunDescription, settings: TrainerSettings) {
        name = description.name
        caseText = description.caseText
        self.settings = settings
        starts = []
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self)
        try DurableFile.write(to: path) { try $0.write(Array(data) + [UInt8(ascii: "\n")]) }
    }
}
