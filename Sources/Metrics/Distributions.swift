import Numerics

/// The standard normal distribution.
enum Normal {
    /// `P(Z <= z)`.
    static func cumulative(_ z: Double) -> Double { 0.5 * Double.erfc(-z / 2.0.squareRoot()) }

    /// The `z` with `P(Z <= z) = probability`, to round-off, by bisection.
    static func quantile(_ probability: Double) -> Double { bisect(probability, cumulative) }
}

/// Student's t distribution with whole degrees of freedom.
///
/// ## References
/// M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4 (finite sums).
enum Student {
    /// `P(T <= t)`.
    static func cumulative(_ t: Double, degrees: Int) -> Double {
        precondition(degrees >= 1, "\(degrees) degrees of freedom")
        let angle = Double.atan(t / Double(degrees).squareRoot())
        let (sine, cosine) = (Double.sin(angle), Double.cos(angle))
        var inside: Double
        if degrees % 2 == 1 {
            var (term, sum) = (cosine, degrees == 1 ? 0.0 : cosine)
            for k in stride(from: 3, to: degrees, by: 2) {
                term *= Double(k - 1) / Double(k) * cosine * cosine
                sum += term
            }
            inside = 2 / Double.pi * (angle + sine * sum)
        } else {
            var (term, sum) = (1.0, 1.0)
            for k in stride(from: 2, to: degrees, by: 2) {
                term *= Double(k - 1) / Double(k) * cosine * cosine
                sum += term
            }
            inside = sine * sum
        }
        return 0.5 + inside / 2
    }

    /// The `t` with `P(T <= t) = probability`, by bisection.
    static func quantile(_ probability: Double, degrees: Int) -> Double { bisect(probability) { cumulative($0, degrees: degrees) } }
}

/// The argument at which an ascending cumulative distribution reaches `probability`.
private func bisect(_ probability: Double, _ cumulative: (Double) -> Double) -> Double {
    precondition(probability > 0 && probability < 1, "probability \(probability) outside (0, 1)")
    var (low, high) = (-1.0, 1.0)
    while cumulative(low) > probability { low *= 2 }
    while cumulative(high) < probability { high *= 2 }
    while true {
        let middle = 0.5 * (low + high)
        if middle <= low || middle >= high { return middle }
        if cumulative(middle) < probability { low = middle } else { high = middle }
    }
}
