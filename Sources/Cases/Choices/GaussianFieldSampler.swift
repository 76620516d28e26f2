import Grids
import Numerics
import Tensors

/// `[sampler] name = "gaussian"`: a periodic Gaussian random field with a power-law covariance.
public struct GaussianFieldSampler: InitialFieldSampler, Equatable {
    /// The name in case files.
    public static let name = "gaussian"
    /// One line for `eddy list`.
    public static let summary = "periodic Gaussian random field g ~ N(0, amplitude^2 (-Laplace + tau^2)^-alpha)"

    /// Inverse length scale of the field.
    public var tau = 7.0
    /// Decay of its spectrum.
    public var alpha = 2.5
    /// Factor of the standard deviations; nil for that of the FNO paper's Navier-Stokes data, `sqrt(2) tau^(alpha - 1)`.
    public var amplitude: Double?
    /// Whether the mean of every field is zero.
    public var zeroMean = true

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("tau", \.tau, .positive, "inverse length scale of the field"),
        .number("alpha", \.alpha, .above(0.5), "decay of its spectrum"),
        .number(
            "amplitude", \.amplitude, .positive,
            "factor of the standard deviations; left out: sqrt(2) tau^(alpha - 1), as in the FNO paper's Navier-Stokes data"),
        .flag("zero-mean", \.zeroMean, "whether the mean of every field is zero"),
    ]

    private var covariance: PowerLawCovariance {
        PowerLawCovariance(
            amplitude: amplitude ?? Double.sqrt(2) * Double.pow(tau, alpha - 1), tau: tau, alpha: alpha, zeroMean: zeroMean)
    }

    /// The values of the field.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let field = ResolvedGaussianField(covariance, basis: .fourier, on: grid, native: native)
        return { field.sample($0) }
    }

    /// The law.
    public var initialAccount: String {
        "g ~ N(0, \(Format.significant(covariance.amplitude, 6))^2 (-Laplace + \(tau)^2)^-\(alpha)), periodic"
            + (zeroMean ? ", mean zero" : "")
    }
}
