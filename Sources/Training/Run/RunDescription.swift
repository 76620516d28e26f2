import Foundation

/// Where a run is kept, and what is said about it.
public struct RunDescription: Sendable {
    /// Folder of the run.
    public var folder: String
    /// Name in the metrics.
    public var name: String
    /// What model files hold besides the parameters.
    public var model: ModelTemplate
    /// The case with every default filled in.
    public var caseText: String
    /// What must agree, besides the settings and the optimiser, when a training is continued: operator, data, loss, by name.
    public var identity: [String: String]
    /// Version of the program.
    public var version: String
    /// Commit that the program was built from.
    public var commit: String
    /// The command line.
    public var command: [String]
    /// Seconds between checkpoints.
    public var checkpointSeconds: Double
    /// Steps between checkpoints, besides; nil for none.
    public var checkpointSteps: Int?
    /// Whether the metrics are also written as an event file for TensorBoard.
    public var writesTensorBoard: Bool

    /// A run in `folder`, named like the folder unless said otherwise.
    public init(
        folder: String, name: String? = nil, model: ModelTemplate = ModelTemplate(), caseText: String = "",
        identity: [String: String] = [:],
        version: String = "", commit: String = "", command: [String] = [], checkpointSeconds: Double = 60, checkpointSteps: Int? = nil,
        writesTensorBoard: Bool = false
    ) {
        precondition(checkpointSeconds >= 0 && (checkpointSteps ?? 1) > 0, "checkpoints every \(checkpointSeconds) s")
        self.folder = folder
        self.name = name ?? URL(fileURLWithPath: folder).lastPathComponent
        self.model = model
        self.caseText = caseText
        self.identity = identity
        self.version = version
        self.commit = commit
        self.command = command
        self.checkpointSeconds = checkpointSeconds
        self.checkpointSteps = checkpointSteps
        self.writesTensorBoard = writesTensorBoard
    }
}
