import Autodiff
import Foundation
import Tensors

/// Settings of SineNet: U-Nets in sequence ("waves"), each of which refines the field a little in time.
///
/// A wave goes down `levels` times (pooling by 2, then convolutions) and up again (interpolation by 2, the field of the same level on the way
/// down appended, then convolutions). On the way down the convolutions of a level also see the input of the wave itself, pooled to that level,
/// so that what is passed to the way up need not carry it (disentangled skip connections). The input of a wave is added to its output.
///
/// ## References
/// X. Zhang et al., "SineNet: learning temporal dynamics in time-dependent partial differential equations", ICLR 2024, arXiv:2403.19507.
public struct SineNetConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "sinenet"
    /// They are embedded and act in every block.
    public static let takesScalarParameters = true

    /// Fewer than four where the deepest level is wide.
    public func shards(batch: Int) -> Int { shards(batch: batch, widest: channels(level: levels)) }

    /// How a field is brought to the next coarser level.
    public enum Pooling: String, Codable, Sendable, CaseIterable {
        /// The mean of 2 x 2 points.
        case average
        /// The largest of 2 x 2 points.
        case maximum
    }

    /// Number of U-Nets in sequence.
    public var waves: Int
    /// Channels on the grid of the field.
    public var width: Int
    /// Level `l` has `floor(width multiplier^l)` channels.
    public var multiplier: Double
    /// How many times a wave halves the grid.
    public var levels: Int
    /// Convolution blocks of each level, on the way down and on the way up.
    public var blocks: Int
    /// What lies outside the field; circular also makes the interpolation periodic.
    public var boundary: PaddingMode
    /// Nonlinearity.
    public var activation: Activation
    /// Whether convolutions are followed by group normalisation with one group.
    public var normalisation: Bool
    /// Whether each convolution block has a linear bypass.
    public var residual: Bool
    /// Whether each wave adds to its input.
    public var waveResidual: Bool
    /// Whether the way down sees the pooled input of the wave.
    public var disentangled: Bool
    /// How the grid is coarsened.
    public var pooling: Pooling
    /// How the grid is refined.
    public var interpolation: Interpolation
    /// How scalar parameters act, when there are any.
    public var conditioning: Conditioning

    /// The published SineNet with 8 waves unless said otherwise.
    public init(
        waves: Int = 8, width: Int = 64, multiplier: Double = 1.425, levels: Int = 4, blocks: Int = 1, boundary: PaddingMode = .zeros,
        activation: Activation = .gelu, normalisation: Bool = true, residual: Bool = true, waveResidual: Bool = true,
        disentangled: Bool = true, pooling: Pooling = .average, interpolation: Interpolation = .bicubic,
        conditioning: Conditioning = .shift
    ) {
        self.waves = waves
        self.width = width
        self.multiplier = multiplier
        self.levels = levels
        self.blocks = blocks
        self.boundary = boundary
        self.activation = activation
        self.normalisation = normalisation
        self.residual = residual
        self.waveResidual = waveResidual
        self.disentangled = disentangled
        self.pooling = pooling
        self.interpolation = interpolation
        self.conditioning = conditioning
    }

    /// Channels of a level, 0 being the grid of the field.
    public func channels(level: Int) -> Int { Int(Double(width) * pow(multiplier, Double(level))) }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try SineNet(self, interface, in: scope)
    }
}

/// U-Nets in sequence on two-dimensional fields.
struct SineNet: NeuralOperator {
    /// Convolution blocks with bypasses: `h <- B(h) + L(h_in)` for the first, `h <- B(h) + h` for the others.
    private struct Stage: Sendable {
        let blocks: [ConvolutionBlock]
        let shortcut: Linear?

        init(
            input: Int, bypass: Int, output: Int, _ configuration: SineNetConfiguration, _ style: ConvolutionBlock.Style,
            in scope: ParameterScope
        ) {
            blocks = (0..<configuration.blocks).map { ConvolutionBlock($0 == 0 ? input : output, output, style, in: scope["blocks"][$0]) }
            shortcut = configuration.residual ? Linear(bypass, output, in: scope["shortcut"]) : nil
        }

        func callAsFunction<Element: Scalar>(
            _ x: Variable<Element>, bypass: Variable<Element>, embedding: Variable<Element>?
        ) -> Variable<Element> {
            var h = x
            for (number, block) in blocks.enumerated() {
                let next = block(h, embedding: embedding)
                h = shortcut.map { number == 0 ? $0(bypass, adding: next) : next + h } ?? next
            }
            return h
        }
    }

