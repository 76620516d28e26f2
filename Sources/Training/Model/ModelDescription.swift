import Foundation
import Grids
import NeuralOperators

/// What a model file says about itself besides its weights: enough to run it without the case.
public struct ModelDescription: Codable, Equatable, Sendable {
    /// One channel of the input or output.
    public struct Channel: Codable, Equatable, Sendable {
        /// Name of the field.
        public var field: String
        /// What it is, in words.
        public var longName: String
        /// Physical unit.
        public var units: String
        /// Frame of the field relative to the first predicted one, for problems in time.
        public var frame: Int?

        /// A channel.
        public init(field: String, longName: String, units: String, frame: Int? = nil) {
            self.field = field
            self.longName = longName
            self.units = units
            self.frame = frame
        }
    }

    /// Version of this description; readers refuse newer ones.
    public var schema = ModelDescription.currentSchema
    /// What the model was made for, one line.
    public var title: String
    /// Name of the architecture.
    public var architecture: String
    /// What the operator maps.
    public var interface: OperatorInterface
    /// The channels of the input; the last `interface.scalarParameters` of them are numbers of a sample that the operator takes as such.
    public var inputs: [Channel]
    /// The channels of the output.
    public var outputs: [Channel]
    /// Whether the operator predicts the change from the last input frame instead of the next frames themselves; nil and false are the same.
    public var predictsChange: Bool?
    /// Whether the predicted fields are zero at the outermost nodes of every axis, set there by the model; nil and false are the same.
    public var vanishesOnBoundary: Bool?
    /// The grid of the training data.
    public var grid: Grid
    /// Conditions on the boundary.
    public var boundary: Boundary
    /// Content hash of the training data.
    public var trainingData: String
    /// The program that wrote the file.
    public var source: String
    /// The case with every default written out.
    public var caseText: String

    /// The version that this program writes.
    public static let currentSchema = 1

    /// A complete description.
    public init(
        title: String, architecture: String, interface: OperatorInterface, inputs: [Channel], outputs: [Channel], grid: Grid,
        boundary: Boundary, trainingData: String, source: String, caseText: String, predictsChange: Bool? = nil,
        vanishesOnBoundary: Bool? = nil
    ) {
        self.predictsChange = predictsChange
        self.vanishesOnBoundary = vanishesOnBoundary
        self.title = title
        self.architecture = architecture
        self.interface = interface
        self.inputs = inputs
        self.outputs = outputs
        self.grid = grid
        self.boundary = boundary
        self.trainingData = trainingData
        self.source = source
        self.caseText = caseText
    }
}
