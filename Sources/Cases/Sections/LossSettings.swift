import Grids
import NeuralOperators

/// The `loss` of the `[training]` section: what training makes small.
public protocol LossSettings: NamedSettings {
    /// The loss of `fields` predicted fields on a grid.
    ///
    /// - Throws: `ProblemError` when the settings fit neither the grid nor the number of fields.
    func makeLoss(on grid: Grid, fields: Int) throws(ProblemError) -> any Loss
}

extension Registry.Entry where Product == any LossSettings {
    /// The loss with settings of `type`.
    public init<Settings: LossSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}

extension LossSettings {
    /// How the fields make one number: one norm over all of them unless there are weights.
    func combination(_ weights: [Double]?, fields: Int) throws(ProblemError) -> FieldCombination {
        guard let weights else { return .joint }
        guard weights.count == fields else {
            throw ProblemError("training", "loss", "field-weights", allowed: "one weight for each of the \(fields) predicted fields")
        }
        return .separate(weights: weights)
    }

    /// Weights with a positive sum make sense.
    func checkWeights(_ weights: [Double]?, _ checker: inout CaseChecker) {
        if let weights, weights.reduce(0, +) == 0 { checker.reject("field-weights", allowed: "weights that are not all 0") }
    }

    static var fieldWeightsText: String {
        "weights of the fields, each measured by a norm of its own; left out: one norm over all fields"
    }
}
