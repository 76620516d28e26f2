import Grids
import NeuralOperators

/// `mse` as a loss: mean over samples, points and fields of `(v - u)^2`, with `v` the prediction and `u` the truth.
public struct MSELossSettings: LossSettings, Equatable {
    /// The name in case files.
    public static let name = "mse"
    /// One line for `eddy list`.
    public static let summary = "mean over samples, points and fields of (v - u)^2"

    /// Weights of the fields; nil for the mean over all.
    public var fieldWeights: [Double]?

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .numbers("field-weights", \.fieldWeights, .nonnegative, "weights of the fields; left out: all count the same")
    ]

    /// Weights are not all zero.
    public mutating func resolve(_ checker: inout CaseChecker) { checkWeights(fieldWeights, &checker) }

    /// The mean squared error.
    public func makeLoss(on grid: Grid, fields: Int) throws(ProblemError) -> any Loss {
        MeanSquaredError(fields: try combination(fieldWeights, fields: fields))
    }
}
