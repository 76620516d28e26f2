import Autodiff
import Tensors

/// Settings of the modern U-Net of PDEArena: wide residual blocks with group normalisation, strided convolutions down and transposed ones
/// up, and a skip connection after every block.
///
/// Scalar parameters of the interface are embedded and act in every block, as a shift or as a factor and a shift (AdaGN).
///
/// ## References
/// J. Gupta, J. Brandstetter, "Towards multi-spatiotemporal-scale generalized PDE modeling", arXiv:2209.15616.
public struct UNetConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "unet"
    /// They are embedded and act in every block.
    public static let takesScalarParameters = true

    /// Fewer than four where the deepest level is wide.
    public func shards(batch: Int) -> Int { shards(batch: batch, widest: multipliers.reduce(width, *)) }

    /// Channels before the first level.
    public var width: Int
    /// Level `l` has `multipliers[l]` times the channels of the one before it; their number is the number of levels.
    public var multipliers: [Int]
    /// Residual blocks of each level on the way down; the way up has one more.
    public var blocks: Int
    /// Levels whose blocks are followed by attention between all points.
    public var attention: [Int]
    /// Whether there is attention at the turn.
    public var middleAttention: Bool
    /// Whether blocks begin with group normalisation with one group; before the projection there are 8 groups.
    public var normalisation: Bool
    /// Nonlinearity.
    public var activation: Activation
    /// Whether lifting and projection are pointwise, not 3x3 convolutions.
    public var pointwiseEnds: Bool
    /// What lies outside the field for convolutions; transposed convolutions see zeros.
    public var boundary: PaddingMode
    /// How scalar parameters act, when there are any.
    public var conditioning: Conditioning

    /// The published U-Net of 64 channels with normalisation unless said otherwise.
    public init(
        width: Int = 64, multipliers: [Int] = [1, 2, 2, 4], blocks: Int = 2, attention: [Int] = [], middleAttention: Bool = false,
        normalisation: Bool = true, activation: Activation = .gelu, pointwiseEnds: Bool = false, boundary: PaddingMode = .zeros,
        conditioning: Conditioning = .shift
    ) {
        self.width = width
        self.multipliers = multipliers
        self.blocks = blocks
        self.attention = attention
        self.middleAttention = middleAttention
        self.normalisation = normalisation
        self.activation = activation
        self.pointwiseEnds = pointwiseEnds
        self.boundary = boundary
        self.conditioning = conditioning
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try UNet(self, interface, in: scope)
    }
}

/// The modern U-Net on two-dimensional fields.
struct UNet: NeuralOperator {
    /// A residual block, perhaps followed by attention.
    private struct Stage: Sendable {
        let block: ResidualBlock
        let attention: SpatialAttention?

        init(_ input: Int, _ output: Int, _ style: ConvolutionBlock.Style, attention hasAttention: Bool, in scope: ParameterScope) {
            block = ResidualBlock(input, output, style, in: scope["block"])
            attention = hasAttention ? SpatialAttention(output, in: scope["attention"]) : nil
        }

        func callAsFunction<Element: Scalar>(
            _ x: Variable<Element>, skip: Variable<Element>? = nil, _ embedding: Variable<Element>?
        ) -> Variable<Element> {
            x.tape.checkpointed([x] + [skip, embedding].compactMap(\.self)) { inputs in
                let x = skip == nil ? inputs[0] : .concatenate([inputs[0], inputs[1]], axis: 3)
                let y = block(x, embedding: embedding == nil ? nil : inputs.last)
                return attention.map { $0(y) } ?? y
            }
        }
    }

    private struct Level: Sendable {
        let down: [Stage]
        let up: [Stage]
        /// Between this level and the next coarser one; absent on the coarsest.
        let coarsening: Convolution2D?
        let refinement: TransposedConvolution2D?
    }

    /// Groups of the normalisation before the projection.
    private static let lastGroups = 8

    private let configuration: UNetConfiguration
    private let embedding: ParameterEmbedding?
    private let lifting: Convolution2D
    private let levels: [Level]
    private let middle: (first: Stage, second: ResidualBlock)
    private let normalisation: GroupNormalisation?
    private let projection: Convolution2D

