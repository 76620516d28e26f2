import NeuralOperators

/// `mse` as a loss: mean over samples, points and fields of `(v - u)^2`, with `v` the prediction and `u` the truth.
public struct MSELossSettings: LossSettings, Equatable {
    /// The name in case files.
    public static let name = "mse"
    /// One line for `eddy list`.
    public static let summary = "mean over samples, points and fields of (v - u)^2"

    /// Settings without keys.
    public init() {}

    /// No keys.
    public static let keys: [Key<Self>] = []

    /// The mean squared error.
    public func makeLoss(spacing: [Double], periodic: [Bool]) -> any Loss { MeanSquaredError() }
}
