/// The time until the correlation of a rollout with the truth first falls below a threshold.
public struct CorrelationTime: Sendable, Equatable {
    /// The time, linearly interpolated between the last output above the threshold and the first below it.
    public let time: Double
    /// Whether the correlation never fell below the threshold, so that `time` (the last output) is only a lower bound.
    public let isLowerBound: Bool

    /// The first crossing of `threshold` by `correlations` at ascending `times`.
    ///
    /// A series that begins below the threshold has the first of `times`.
    public init(correlations: [Double], times: [Double], threshold: Double) {
        precondition(correlations.count == times.count && !times.isEmpty, "\(correlations.count) correlations at \(times.count) times")
        guard let below = correlations.firstIndex(where: { !($0 >= threshold) }) else {
            (time, isLowerBound) = (times.last!, true)
            return
        }
        isLowerBound = false
        if below == 0 || !correlations[below].isFinite {
            time = times[max(below - 1, 0)]
        } else {
            let (high, low) = (correlations[below - 1], correlations[below])
            time = times[below - 1] + (times[below] - times[below - 1]) * (high - threshold) / (high - low)
        }
    }
}

extension Metric {
    /// Time until the Pearson correlation falls below 0.8; the end of the series where it never does.
    public static let correlationTime80 = correlationTime(threshold: 0.8, name: "correlation-time-0.8")
    /// Time until the Pearson correlation falls below 0.9; the end of the series where it never does.
    public static let correlationTime90 = correlationTime(threshold: 0.9, name: "correlation-time-0.9")

    private static func correlationTime(threshold: Double, name: String) -> Metric {
        Metric(
            name: name, title: "time until correlation < \(threshold)",
            formula: "first t with pearson(t) < \(threshold), linear between outputs; the last t where there is none (a lower bound)",
            source: "Lippe et al. 2023, PDE-Refiner (arXiv:2308.05732), high-correlation time", unit: .time, needs: .series,
            best: .infinity,
            body: .series { predictions, truths, times, geometry in
                let correlations = zip(predictions, truths).map { Metric.correlation($0, $1, geometry) }
                return CorrelationTime(correlations: correlations, times: times, threshold: threshold).time
            })
    }
}
