/// What can go wrong with grids and random fields.
public enum GridsError: Error, Hashable, Sendable {
    /// A covariance whose matrix on the grid is not positive definite; `fraction` of the variance would have to be cut off.
    case notPositiveDefinite(covariance: String, length: Double, fraction: Double)
}

extension GridsError: CustomStringConvertible {
    /// The message for the user.
    public var description: String {
        switch self {
        case .notPositiveDefinite(let covariance, let length, let fraction):
            """
            the covariance '\(covariance)' with correlation length \(length) is not positive definite on this grid \
            (a share of \(fraction) of its spectrum is negative); choose a shorter correlation length or a rougher covariance
            """
        }
    }
}