    init(_ configuration: UNetConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(layer: UNetConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        let count = configuration.multipliers.count
        try check(
            count >= 1 && configuration.multipliers.allSatisfy { $0 >= 1 }, "multipliers", configuration.multipliers,
            "at least one number, each 1 or more")
        try check(configuration.blocks >= 1, "blocks", configuration.blocks, "1 or more")
        try check(
            configuration.attention.allSatisfy((0..<count).contains), "attention", configuration.attention,
            "levels from 0 to \(count - 1)")
        let isConditioned = interface.scalarParameters > 0
        let width = configuration.width
        if configuration.normalisation {
            try check(
                width >= 1 && width % Self.lastGroups == 0, "width", width,
                "a multiple of \(Self.lastGroups) with normalisation, which ends with \(Self.lastGroups) groups")
        } else {
            try check(width >= (isConditioned ? 2 : 1), "width", width, isConditioned ? "2 or more with scalar parameters" : "1 or more")
        }
        self.configuration = configuration
        embedding =
            isConditioned
            ? ParameterEmbedding(
                parameters: interface.scalarParameters, harmonics: width, activation: configuration.activation, in: scope["embedding"])
            : nil
        let style = ConvolutionBlock.Style(
            boundary: configuration.boundary, normalisation: configuration.normalisation, activation: configuration.activation,
            embedding: embedding?.channels, conditioning: configuration.conditioning)
        let kernel = configuration.pointwiseEnds ? 1 : 3
        lifting = Convolution2D(
            interface.inputChannels, width, kernel: kernel, padding: kernel / 2, mode: configuration.boundary, in: scope["lifting"])
        var before = width
        levels = configuration.multipliers.enumerated().map { number, multiplier in
            let part = scope["levels"][number]
            let channels = before * multiplier
            defer { before = channels }
            let hasAttention = configuration.attention.contains(number)
            let isCoarsest = number == count - 1
            return Level(
                down: (0..<configuration.blocks).map {
                    Stage($0 == 0 ? before : channels, channels, style, attention: hasAttention, in: part["down"][$0])
                },
                up: (0...configuration.blocks).map {
                    let output = $0 == configuration.blocks ? before : channels
                    return Stage(channels + output, output, style, attention: hasAttention, in: part["up"][$0])
                },
                coarsening: isCoarsest
                    ? nil
                    : Convolution2D(
                        channels, channels, kernel: 3, stride: 2, padding: 1, mode: configuration.boundary, in: part["coarsening"]),
                refinement: isCoarsest
                    ? nil : TransposedConvolution2D(channels, channels, kernel: 4, stride: 2, padding: 1, in: part["refinement"]))
        }
        middle = (
            Stage(before, before, style, attention: configuration.middleAttention, in: scope["middle"]["first"]),
            ResidualBlock(before, before, style, in: scope["middle"]["second"])
        )
        normalisation = configuration.normalisation ? GroupNormalisation(width, groups: Self.lastGroups, in: scope["normalisation"]) : nil
        projection = Convolution2D(
            width, interface.outputChannels, kernel: kernel, padding: kernel / 2, mode: configuration.boundary,
            initializer: isConditioned ? .constant(0) : nil, in: scope["projection"])
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        try validateHalvings(
            levels.count - 1, of: grid, boundary: configuration.boundary, layer: UNetConfiguration.name, setting: "multipliers",
            found: "\(configuration.multipliers)")
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        precondition((embedding == nil) == (input.parameters == nil), "a U-Net with and without scalar parameters")
        let embedded = embedding.map { $0(input.parameters!) }
        var x = lifting(input.fields)
        var skips = [x]
        for level in levels {
            for stage in level.down {
                x = stage(x, embedded)
                skips.append(x)
            }
            if let coarsening = level.coarsening {
                x = coarsening(x)
                skips.append(x)
            }
        }
        x = middle.second(middle.first(x, embedded), embedding: embedded)
        for level in levels.reversed() {
            if let refinement = level.refinement { x = refinement(x) }
            for stage in level.up { x = stage(x, skip: skips.removeLast(), embedded) }
        }
        return projection(normalisation.map { $0(x, configuration.activation) } ?? configuration.activation(x))
    }
}
