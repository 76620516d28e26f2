import Autodiff
import Tensors

/// Settings of the classic U-Net.
///
/// Two 3x3 convolutions on each level, maximum pooling down, transposed convolutions up, one skip connection for each level; group
/// normalisation after each convolution, where the original has none.
///
/// ## References
/// O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image segmentation", MICCAI 2015, arXiv:1505.04597;
/// in the form of J. Gupta, J. Brandstetter, arXiv:2209.15616 (`Unetbase`).
public struct ClassicUNetConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "unet-classic"

    /// Fewer than four where the deepest level is wide.
    public func shards(batch: Int) -> Int { shards(batch: batch, widest: width << min(levels, 12)) }

    /// Channels on the grid of the field; they double with every level.
    public var width: Int
    /// How many times the grid is halved.
    public var levels: Int
    /// Whether convolutions are followed by group normalisation with one group.
    public var normalisation: Bool
    /// Nonlinearity.
    public var activation: Activation
    /// What lies outside the field for 3x3 convolutions.
    public var boundary: PaddingMode

    /// The published U-Net of 64 channels unless said otherwise.
    public init(
        width: Int = 64, levels: Int = 4, normalisation: Bool = true, activation: Activation = .gelu, boundary: PaddingMode = .zeros
    ) {
        self.width = width
        self.levels = levels
        self.normalisation = normalisation
        self.activation = activation
        self.boundary = boundary
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try ClassicUNet(self, interface, in: scope)
    }
}

/// The classic U-Net on two-dimensional fields.
struct ClassicUNet: NeuralOperator {
    private let configuration: ClassicUNetConfiguration
    private let lifting: ConvolutionBlock
    private let down: [ConvolutionBlock]
    private let refinement: [TransposedConvolution2D]
    private let up: [ConvolutionBlock]
    private let projection: Convolution2D

    init(_ configuration: ClassicUNetConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        for (setting, value, limit) in [("width", configuration.width, 65536), ("levels", configuration.levels, 12)] {
            guard (1...limit).contains(value) else {
                throw OperatorError.invalidSetting(
                    layer: ClassicUNetConfiguration.name, setting: setting, found: "\(value)", allowed: "1 to \(limit)")
            }
        }
        self.configuration = configuration
        let style = ConvolutionBlock.Style(
            boundary: configuration.boundary, normalisation: configuration.normalisation, activation: configuration.activation)
        let channels = (0...configuration.levels).map { configuration.width << $0 }
        lifting = ConvolutionBlock(interface.inputChannels, channels[0], style, in: scope["lifting"])
        down = (0..<configuration.levels).map { ConvolutionBlock(channels[$0], channels[$0 + 1], style, in: scope["down"][$0]) }
        refinement = (0..<configuration.levels).map {
            TransposedConvolution2D(channels[$0 + 1], channels[$0], kernel: 2, stride: 2, padding: 0, in: scope["refinement"][$0])
        }
        up = (0..<configuration.levels).map { ConvolutionBlock(channels[$0 + 1], channels[$0], style, in: scope["up"][$0]) }
        projection = Convolution2D(
            channels[0], interface.outputChannels, kernel: 3, padding: 1, mode: configuration.boundary, in: scope["projection"])
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        try validateHalvings(
            configuration.levels, of: grid, boundary: configuration.boundary, layer: ClassicUNetConfiguration.name, setting: "levels",
            found: "\(configuration.levels)")
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var skips = [lifting(input.fields)]
        for block in down { skips.append(skips[skips.count - 1].checkpointed { block($0.maximumPooled()) }) }
        var x = skips.removeLast()
        for level in (0..<configuration.levels).reversed() {
            x = x.tape.checkpointed([skips[level], x]) { up[level](.concatenate([$0[0], refinement[level]($0[1])], axis: 3)) }
        }
        return projection(x)
    }
}
