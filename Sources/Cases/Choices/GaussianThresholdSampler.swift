import Grids
import Tensors

/// `[sampler] name = "gaussian-threshold"`: a two-valued coefficient, high where a Gaussian random field is not negative, low elsewhere.
///
/// The field is `g ~ N(0, (-Laplace + tau^2)^-alpha)` with zero Neumann conditions and zero mean, as in the FNO paper's Darcy data.
public struct GaussianThresholdSampler: CoefficientSampler, Equatable {
    /// The name in case files.
    public static let name = "gaussian-threshold"
    /// One line for `eddy list`.
    public static let summary = "two-valued coefficient by the sign of a Gaussian random field (the FNO paper's Darcy data)"

    /// Inverse length scale of the field.
    public var tau = 3.0
    /// Decay of its spectrum.
    public var alpha = 2.0
    /// Value where the field is negative.
    public var low = 3.0
    /// Value where it is not.
    public var high = 12.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("tau", \.tau, .positive, "inverse length scale of the field g ~ N(0, (-Laplace + tau^2)^-alpha)"),
        .number("alpha", \.alpha, .above(1), "decay of the spectrum of g"),
        .number("low", \.low, .positive, "value where g < 0"),
        .number("high", \.high, .positive, "value where g >= 0"),
    ]

    /// `high` where g is not negative, `low` elsewhere.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let field = ResolvedGaussianField(.darcy(tau: tau, alpha: alpha), basis: .cosine, on: grid, native: native)
        let (low, high) = (low, high)
        return { generator in
            let values = field.sample(generator)
            return Tensor(values.shape, values.scalars.map { $0 >= 0 ? high : low })
        }
    }

    /// Values and law.
    public var coefficientAccount: String { "\(high) where g >= 0, \(low) elsewhere, g ~ N(0, (-Laplace + \(tau)^2)^-\(alpha))" }
}
