import NeuralOperators

/// `relative-l2` as a loss: mean over the samples of `|v - u| / |u|` in L2, with `v` the prediction and `u` the truth.
public struct RelativeL2LossSettings: LossSettings, Equatable {
    /// The name in case files.
    public static let name = "relative-l2"
    /// One line for `eddy list`.
    public static let summary = "mean over the samples of |v - u| / |u| in L2"

    /// Settings without keys.
    public init() {}

    /// No keys.
    public static let keys: [Key<Self>] = []

    /// One norm over all points and fields.
    public func makeLoss(spacing: [Double], periodic: [Bool]) -> any Loss { L2Loss() }
}
