import NeuralOperators

/// `relative-h1` as a loss: mean over the samples of `|v - u| / |u|` in H1, with `v` the prediction and `u` the truth.
public struct RelativeH1LossSettings: LossSettings, Equatable {
    /// The name in case files.
    public static let name = "relative-h1"
    /// One line for `eddy list`.
    public static let summary = "mean over the samples of |v - u| / |u| in H1: values and first derivatives"

    /// Settings without keys.
    public init() {}

    /// No keys.
    public static let keys: [Key<Self>] = []

    /// Values and second-order differences, as in the metric of the same name.
    public func makeLoss(spacing: [Double], periodic: [Bool]) -> any Loss {
        H1Loss(gradient: .differences(spacing: spacing, periodic: periodic))
    }
}
