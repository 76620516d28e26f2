import Autodiff
import Tensors

/// Settings of the dilated residual network: blocks of 3x3 convolutions whose dilation rises and falls, so that a block sees far without
/// leaving the grid: `h <- f(C_e N(h))` for each dilation `e`, and the input of the block added at the end.
///
/// ## References
/// K. Stachenfeld et al., "Learned coarse models for efficient turbulence simulation", ICLR 2022, arXiv:2112.15275; in the form of
/// J. Gupta, J. Brandstetter, arXiv:2209.15616.
public struct DilatedResNetConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "dilated-resnet"

    /// Channels of the hidden fields.
    public var width: Int
    /// Number of residual blocks.
    public var blocks: Int
    /// Distances between neighbouring entries of the kernels of a block, in points.
    public var dilations: [Int]
    /// Whether each convolution is preceded by group normalisation with one group.
    public var normalisation: Bool
    /// Nonlinearity.
    public var activation: Activation
    /// What lies outside the field.
    public var boundary: PaddingMode
    /// Points added at the far end of both axes, which move the boundary away.
    public var paddingPoints: Int

    /// The published network of 128 channels unless said otherwise.
    public init(
        width: Int = 128, blocks: Int = 4, dilations: [Int] = [1, 2, 4, 8, 4, 2, 1], normalisation: Bool = true,
        activation: Activation = .gelu, boundary: PaddingMode = .zeros, paddingPoints: Int = 9
    ) {
        self.width = width
        self.blocks = blocks
        self.dilations = dilations
        self.normalisation = normalisation
        self.activation = activation
        self.boundary = boundary
        self.paddingPoints = paddingPoints
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try DilatedResNet(self, interface, in: scope)
    }
}

/// The dilated residual network on two-dimensional fields.
struct DilatedResNet: NeuralOperator {
    private struct Layer: Sendable {
        let normalisation: GroupNormalisation?
        let convolution: Convolution2D
    }

    private let configuration: DilatedResNetConfiguration
    private let lifting: [Linear]
    private let blocks: [[Layer]]
    private let projection: [Linear]

    init(_ configuration: DilatedResNetConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(
                    layer: DilatedResNetConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try check(configuration.width >= 1, "width", configuration.width, "1 or more")
        try check(configuration.blocks >= 1, "blocks", configuration.blocks, "1 or more")
        try check(
            !configuration.dilations.isEmpty && configuration.dilations.allSatisfy { $0 >= 1 }, "dilations", configuration.dilations,
            "at least one number, each 1 or more")
        try check(configuration.paddingPoints >= 0, "padding-points", configuration.paddingPoints, "0 or more")
        self.configuration = configuration
        let width = configuration.width
        lifting = [
            Linear(interface.inputChannels, width, in: scope["lifting"][0]), Linear(width, width, in: scope["lifting"][1]),
        ]
        blocks = (0..<configuration.blocks).map { block in
            configuration.dilations.enumerated().map { number, dilation in
                let part = scope["blocks"][block][number]
                return Layer(
                    normalisation: configuration.normalisation ? GroupNormalisation(width, in: part["normalisation"]) : nil,
                    convolution: Convolution2D(
                        width, width, kernel: 3, dilation: dilation, padding: dilation, mode: configuration.boundary,
                        in: part["convolution"]))
            }
        }
        projection = [
            Linear(width, width, in: scope["projection"][0]), Linear(width, interface.outputChannels, in: scope["projection"][1]),
        ]
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        guard grid.count == 2 else {
            throw OperatorError.shapeMismatch(layer: DilatedResNetConfiguration.name, found: grid, expected: "a two-dimensional grid")
        }
        let widest = configuration.dilations.max()!
        guard configuration.boundary != .reflect || grid.allSatisfy({ $0 + configuration.paddingPoints > 1 && $0 > 1 }) else {
            throw OperatorError.invalidSetting(
                layer: DilatedResNetConfiguration.name, setting: "dilations", found: "\(widest)",
                allowed: "a grid of 2 points or more along each axis with reflection")
        }
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        let activation = configuration.activation
        var x = lifting.reduce(input.fields) { activation($1($0)) }
        let (height, width) = (x.shape[1], x.shape[2])
        let points = configuration.paddingPoints
        x = x.padded(.init(top: 0, left: 0, bottom: points, right: points), mode: configuration.boundary)
        for block in blocks {
            x = x.checkpointed { x in
                block.reduce(x) { h, layer in activation(layer.convolution(layer.normalisation.map { $0(h) } ?? h)) } + x
            }
        }
        x = x.slice(axis: 1, 0..<height).slice(axis: 2, 0..<width)
        return projection[1](activation(projection[0](x)))
    }
}
