/// Quantiles of samples.
public enum Quantile {
    /// The quantile `q` of `values`, linear between order statistics; infinite values count, NaN counts as infinite.
    ///
    /// ## References
    /// R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), definition 7.
    public static func of(_ values: [Double], _ q: Double) -> Double {
        precondition(!values.isEmpty && q >= 0 && q <= 1, "quantile \(q) of \(values.count) values")
        let sorted = values.map { $0.isNaN ? .infinity : $0 }.sorted()
        let position = q * Double(sorted.count - 1)
        let index = min(Int(position), sorted.count - 1)
        let fraction = position - Double(index)
        if fraction == 0 || sorted[index] == sorted[min(index + 1, sorted.count - 1)] { return sorted[index] }
        return sorted[index] + fraction * (sorted[index + 1] - sorted[index])
    }
}
