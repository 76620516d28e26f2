import Grids
import Numerics
import Tensors

/// `[sampler] name = "log-normal"`: the exponential of a Gaussian random field.
public struct LogNormalSampler: CoefficientSampler, Equatable {
    /// The name in case files.
    public static let name = "log-normal"
    /// One line for `eddy list`.
    public static let summary = "a smooth coefficient exp(g), g a Gaussian random field (the FNO paper's second law)"

    /// Inverse length scale of the field.
    public var tau = 3.0
    /// Decay of its spectrum.
    public var alpha = 2.0
    /// Factor of the field in the exponent.
    public var scale = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("tau", \.tau, .positive, "inverse length scale of the field g ~ N(0, (-Laplace + tau^2)^-alpha)"),
        .number("alpha", \.alpha, .above(1), "decay of the spectrum of g"),
        .number("scale", \.scale, .positive, "factor of g in the exponent"),
    ]

    /// `exp(scale g)`.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let field = ResolvedGaussianField(.darcy(tau: tau, alpha: alpha), basis: .cosine, on: grid, native: native)
        let scale = scale
        return { generator in
            let values = field.sample(generator)
            return Tensor(values.shape, values.scalars.map { Double.exp(scale * $0) })
        }
    }

    /// Values and law.
    public var coefficientAccount: String { "exp(\(scale) g), g ~ N(0, (-Laplace + \(tau)^2)^-\(alpha))" }
}