    private struct Wave: Sendable {
        let down: [Stage]
        let up: [Stage]
    }

    private let configuration: SineNetConfiguration
    private let embedding: ParameterEmbedding?
    private let lifting: Convolution2D
    private let waves: [Wave]
    private let projection: Convolution2D
    private let doubling: Doubling

    init(_ configuration: SineNetConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(
                    layer: SineNetConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try check(configuration.waves >= 1, "waves", configuration.waves, "1 or more")
        try check(configuration.levels >= 1, "levels", configuration.levels, "1 or more")
        try check(configuration.blocks >= 1, "blocks", configuration.blocks, "1 or more")
        try check(configuration.multiplier > 0, "multiplier", configuration.multiplier, "a positive number")
        let isConditioned = interface.scalarParameters > 0
        try check(
            configuration.width >= (isConditioned ? 2 : 1), "width", configuration.width,
            isConditioned ? "2 or more with scalar parameters" : "1 or more")
        let channels = (0...configuration.levels).map(configuration.channels)
        try check(
            channels.allSatisfy { (1...65536).contains($0) }, "multiplier", configuration.multiplier,
            "one that leaves 1 to 65536 channels on every level, not \(channels)")
        self.configuration = configuration
        let width = configuration.width
        embedding =
            isConditioned
            ? ParameterEmbedding(
                parameters: interface.scalarParameters, harmonics: width, activation: configuration.activation, in: scope["embedding"])
            : nil
        let style = ConvolutionBlock.Style(
            boundary: configuration.boundary, normalisation: configuration.normalisation, activation: configuration.activation,
            embedding: embedding?.channels, conditioning: configuration.conditioning)
        lifting = Convolution2D(interface.inputChannels, width, kernel: 3, padding: 1, mode: configuration.boundary, in: scope["lifting"])
        waves = (0..<configuration.waves).map { number in
            let part = scope["waves"][number]
            return Wave(
                down: (0..<configuration.levels).map { level in
                    let seesInput = configuration.disentangled && level > 0
                    return Stage(
                        input: channels[level] + (seesInput ? width : 0), bypass: channels[level], output: channels[level + 1],
                        configuration, style, in: part["down"][level])
                },
                up: (0..<configuration.levels).map { level in
                    Stage(
                        input: channels[level + 1] + channels[level], bypass: channels[level + 1], output: channels[level], configuration,
                        style, in: part["up"][level])
                })
        }
        projection = Convolution2D(
            width, interface.outputChannels, kernel: 3, padding: 1, mode: configuration.boundary, in: scope["projection"])
        doubling = Doubling(configuration.interpolation, isPeriodic: configuration.boundary == .circular)
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        try validateHalvings(
            configuration.levels, of: grid, boundary: configuration.boundary, layer: SineNetConfiguration.name, setting: "levels",
            found: "\(configuration.levels)")
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        precondition((embedding == nil) == (input.parameters == nil), "SineNet with and without scalar parameters")
        let embedded = embedding.map { $0(input.parameters!) }
        var x = lifting(input.fields)
        for wave in waves {
            x = x.tape.checkpointed([x] + (embedded.map { [$0] } ?? [])) { inputs in
                let y = applied(wave, to: inputs[0], embedding: embedded == nil ? nil : inputs[1])
                return configuration.waveResidual ? inputs[0] + y : y
            }
        }
        return projection(x)
    }

    private func applied<Element: Scalar>(
        _ wave: Wave, to x: Variable<Element>, embedding: Variable<Element>?
    ) -> Variable<Element> {
        var skips = [x]
        var pooledInput = x
        for (level, stage) in wave.down.enumerated() {
            var h = pooled(skips[level])
            let bypass = h
            if configuration.disentangled {
                // On the finest level both are the input of the wave.
                pooledInput = level == 0 ? h : pooled(pooledInput)
                if level > 0 { h = .concatenate([h, pooledInput], axis: 3) }
            }
            skips.append(stage(h, bypass: bypass, embedding: embedding))
        }
        var y = skips[wave.down.count]
        for (stage, skip) in zip(wave.up, skips).reversed() {
            let fine = doubling(y)
            y = stage(.concatenate([skip, fine], axis: 3), bypass: fine, embedding: embedding)
        }
        return y
    }

    private func pooled<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        switch configuration.pooling {
        case .average: x.averagePooled()
        case .maximum: x.maximumPooled()
        }
    }
}
