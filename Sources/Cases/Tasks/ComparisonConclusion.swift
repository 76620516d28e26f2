import Datasets
import Foundation
import Metrics

extension Comparison {
    /// The parts of run folders' paths in which they differ, for labels: `width-16`, `width-32` of `runs/darcy/width-16`, `runs/darcy/width-32`.
    static func shortNames(_ folders: [String]) -> [String] {
        let parts = folders.map { $0.split(separator: "/").map(String.init) }
        let common = (0..<(parts.map(\.count).min() ?? 0)).prefix { level in parts.allSatisfy { $0[level] == parts[0][level] } }.count
        return zip(folders, parts).map { folder, parts in
            let rest = parts.dropFirst(min(common, parts.count - 1)).joined(separator: "/")
            return rest.isEmpty ? folder : rest
        }
    }
}

/// What follows from the errors and times of a sweep and an operator.
struct ComparisonConclusion {
    let sweep: [Comparison.Series]
    let points: [Comparison.Point]
    let learned: Comparison.Series
    let metrics: [Metric]

    /// Cost of the cheapest solver with at most `error`, log-log along the sweep's front; nil when no setting is as accurate.
    static func cost(atError error: Double, _ points: [(error: Double, cost: Double)]) -> (cost: Double, isBound: Bool)? {
        // Only settings that no other beats in both error and cost.
        let front = points.filter { point in
            !points.contains { $0.error <= point.error && $0.cost < point.cost || $0.error < point.error && $0.cost <= point.cost }
        }.sorted { $0.error > $1.error }
        guard let first = front.first, let last = front.last, last.error <= error else { return nil }
        if first.error <= error { return (first.cost, true) }
        for (coarse, fine) in zip(front, front.dropFirst()) where coarse.error >= error && fine.error <= error {
            let fraction = (log(coarse.error) - log(error)) / (log(coarse.error) - log(fine.error))
            return (exp(log(coarse.cost) + fraction * (log(fine.cost) - log(coarse.cost))), false)
        }
        return (last.cost, false)
    }

    /// The ratio of costs at equal relative L2 error over some samples.
    private func ratio(_ indices: [Int]) -> (value: Double, seconds: Double, isBound: Bool)? {
        func mean(_ values: [Double]) -> Double { indices.reduce(0) { $0 + values[$1] } / Double(indices.count) }
        guard let found = Self.cost(atError: mean(learned.errors), sweep.map { (mean($0.errors), mean($0.seconds)) }) else { return nil }
        return (found.cost / mean(learned.seconds), found.cost, found.isBound)
    }

    /// The operator of a run beside the sweep.
    func candidate(_ run: Run) -> Comparison.Candidate {
        let point = learned.point
        let equal = ratio(Array(learned.errors.indices))
        // Ends of the interval: the ratio for samples drawn with replacement, infinite where no setting of the sweep is as accurate.
        let interval = equal.flatMap { _ in Bootstrap().interval(count: learned.errors.count) { ratio($0)?.value ?? .infinity } }
        let (generation, training) = (Self.generationSeconds(run), TrainingHistory(run.folder)?.seconds ?? 0)
        var breakEven: Double?
        if let equal, equal.seconds > point.seconds { breakEven = (generation + training) / (equal.seconds - point.seconds) }
        var operations: Double?
        if let own = point.operations, points.allSatisfy({ $0.operations != nil }) {
            operations = Self.cost(atError: point.error, points.map { ($0.error, $0.operations!) }).map { $0.cost / own }
        }
        return Comparison.Candidate(
            run: run.folder,
            architecture: "\(run.model.description.architecture), \(Format.count(run.model.parameters.layout.parameterCount)) weights",
            point: point, speedUp: equal?.value, speedUpLower: interval.flatMap { $0.lower.isFinite ? $0.lower : nil },
            speedUpUpper: interval.flatMap { $0.upper.isFinite ? $0.upper : nil }, speedUpIsUpperBound: equal?.isBound ?? false,
            speedUps: speedUps(point), solverSecondsAtEqualError: equal?.seconds, operationRatio: operations, generationSeconds: generation,
            trainingSeconds: training, breakEvenSolves: breakEven,
            verdict: verdict(point, equal.map { ($0.value, $0.isBound) }, breakEven))
    }

    /// The ratio of costs at equal value of each metric that is an error.
    private func speedUps(_ point: Comparison.Point) -> [String: Double] {
        metrics.filter { $0.best == 0 }.reduce(into: [:]) { result, metric in
            guard let own = point.score(metric.name), own > 0, own.isFinite else { return }
            let settings = points.compactMap { point in point.score(metric.name).map { (error: $0, cost: point.seconds) } }
            guard settings.allSatisfy({ $0.error > 0 }) else { return }
            if let equal = Self.cost(atError: own, settings) { result[metric.name] = equal.cost / point.seconds }
        }
    }

    private func verdict(_ point: Comparison.Point, _ equal: (ratio: Double, isBound: Bool)?, _ breakEven: Double?) -> String {
        let error = Format.percent(point.error, 2)
        guard let equal else {
            let best = points.map(\.error).min() ?? 0
            return
                "The sweep's most accurate solver has an error of \(Format.percent(best, 2)), more than the operator's \(error): extend the "
                + "sweep in [comparison] resolutions before speaking of a speed-up."
        }
        let bound = equal.isBound ? "at most " : ""
        if equal.ratio < 1 {
            return "At the operator's error of \(error) the classical solver is faster: the operator takes "
                + "\(Format.significant(1 / equal.ratio, 2)) times its time, so use the solver."
        }
        let payoff = breakEven.map { "; generation and training are paid off after \(Format.count(Int($0.rounded(.up)))) solves" } ?? ""
        return
            "At the operator's error of \(error) the operator is \(bound)\(Format.significant(equal.ratio, 2)) times as fast as the classical solver"
            + payoff + "."
    }

    /// The sentence about one operator, or about the one of several that gains most.
    static func verdict(_ candidates: [Comparison.Candidate]) -> String {
        guard candidates.count > 1 else { return candidates[0].verdict }
        guard let best = candidates.max(by: { ($0.speedUp ?? 0) < ($1.speedUp ?? 0) }), best.speedUp != nil else {
            return candidates[0].verdict
        }
        return "Of \(candidates.count) operators \(best.run) gains most. \(best.verdict)"
    }

    /// Core seconds in the records of the training and validation data; 0 when the files are gone.
    private static func generationSeconds(_ run: Run) -> Double {
        ["train", "valid"].reduce(0) { sum, split in
            guard let records = try? DatasetFile(run.data(split)).records() else { return sum }
            return sum + records.reduce(0) { $0 + $1.seconds }
        }
    }
}
