import Numerics
import Tensors

/// An estimate with an interval that covers the true value with probability `level`.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
    /// The value computed from all samples.
    public var estimate: Double
    /// Lower end.
    public var lower: Double
    /// Upper end.
    public var upper: Double
    /// Probability of coverage, such as 0.95.
    public var level: Double

    /// An interval with the given values.
    public init(estimate: Double, lower: Double, upper: Double, level: Double) {
        self.estimate = estimate
        self.lower = lower
        self.upper = upper
        self.level = level
    }
}

/// Bias-corrected and accelerated bootstrap intervals over samples; the same seed gives the same bits.
///
/// Errors over a test set are skewed, so the plain percentile interval is off by O(n^-1/2) at each end; this one is second-order accurate.
///
/// ## References
/// B. Efron, "Better bootstrap confidence intervals", J. Amer. Stat. Assoc. 82 (1987) 171-185, equations (2.3) and (6.6).
public struct Bootstrap: Sendable {
    /// Number of resamples.
    public let resamples: Int
    /// Probability of coverage.
    public let level: Double
    /// Seed of the resampling.
    public let seed: UInt64

    /// A bootstrap of `resamples` draws.
    public init(resamples: Int = 2000, level: Double = 0.95, seed: UInt64 = 0) {
        precondition(resamples >= 100, "\(resamples) resamples are too few for an interval")
        precondition(level > 0 && level < 1, "level \(level) outside (0, 1)")
        self.resamples = resamples
        self.level = level
        self.seed = seed
    }

    /// The interval of `statistic` over samples `0..<count`; nil for fewer than 3 samples, which say nothing about their spread.
    ///
    /// - Parameter statistic: maps the indices of the samples drawn (with repetition) to a number.
    public func interval(count: Int, statistic: ([Int]) -> Double) -> ConfidenceInterval? {
        guard count >= 3 else { return nil }
        let estimate = statistic(Array(0..<count))
        var draw = [Int](repeating: 0, count: count)
        var values = [Double]()
        values.reserveCapacity(resamples)
        for resample in 0..<resamples {
            let generator = Philox(seed: seed, stream: UInt64(resample))
            for index in 0..<count { draw[index] = min(Int(generator.uniform(at: index) * Double(count)), count - 1) }
            values.append(statistic(draw))
        }
        guard estimate.isFinite && values.allSatisfy(\.isFinite) else {
            return ConfidenceInterval(estimate: estimate, lower: values.min()!, upper: .infinity, level: level)
        }
        values.sort()
        // Ties count half, so that a statistic without spread has no bias.
        let below = values.reduce(0.0) { $0 + ($1 < estimate ? 1 : $1 == estimate ? 0.5 : 0) } / Double(resamples)
        let edge = 0.5 / Double(resamples)
        let bias = Normal.quantile(min(max(below, edge), 1 - edge))
        let acceleration = self.acceleration(count: count, statistic: statistic)
        func end(_ probability: Double) -> Double {
            let z = bias + Normal.quantile(probability)
            let adjusted = Normal.cumulative(bias + z / (1 - acceleration * z))
            let position = min(max(adjusted * Double(resamples) - 0.5, 0), Double(resamples - 1))
            let (lower, fraction) = (Int(position), position - position.rounded(.down))
            return values[lower] + fraction * (values[min(lower + 1, resamples - 1)] - values[lower])
        }
        return ConfidenceInterval(estimate: estimate, lower: end((1 - level) / 2), upper: end((1 + level) / 2), level: level)
    }

    /// The interval of the mean of `values`.
    public func mean(_ values: [Double]) -> ConfidenceInterval? {
        interval(count: values.count) { indices in indices.reduce(0) { $0 + values[$1] } / Double(indices.count) }
    }

    /// The interval of a metric over a set of samples under one aggregation.
    public func metric(_ metric: Metric, _ terms: [Metric.Terms], by aggregation: Metric.Aggregation) -> ConfidenceInterval? {
        interval(count: terms.count) { indices in metric.value(of: indices.map { terms[$0] }, by: aggregation) }
    }

    /// Efron's acceleration from the jackknife: a sixth of the skewness of the leave-one-out values.
    private func acceleration(count: Int, statistic: ([Int]) -> Double) -> Double {
        let values = (0..<count).map { left in statistic((0..<count).filter { $0 != left }) }
        let mean = values.reduce(0, +) / Double(count)
        let (second, third) = values.reduce((0.0, 0.0)) { sums, value in
            let deviation = mean - value
            return (sums.0 + deviation * deviation, sums.1 + deviation * deviation * deviation)
        }
        guard second > 0 else { return 0 }
        let acceleration = third / (6 * Double.pow(second, 1.5))
        return acceleration.isFinite ? acceleration : 0
    }
}
