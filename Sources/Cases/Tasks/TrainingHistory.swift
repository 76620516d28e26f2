import Foundation

/// What a run's `metrics.csv` says about the course of its training.
public struct TrainingHistory: Sendable {
    /// Training loss by epoch.
    public private(set) var training: [(epoch: Double, value: Double)] = []
    /// Validation error by epoch.
    public private(set) var validation: [(epoch: Double, value: Double)] = []
    /// Learning rate by epoch.
    public private(set) var learningRate: [(epoch: Double, value: Double)] = []
    /// Wall time of the training in seconds.
    public private(set) var seconds = 0.0

    /// Reads the file of a run folder; nil when there is none.
    public init?(_ folder: String) {
        guard let text = try? String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8) else { return nil }
        let lines = text.split(separator: "\n")
        guard let header = lines.first?.split(separator: ",", omittingEmptySubsequences: false).map(String.init),
            let split = header.firstIndex(of: "split"), let epoch = header.firstIndex(of: "epoch"),
            let metric = header.firstIndex(of: "metric"),
            let value = header.firstIndex(of: "value")
        else { return nil }
        for line in lines.dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == header.count, let number = Double(cells[value]), let time = Double(cells[epoch]) else { continue }
            switch (String(cells[split]), String(cells[metric])) {
            case ("train", "loss"): training.append((time, number))
            case ("valid", "relative-l2"): validation.append((time, number))
            case (_, "learning-rate"): learningRate.append((time, number))
            case (_, "wall-seconds"): seconds = max(seconds, number)
            default: break
            }
        }
    }
}
