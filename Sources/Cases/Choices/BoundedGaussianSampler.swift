import Grids
import Numerics
import Tensors

/// `[sampler] name = "bounded-gaussian"`: a coefficient that a Gaussian random field moves within bounds.
public struct BoundedGaussianSampler: CoefficientSampler, Equatable {
    /// The name in case files.
    public static let name = "bounded-gaussian"
    /// One line for `eddy list`.
    public static let summary = "mean + amplitude tanh(g), g a Gaussian random field (wave speeds of Helmholtz data)"

    /// Mean of the coefficient.
    public var mean = 20.0
    /// Largest departure from it.
    public var amplitude = 1.0
    /// Inverse length scale of the field.
    public var tau = 3.0
    /// Decay of its spectrum.
    public var alpha = 2.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("mean", \.mean, .positive, "mean of the coefficient"),
        .number("amplitude", \.amplitude, .positive, "largest departure from the mean"),
        .number("tau", \.tau, .positive, "inverse length scale of the field g ~ N(0, (-Laplace + tau^2)^-alpha)"),
        .number("alpha", \.alpha, .above(1), "decay of the spectrum of g"),
    ]

    /// The coefficient stays positive.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if amplitude >= mean { checker.reject("amplitude", allowed: "less than the mean") }
    }

    /// `mean + amplitude tanh(g)`.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let field = ResolvedGaussianField(.darcy(tau: tau, alpha: alpha), basis: .cosine, on: grid, native: native)
        let (mean, amplitude) = (mean, amplitude)
        return { generator in
            let values = field.sample(generator)
            return Tensor(values.shape, values.scalars.map { mean + amplitude * Double.tanh($0) })
        }
    }

    /// Values and law.
    public var coefficientAccount: String { "\(mean) + \(amplitude) tanh(g), g ~ N(0, (-Laplace + \(tau)^2)^-\(alpha))" }
}
