/// The `[physics]` section: the residual of the equation as a term of the loss, so that an operator learns from few solutions or from none.
public struct PhysicsSettings: CaseSettings, Equatable {
    /// How the residual of a sample makes one number.
    public enum Norm: String, CaseIterable, Sendable {
        /// The norm that bounds the error of the solution: of an elliptic equation the dual one, H^-1.
        case natural
        /// The root of the mean square at the points.
        case l2
    }

    /// Factor of the residual.
    public var weight = 1.0
    /// Factor of the loss against solutions.
    public var dataWeight = 1.0
    /// Further inputs that are drawn and never solved.
    public var samples = 0
    /// How the residual is measured.
    public var norm = Norm.natural

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("weight", \.weight, .nonnegative, "factor of the residual in the loss"),
        .number(
            "data-weight", \.dataWeight, .nonnegative,
            "factor of the loss against the solutions of the training file; 0: they are not looked at"),
        .integer(
            "samples", \.samples, .range(0...10_000_000),
            "further inputs, drawn from the sampler when training starts and never solved"),
        .choice(
            "norm", \.norm,
            "how a residual is measured: the norm that bounds the error of the solution (for elliptic equations H^-1), or root mean square"),
    ]

    /// Something must be made small.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if weight == 0, dataWeight == 0 { checker.reject("weight", allowed: "above 0 when data-weight is 0") }
    }
}
