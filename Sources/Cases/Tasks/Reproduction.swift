import Foundation
import Metrics
import Tensors
import Training

/// Makes the data of a case, trains its operator and compares the errors with those that the case expects.
public struct Reproduction: Sendable {
    /// One expected error and what was found.
    public struct Check: Sendable, Codable, Equatable {
        /// The case.
        public var title: String
        /// The metric.
        public var metric: String
        /// What the case says.
        public var expected: Double
        /// Mean over the test samples, and over the fields where there are several.
        public var found: Double
        /// Largest difference as a fraction of the expected error.
        public var tolerance: Double

        /// Difference as a fraction of the expected error.
        public var difference: Double { (found - expected) / expected }
        /// Whether the difference is within the tolerance, in either direction.
        public var passed: Bool { abs(difference) <= tolerance }
    }

    /// What is being done.
    public enum Stage: String, Sendable {
        case generating, training, evaluating
    }

    private let content: Case
    private let expected: ExpectedSettings
    private let folder: String
    private let workers: Workers
    private let command: [String]

    /// A reproduction of a case in `folder`, which may hold an earlier one that was interrupted.
    ///
    /// - Throws: `CaseError` when the case does not say what to expect, or expects a metric that its evaluation does not have.
    public init(_ content: Case, folder: String, workers: Workers, command: [String]) throws {
        expected = try content.require(\.expected, named: "expected", for: "reproducing")
        let metrics = try content.require(\.evaluation, named: "evaluation", for: "reproducing").metrics
        for name in expected.errors.keys.sorted() where !metrics.contains(name) {
            throw content.rejection(
                of: "expected", "errors", name, allowed: "the metrics of [evaluation]: \(metrics.joined(separator: ", "))")
        }
        if let dataset = content.content.dataset, dataset.test == 0 {
            throw content.rejection(of: "dataset", "test", allowed: "1 or more samples: the expected errors are those of the test split")
        }
        self.content = content
        self.folder = folder
        self.workers = workers
        self.command = command
    }

    /// Generates, trains and evaluates; nil when it was interrupted, after which the same folder continues.
    ///
    /// - Parameters:
    ///   - shouldStop: asked between samples and steps.
    ///   - message: warnings of the training.
    ///   - progress: stage, pieces done and in all, and pieces done by this call.
    /// - Throws: what the three stages throw.
    public func run(
        shouldStop: @escaping @Sendable () -> Bool = { false }, message: @escaping (String) -> Void = { _ in },
        progress: @escaping @Sendable (Stage, _ done: Int, _ total: Int, _ fresh: Int) -> Void = { _, _, _, _ in }
    ) throws -> [Check]? {
        let data = folder + "/data"
        let generation = try Generation(content, folder: data, workers: workers, command: command.joined(separator: " "))
        switch try generation.run(shouldStop: shouldStop, progress: { progress(.generating, $0.done, $0.total, $0.fresh) }) {
        case .complete, .nothingToDo: break
        case .interrupted, .waiting: return nil
        }
        let training = try OperatorTraining(content, data: data, workers: workers)
        try Run.record(dataFolder: data, in: folder)
        var firstStep: Int?
        let outcome = try training.run(folder: folder, resume: true, command: command, shouldStop: shouldStop, message: message) {
            firstStep = firstStep ?? $0.step - 1
            progress(.training, $0.step, $0.totalSteps, $0.step - firstStep!)
        }
        if outcome.status == .interrupted { return nil }
        let evaluation = try Evaluation(Run(folder), workers: workers).evaluate { progress(.evaluating, $0, $1, $0) }
        return expected.errors.sorted { $0.key < $1.key }.map { name, value in
            Check(
                title: content.content.title, metric: name, expected: value, found: Self.found(name, evaluation.entries),
                tolerance: expected.tolerance)
        }
    }

    /// The error by `metric` at the first resolution, the dataset's: the mean over the fields, for whole trajectories where there is time.
    private static func found(_ metric: String, _ entries: [Evaluation.Entry]) -> Double {
        var values: [String: Double] = [:]
        for entry in entries
        where entry.metric == metric && entry.lead == nil && entry.resolution == entries[0].resolution && values[entry.field] == nil {
            values[entry.field] = entry.mean
        }
        return values.isEmpty ? .nan : values.sorted { $0.key < $1.key }.map(\.value).reduce(0, +) / Double(values.count)
    }

    /// The cases below `folder` that say what to expect, sorted; without `long` only those of at most ten minutes by their own account.
    ///
    /// - Throws: `CaseError` of a case that does not decode.
    public static func cases(in folder: String, long: Bool) throws -> [String] {
        guard let files = FileManager.default.enumerator(atPath: folder) else { return [] }
        return try files.compactMap { $0 as? String }.filter { $0.hasSuffix(".toml") }.sorted().map { folder + "/" + $0 }.filter { file in
            guard let expected = try Case(contentsOf: file).content.expected else { return false }
            return long || (expected.minutes ?? .infinity) <= 10
        }
    }
}
