import Numerics

/// The observed order of convergence of a method: the exponent `p` in `error = C h^p`.
public struct ConvergenceOrder: Sendable, Equatable {
    /// Resolutions `h` (grid spacings or time steps), largest first.
    public let spacings: [Double]
    /// Error at each resolution.
    public let errors: [Double]
    /// Order between neighbours: `ln(e_i / e_(i+1)) / ln(h_i / h_(i+1))`.
    public let pairwise: [Double]
    /// Least-squares slope of `ln e` against `ln h` over all resolutions, with Student's t interval at level 0.95 (infinite for two resolutions).
    public let fitted: ConfidenceInterval
    /// The constant `C` of the fit.
    public let constant: Double

    /// The order observed in at least two `errors` at distinct `spacings`, in any order of the resolutions.
    ///
    /// Errors must be positive: an error that has reached zero or round-off says nothing about the order.
    public init(spacings: [Double], errors: [Double]) {
        precondition(spacings.count == errors.count && spacings.count >= 2, "\(errors.count) errors at \(spacings.count) resolutions")
        let positive = (spacings + errors).allSatisfy { $0 > 0 && $0.isFinite }
        precondition(positive, "spacings \(spacings) and errors \(errors) must be positive")
        let pairs = zip(spacings, errors).sorted { $0.0 > $1.0 }
        precondition(Set(spacings).count == spacings.count, "spacings \(spacings) must be distinct")
        self.spacings = pairs.map(\.0)
        self.errors = pairs.map(\.1)
        let x: [Double] = pairs.map { Double.log($0.0) }
        let y: [Double] = pairs.map { Double.log($0.1) }
        var slopes: [Double] = []
        for index in 1..<x.count { slopes.append((y[index - 1] - y[index]) / (x[index - 1] - x[index])) }
        pairwise = slopes

        let n = Double(x.count)
        let meanX = x.reduce(0, +) / n
        let meanY = y.reduce(0, +) / n
        var (sxx, sxy) = (0.0, 0.0)
        for index in x.indices {
            sxx += (x[index] - meanX) * (x[index] - meanX)
            sxy += (x[index] - meanX) * (y[index] - meanY)
        }
        let slope = sxy / sxx
        constant = Double.exp(meanY - slope * meanX)
        var half = Double.infinity
        if x.count > 2 {
            var residual = 0.0
            for index in x.indices {
                let r = y[index] - meanY - slope * (x[index] - meanX)
                residual += r * r
            }
            half = Student.quantile(0.975, degrees: x.count - 2) * (residual / (n - 2) / sxx).squareRoot()
        }
        fitted = ConfidenceInterval(estimate: slope, lower: slope - half, upper: slope + half, level: 0.95)
    }
}

/// Order and error estimate from solutions alone, where the exact one is not known: three or more resolutions refined by a constant ratio.
///
/// `differences[i]` is the norm of (solution i - solution i+1), restricted to a common grid. If the error is `C h^p`, each difference is
/// `r^p` times the next, and the error of the finest solution is `last difference / (r^p - 1)`.
///
/// ## References
/// L. F. Richardson, Phil. Trans. R. Soc. A 210 (1911); P. J. Roache, J. Fluids Eng. 116 (1994) 405-413.
public struct SelfConvergence: Sendable, Equatable {
    /// Order between neighbouring differences.
    public let orders: [Double]
    /// Estimated error of the finest solution, in the norm of the differences; infinite if the differences do not fall.
    public let finestError: Double

    /// The estimate from at least two `differences`, coarsest first, of solutions refined by `ratio`.
    public init(differences: [Double], ratio: Double = 2) {
        precondition(differences.count >= 2 && differences.allSatisfy { $0 > 0 && $0.isFinite }, "differences \(differences)")
        precondition(ratio > 1, "refinement ratio \(ratio)")
        orders = zip(differences, differences.dropFirst()).map { Double.log($0 / $1) / Double.log(ratio) }
        let order = orders.last!
        finestError = order > 0 ? differences.last! / (Double.pow(ratio, order) - 1) : .infinity
    }
}
