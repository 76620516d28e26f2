/// What can go wrong when a metric is asked for.
public enum MetricError: Error, Equatable, CustomStringConvertible {
    /// No metric has this name; `nearest` is the closest valid one.
    case unknown(name: String, nearest: String, allowed: [String])
    /// The metric is not defined on such a grid.
    case notDefined(metric: String, needs: String)
    /// The truth holds values that are not finite, so no error can be measured against it.
    case truthNotFinite(metric: String, index: Int, value: String)

    /// The message: metric, what was found, what is allowed.
    public var description: String {
        switch self {
        case .unknown(let name, let nearest, let allowed):
            "unknown metric '\(name)'; did you mean '\(nearest)'? Allowed: \(allowed.joined(separator: ", "))"
        case .notDefined(let metric, let needs):
            "metric '\(metric)' needs \(needs)"
        case .truthNotFinite(let metric, let index, let value):
            "metric '\(metric)': the true field is \(value) at flat index \(index), so no error can be measured against it"
        }
    }
}
