import Autodiff
import Tensors
import Transforms

/// Settings of the FNO of the `neuraloperator` library (version 2): lifting and projection perceptrons, centred modes, and in every block a
/// channel perceptron with a gated skip connection.
///
/// Block: `v <- s(F^-1 (R F v) + b + skip(v))`, then `v <- s(perceptron(v) + gate * v_in)` with `s` GELU, absent in the last block.
///
/// ## References
/// J. Kossaifi et al., "A library for learning neural operators", arXiv:2412.10354.
public struct NeuraloperatorFNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "neuraloperator-fno"

    /// What is added to the result of a layer.
    public enum Skip: String, Codable, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// The input.
        case identity
        /// A linear map of the channels of the input, without bias.
        case linear
        /// The input times a learned factor for each channel.
        case softGating = "soft-gating"
    }

    /// Kept wavenumbers along each axis, round zero; the last axis keeps `0...n/2`.
    public var modes: [Int]
    /// Channels of the hidden fields.
    public var width: Int
    /// Number of blocks.
    public var layers: Int
    /// Hidden channels of the lifting.
    public var lifting: Int
    /// Hidden channels of the projection.
    public var projection: Int
    /// Hidden channels of the perceptron in each block; 0 for no perceptron.
    public var channelMLP: Int
    /// Added to the spectral convolution.
    public var skip: Skip
    /// Added to the perceptron.
    public var channelSkip: Skip
    /// Coordinate channels appended to the input.
    public var coordinates: CoordinateChannels
    /// Whether the inverse transform moves odd leading axes by one wavenumber, as version 2.0.0 does (`fftshift` in place of `ifftshift`).
    public var shiftsOddAxes: Bool

    /// The library's defaults for a width.
    public init(
        modes: [Int] = [24, 24], width: Int = 32, layers: Int = 4, lifting: Int? = nil, projection: Int? = nil, channelMLP: Int? = nil,
        skip: Skip = .linear, channelSkip: Skip = .softGating, coordinates: CoordinateChannels = .unitPeriodic, shiftsOddAxes: Bool = false
    ) {
        self.modes = modes
        self.width = width
        self.layers = layers
        self.lifting = lifting ?? 2 * width
        self.projection = projection ?? 2 * width
        self.channelMLP = channelMLP ?? width / 2
        self.skip = skip
        self.channelSkip = channelSkip
        self.coordinates = coordinates
        self.shiftsOddAxes = shiftsOddAxes
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try interface.makeOperator(axes: modes.count) { try NeuraloperatorFNO(self, $0, in: scope) }
    }
}

/// The FNO of the `neuraloperator` library.
struct NeuraloperatorFNO: NeuralOperator {
    private enum SkipLayer: Sendable {
        case none, identity
        case linear(Linear)
        case gate(Parameter)

        init(_ kind: NeuraloperatorFNOConfiguration.Skip, width: Int, in scope: ParameterScope) {
            switch kind {
            case .none: self = .none
            case .identity: self = .identity
            case .linear: self = .linear(Linear(width, width, bias: false, in: scope))
            case .softGating: self = .gate(scope.real("weight", [width], .constant(1)))
            }
        }

        func add<Element: Scalar>(to y: Variable<Element>, from x: Variable<Element>) -> Variable<Element> {
            switch self {
            case .none: y
            case .identity: y + x
            case .linear(let map): y + map(x)
            case .gate(let weight): y + x * x.tape.parameter(weight)
            }
        }
    }

    private struct Block: Sendable {
        let weight: Parameter
        let bias: Parameter
        let skip: SkipLayer
        let perceptron: PointwiseMLP?
        let channelSkip: SkipLayer
    }

    private let configuration: NeuraloperatorFNOConfiguration
    private let lifting: PointwiseMLP
    private let blocks: [Block]
    private let projection: PointwiseMLP

    init(_ configuration: NeuraloperatorFNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(
                    layer: NeuraloperatorFNOConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try check((1...3).contains(interface.dimensions), "dimensions", interface.dimensions, "1 to 3")
        try check(
            configuration.modes.count == interface.dimensions && configuration.modes.allSatisfy { $0 >= 1 }, "modes", configuration.modes,
            "\(interface.dimensions) numbers of 1 or more, one for each axis")
        try check(configuration.width >= 1, "width", configuration.width, "1 or more")
        try check(configuration.layers >= 1, "layers", configuration.layers, "1 or more")
        try check(configuration.channelMLP >= 0, "channel-mlp", configuration.channelMLP, "0 or more")
        self.configuration = configuration
        let width = configuration.width
        let input = interface.inputChannels + configuration.coordinates.count(dimensions: interface.dimensions)
        let modes = FourierModes.centred(configuration.modes)
        let deviation = (2 / Double(2 * width)).squareRoot()
        lifting = PointwiseMLP(input, configuration.lifting, width, in: scope["lifting"])
        blocks = (0..<configuration.layers).map { number in
            let part = scope["layers"][number]
            return Block(
                weight: part["spectral"].complex("weight", [modes.count, width, width], .normal(standardDeviation: deviation)),
                bias: part["spectral"].real("bias", [width], .normal(standardDeviation: deviation)),
                skip: SkipLayer(configuration.skip, width: width, in: part["skip"]),
                perceptron: configuration.channelMLP > 0
                    ? PointwiseMLP(width, configuration.channelMLP, width, in: part["channel-mlp"]) : nil,
                channelSkip: configuration.channelMLP > 0
                    ? SkipLayer(configuration.channelSkip, width: width, in: part["channel-skip"]) : .none)
        }
        projection = PointwiseMLP(width, configuration.projection, interface.outputChannels, in: scope["projection"])
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        guard grid.count == configuration.modes.count, FourierModes.centred(configuration.modes).isResolved(by: grid) else {
            throw OperatorError.invalidSetting(
                layer: "\(NeuraloperatorFNOConfiguration.name) layers.0.spectral", setting: "modes", found: "\(configuration.modes)",
                allowed: "at most the \(grid.map(String.init).joined(separator: " x ")) points of the grid")
        }
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var v = lifting(configuration.coordinates.appended(to: input.fields))
        let grid = Array(v.shape[1..<(v.shape.count - 1)])
        let analysis = FourierModes.centred(configuration.modes)
        let synthesis = configuration.shiftsOddAxes ? shifted(analysis, on: grid) : analysis
        for (number, block) in blocks.enumerated() {
            let isLast = number == blocks.count - 1
            v = v.checkpointed { v in
                let spectral = v.fourierAnalysis(analysis, scale: 1 / Element(grid.reduce(1, *)))
                    .mixingModes(v.tape.parameter(block.weight)).fourierSynthesis(synthesis, grid: grid, scale: 1)
                    .addingBias(v.tape.parameter(block.bias))
                var next = block.skip.add(to: spectral, from: v)
                if !isLast { next = next.gelu() }
                if let perceptron = block.perceptron { next = block.channelSkip.add(to: perceptron(next), from: v) }
                return isLast ? next : next.gelu()
            }
        }
        return projection(v)
    }

    /// The wavenumbers at which coefficients come to lie when the inverse shifts by half the axis rounded down, as the forward transform did.
    private func shifted(_ modes: FourierModes, on grid: [Int]) -> FourierModes {
        let leading = zip(modes.leading, grid).map { list, n in
            n % 2 == 0 ? list : list.map { k in 2 * (k - 1) < -n ? k - 1 + n : k - 1 }
        }
        return FourierModes(leading: leading, last: modes.last)
    }
}
