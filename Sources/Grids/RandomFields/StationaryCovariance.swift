import Numerics

/// A covariance `c(d) = variance f(d / length)` that depends on the distance of two points only.
public struct StationaryCovariance: Hashable, Codable, Sendable {
    /// The function `f`, with `r = d / length` and `f(0) = 1`.
    public enum Kind: String, Hashable, Codable, CaseIterable, Sendable {
        /// `exp(-r)`: rough fields.
        case exponential
        /// `1 - 7 r^2 + 35/4 r^3 - 7/2 r^5 + 3/4 r^7` for `r < 1`, then 0: once differentiable fields of compact support.
        case cubic
        /// `exp(-r^2)`: smooth fields, in the convention of ConDiff.
        case gaussian
        /// `exp(-r^2 / 2)`: smooth fields, in the convention of Gaussian processes (radial basis function).
        case squaredExponential = "squared-exponential"
    }

    /// The function.
    public var kind: Kind
    /// `c(0)`.
    public var variance: Double
    /// Correlation length.
    public var length: Double

    /// A covariance.
    public init(_ kind: Kind, variance: Double = 1, length: Double) {
        precondition(variance >= 0 && length > 0, "variance \(variance), length \(length)")
        self.kind = kind
        self.variance = variance
        self.length = length
    }

    /// `c(distance)`.
    public func value(at distance: Double) -> Double {
        let r = abs(distance) / length
        switch kind {
        case .exponential: return variance * Double.exp(-r)
        case .gaussian: return variance * Double.exp(-r * r)
        case .squaredExponential: return variance * Double.exp(-0.5 * r * r)
        case .cubic:
            guard r < 1 else { return 0 }
            let r2 = r * r
            return variance * (1 + r2 * (-7 + r * (8.75 + r2 * (-3.5 + 0.75 * r2))))
        }
    }
}
