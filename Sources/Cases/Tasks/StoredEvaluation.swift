/// The last evaluation of a run, kept in its folder as `evaluation.json`.
public struct StoredEvaluation: Sendable {
    /// What was found.
    public let result: Evaluation.Result

    /// Reads the evaluation of a run folder; nil when there is none that can be read.
    public init?(_ folder: String) {
        guard let result = ResultCoding.read(Evaluation.Result.self, from: folder + "/evaluation.json") else { return nil }
        self.result = result
    }

    /// Writes an evaluation into a run folder.
    ///
    /// - Throws: `TrainingError.cannotWrite`.
    public static func write(_ result: Evaluation.Result, to folder: String) throws {
        try ResultCoding.write(result, to: folder + "/evaluation.json")
    }
}
