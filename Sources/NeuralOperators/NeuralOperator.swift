import Autodiff
import Grids
import Tensors

/// What an operator maps: channels in and out, the grid it is trained on, and what holds at its sides.
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
    /// Frames of time in the output channels, which are ordered by frame, then by field; 1 for a map between fields.
    public var outputFrames: Int
    /// Where the points of each axis lie in its extent.
    public var locations: [Axis.Location]
    /// What holds at the two sides of each axis.
    public var boundary: [Boundary.Sides]
    /// What the operator gives where the output is zero in physical units, for each output channel; nil when it is not one number a channel.
    public var outputZero: [Double]?
    /// Input channels with the physical coordinates of every point of a curvilinear grid, one for each axis; empty on other grids.
    public var coordinateChannels: [Int]

    /// An interface; unless said otherwise every axis is non-periodic with points at both ends, its sides are open, and the output is one frame in
    /// physical units.
    public init(
        inputChannels: Int, outputChannels: Int, grid: [Int], periodic: [Bool]? = nil, scalarParameters: Int = 0, outputFrames: Int = 1,
        locations: [Axis.Location]? = nil, boundary: [Boundary.Sides]? = nil, coordinateChannels: [Int] = []
    ) {
        precondition(
            outputFrames >= 1 && outputChannels % outputFrames == 0, "\(outputFrames) frames in \(outputChannels) output channels")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.grid = grid
        self.periodic = periodic ?? locations?.map { $0 == .periodic } ?? grid.map { _ in false }
        self.scalarParameters = scalarParameters
        self.outputFrames = outputFrames
        self.locations = locations ?? self.periodic.map { $0 ? .periodic : .nodes }
        self.boundary = boundary ?? self.periodic.map { $0 ? .init(lower: .periodic, upper: .periodic) : .init(lower: .open, upper: .open) }
        outputZero = Array(repeating: 0, count: outputChannels)
        self.coordinateChannels = coordinateChannels
    }

    /// Reads an interface; what files of earlier versions lack has the value that they meant.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let outputChannels = try values.decode(Int.self, forKey: .outputChannels)
        let frames = try values.decodeIfPresent(Int.self, forKey: .outputFrames) ?? 1
        guard frames >= 1, outputChannels % frames == 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .outputFrames, in: values, debugDescription: "\(frames) frames in \(outputChannels) channels")
        }
        self.init(
            inputChannels: try values.decode(Int.self, forKey: .inputChannels), outputChannels: outputChannels,
            grid: try values.decode([Int].self, forKey: .grid), periodic: try values.decode([Bool].self, forKey: .periodic),
            scalarParameters: try values.decode(Int.self, forKey: .scalarParameters), outputFrames: frames,
            locations: try values.decodeIfPresent([Axis.Location].self, forKey: .locations),
            boundary: try values.decodeIfPresent([Boundary.Sides].self, forKey: .boundary),
            coordinateChannels: try values.decodeIfPresent([Int].self, forKey: .coordinateChannels) ?? [])
        outputZero = try values.decodeIfPresent([Double].self, forKey: .outputZero)
        let axes = grid.count
        guard axes >= 1, periodic.count == axes, locations.count == axes, boundary.count == axes, coordinateChannels.count <= axes,
            coordinateChannels.allSatisfy({ (0..<inputChannels).contains($0) }), outputZero.map({ $0.count == outputChannels }) ?? true
        else {
            throw DecodingError.dataCorruptedError(forKey: .grid, in: values, debugDescription: "lists that do not fit \(axes) axes")
        }
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
    /// Query points in the unit cube for operators that evaluate anywhere, `[point, axis]` or, each sample with its own, `[batch, point, axis]`;
    /// the grid of `fields` when absent.
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

    /// Into how many parts a batch of so many samples is best cut in training, for threads and ranks; 1 where most of the work serves all samples at
    /// once, and threads share operations instead.
    func shards(batch: Int) -> Int

    /// Builds the operator, declaring its parameters in `scope`.
    ///
    /// - Throws: `OperatorError` when a setting does not fit the interface.
    func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator
}

extension OperatorConfiguration {
    /// Scalar parameters are channels.
    public static var takesScalarParameters: Bool { false }

    /// Four.
    public func shards(batch: Int) -> Int { 4 }

    /// The same for a convolutional network whose widest level has so many channels: parts of eight samples, at most four, where these are more than 256,
    /// because every part transforms the weights anew and makes a gradient of all of them.
    func shards(batch: Int, widest channels: Int) -> Int { channels > 256 ? min(4, max(1, batch / 8)) : 4 }
}
