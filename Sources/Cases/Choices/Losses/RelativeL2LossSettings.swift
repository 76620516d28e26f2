import Grids
import NeuralOperators

/// `relative-l2` as a loss: mean over the samples of `|v - u| / |u|` in L2, with `v` the prediction and `u` the truth.
public struct RelativeL2LossSettings: LossSettings, Equatable {
    /// The name in case files.
    public static let name = "relative-l2"
    /// One line for `eddy list`.
    public static let summary = "mean over the samples of |v - u| / |u| in L2"

    /// Weights of the fields; nil for one norm over all.
    public var fieldWeights: [Double]?

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [.numbers("field-weights", \.fieldWeights, .nonnegative, fieldWeightsText)]

    /// Weights are not all zero.
    public mutating func resolve(_ checker: inout CaseChecker) { checkWeights(fieldWeights, &checker) }

    /// The relative L2 error.
    public func makeLoss(on grid: Grid, fields: Int) throws(ProblemError) -> any Loss {
        L2Loss(fields: try combination(fieldWeights, fields: fields))
    }
}
