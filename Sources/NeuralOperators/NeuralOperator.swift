import Autodiff
import Tensors

/// What an operator maps: channels in and out, the grid it is trained on, and which axes are periodic.
///
/// Nothing here names a dataset; the trainer derives it from one.
public struct OperatorInterface: Codable, Equatable, Sendable {
    /// Channels of the input field (all fields and time frames together), without the coordinates that the operator adds.
    public var inputChannels: Int
    /// Channels of the output field.
    public var outputChannels: Int
    /// Points along each axis of the training grid, slowest axis first: `[y, x]`.
    public var grid: [Int]
    /// Whether each axis is periodic.
    public var periodic: [Bool]
    /// Numbers that describe a whole sample (viscosity, Mach number, time step).
    public var scalarParameters: Int

    /// An interface; every axis is taken as non-periodic unless said otherwise.
    public init(inputChannels: Int, outputChannels: Int, grid: [Int], periodic: [Bool]? = nil, scalarParameters: Int = 0) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.grid = grid
        self.periodic = periodic ?? grid.map { _ in false }
        self.scalarParameters = scalarParameters
    }

    /// Number of space (or space-time) axes.
    public var dimensions: Int { grid.count }
}

/// What an operator is applied to.
public struct OperatorInput<Element: Scalar> {
    /// Input fields, `[batch, x..., channel]`.
    public var fields: Variable<Element>
    /// Scalar parameters of each sample, `[batch, parameter]`, when the operator takes any.
    public var parameters: Variable<Element>?
    /// Query points `[point, axis]` in the unit cube for operators that evaluate anywhere; the grid of `fields` when absent.
    public var queries: Variable<Element>?

    /// An input of fields alone, or with parameters and query points.
    public init(_ fields: Variable<Element>, parameters: Variable<Element>? = nil, queries: Variable<Element>? = nil) {
        self.fields = fields
        self.parameters = parameters
        self.queries = queries
    }
}

/// A map between fields with learned parameters: `[batch, x..., input channels] -> [batch, x..., output channels]`.
///
/// A conformer is a struct of layers that hold parameter handles; values are looked up on the tape of the input, so the same operator
/// runs in Float and Double and on many threads at once.
public protocol NeuralOperator: Sendable {
    /// Applies the operator to a batch.
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element>

    /// Checks that the operator can be applied on a grid (number of points along each axis).
    ///
    /// - Throws: `OperatorError` that names the layer, what was found and what is allowed.
    func validate(grid: [Int]) throws
}

extension NeuralOperator {
    /// Every grid is allowed.
    public func validate(grid: [Int]) throws {}

    /// Applies the operator to fields alone.
    public func callAsFunction<Element: Scalar>(_ fields: Variable<Element>) -> Variable<Element> { self(OperatorInput(fields)) }
}

/// The settings of an architecture: what a case says about it and what a model file stores.
public protocol OperatorConfiguration: Codable, Equatable, Sendable {
    /// Name in cases and model files.
    static var name: String { get }

    /// Whether numbers of a whole sample (viscosity, time step) enter as `OperatorInput.parameters`; otherwise they are channels that are constant in
    /// space.
    static var takesScalarParameters: Bool { get }

    /// Builds the operator, declaring its parameters in `scope`.
    ///
    /// - Throws: `OperatorError` when a setting does not fit the interface.
    func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator
}

extension OperatorConfiguration {
    /// Scalar parameters are channels.
    public static var takesScalarParameters: Bool { false }
}
