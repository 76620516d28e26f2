import Datasets
import Training

/// What an operator learns of a problem: a map from some fields of a sample to others, or a step in time.
public struct LearningTask: Sendable, Equatable {
    /// Names of the input fields; in time those that stay the same (coefficients, forcings, parameters).
    public var inputs: [String]
    /// Names of the predicted fields; in time those that evolve, earlier frames of which are inputs too.
    public var outputs: [String]
    /// Maps of the domain onto itself that turn solutions into solutions.
    public var symmetries: DomainSymmetries
    /// Whether the outputs evolve in time.
    public var isEvolution: Bool

    /// A map between fields of the same sample, or a step in time.
    public init(inputs: [String], outputs: [String], symmetries: DomainSymmetries = .none, isEvolution: Bool = false) {
        self.inputs = inputs
        self.outputs = outputs
        self.symmetries = symmetries
        self.isEvolution = isEvolution
    }

    /// The task of a trained model.
    init(_ description: ModelDescription) {
        self.init(inputs: description.constantInputs, outputs: description.stateFields, isEvolution: description.window != nil)
    }

    /// Checks that a file has every field of the task.
    ///
    /// - Throws: `DatasetsError.missingField`.
    func check(_ file: DatasetFile) throws {
        for name in inputs + outputs where file.schema.field(name) == nil {
            throw DatasetsError.missingField(path: file.path, field: name, available: file.fields.map(\.name))
        }
    }
}
