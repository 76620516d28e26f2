import Grids
import NeuralOperators

/// `relative-h1` as a loss: mean over the samples of `|v - u| / |u|` in H1, with `v` the prediction and `u` the truth.
public struct RelativeH1LossSettings: LossSettings, Equatable {
    /// How gradients are measured.
    public enum Gradient: String, CaseIterable, Sendable {
        case differences, spectral
    }

    /// What a wavenumber of the spectral gradient is.
    public enum Wavenumbers: String, CaseIterable, Sendable {
        /// `2 pi k / L`: the gradient in physical units; `L` is the number of points times their distance.
        case physical
        /// `k`, as in the loss of the MgNO paper.
        case integer
    }

    /// The name in case files.
    public static let name = "relative-h1"
    /// One line for `eddy list`.
    public static let summary = "mean over the samples of |v - u| / |u| in H1: values and first derivatives"

    /// How gradients are measured.
    public var gradient = Gradient.differences
    /// What a wavenumber is.
    public var wavenumbers = Wavenumbers.physical
    /// Wavenumbers from this on have no gradient; nil for none.
    public var cutoff: Int?
    /// Weights of the fields; nil for one norm over all.
    public var fieldWeights: [Double]?

    /// Settings at their defaults.
    public init() {}

    /// The keys of the table.
    public static let keys: [Key<Self>] = [
        .choice("gradient", \.gradient, "second-order differences, as in the metric of this name, or in Fourier space"),
        .choice("wavenumbers", \.wavenumbers, "of the spectral gradient: 2 pi k / L, or k alone as in the MgNO paper"),
        .integer("cutoff", \.cutoff, .positive, "wavenumbers k from this on count without their gradient (spectral); left out: none"),
        .numbers("field-weights", \.fieldWeights, .nonnegative, fieldWeightsText),
    ]

    /// Weights are not all zero; spectral options go with a spectral gradient.
    public mutating func resolve(_ checker: inout CaseChecker) {
        checkWeights(fieldWeights, &checker)
        guard gradient != .spectral else { return }
        if cutoff != nil { checker.reject("cutoff", allowed: "no cutoff unless gradient = \"spectral\"") }
        if wavenumbers != .physical { checker.reject("wavenumbers", allowed: "\"physical\" unless gradient = \"spectral\"") }
    }

    /// The relative H1 error.
    public func makeLoss(on grid: Grid, fields: Int) throws(ProblemError) -> any Loss {
        guard grid.isUniform else {
            throw ProblemError(
                "training", "loss", allowed: "losses without gradients on a grid that is not uniform: relative-l2, relative-l1, mse")
        }
        let fields = try combination(fieldWeights, fields: fields)
        switch gradient {
        case .differences:
            let periodic = grid.axes.map { $0.location == .periodic }
            return H1Loss(gradient: .differences(spacing: grid.axes.map(\.spacing), periodic: periodic), fields: fields)
        case .spectral:
            let factors = grid.axes.map { wavenumbers == .physical ? 2 * Double.pi / ($0.spacing * Double($0.count)) : 1 }
            return H1Loss(gradient: .spectral(factors: factors, cutoff: cutoff), fields: fields)
        }
    }
}
