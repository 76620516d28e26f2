import Grids
import Tensors

/// `[sampler] name = "gaussian-process"`: a Gaussian process on an interval, as functions are drawn for DeepONets.
public struct GaussianProcessSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "gaussian-process"
    /// One line for `eddy list`.
    public static let summary = "Gaussian process on an interval (the DeepONet papers' input functions)"

    /// Covariance function.
    public var covariance = StationaryCovariance.Kind.squaredExponential
    /// Correlation length.
    public var length = 0.2
    /// Variance.
    public var variance = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .choice("covariance", \.covariance, "covariance function"),
        .number("length", \.length, .positive, "correlation length"), .number("variance", \.variance, .positive, "variance"),
    ]
}
