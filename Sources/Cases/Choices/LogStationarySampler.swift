import Grids
import Numerics
import Tensors

/// `[sampler] name = "log-stationary"`: the exponential of a stationary Gaussian field, drawn again until its contrast is in a range.
public struct LogStationarySampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "log-stationary"
    /// One line for `eddy list`.
    public static let summary = "exp(g), g a stationary Gaussian field, of a contrast within a range (the ConDiff data)"

    /// The covariance function.
    public var covariance = StationaryCovariance.Kind.cubic
    /// Variance of the field.
    public var variance = 0.1
    /// Correlation length.
    public var length = 0.05
    /// Smallest and largest ratio of the extremes of the coefficient.
    public var contrast = [5.0, 15.0]

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .choice("covariance", \.covariance, "covariance function of g"),
        .number("variance", \.variance, .positive, "variance of g"),
        .number("length", \.length, .positive, "correlation length of g"),
        .numbers(
            "contrast", \.contrast, .atLeast(1), count: 2...2,
            "smallest and largest contrast exp(max g - min g); other fields are drawn again"),
    ]

    /// The range is not empty.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if contrast[0] >= contrast[1] { checker.reject("contrast", allowed: "the smaller contrast first") }
    }
}
