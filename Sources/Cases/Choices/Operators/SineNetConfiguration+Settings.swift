import Autodiff
import NeuralOperators
import Tensors

extension SineNetConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "U-Nets in sequence in 2 dimensions, with disentangled skip connections (Zhang et al. 2024)"

    /// The published SineNet with 8 waves.
    public init() { self.init(waves: 8) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("waves", \.waves, .range(1...256), "number of U-Nets in sequence"),
        .integer("width", \.width, .range(1...4096), "channels on the grid of the field"),
        .number("multiplier", \.multiplier, .range(0.1...16), "level l has floor(width multiplier^l) channels"),
        .integer("levels", \.levels, .range(1...12), "how many times a wave halves the grid"),
        .integer("blocks", \.blocks, .range(1...64), "convolution blocks of each level, down and up"),
        .choice("boundary", \.boundary, "what lies outside the field: zeros, or circular for periodic ones, or reflect, or replicate"),
        .choice("activation", \.activation, "nonlinearity"),
        .flag("normalisation", \.normalisation, "group normalisation with one group after each convolution"),
        .flag("residual", \.residual, "a linear bypass of each convolution block"),
        .flag("wave-residual", \.waveResidual, "each wave adds to its input"),
        .flag("disentangled", \.disentangled, "the way down sees the pooled input of the wave"),
        .choice("pooling", \.pooling, "how the grid is coarsened"),
        .choice("interpolation", \.interpolation, "how the grid is refined"),
        .choice("conditioning", \.conditioning, "how scalar parameters act, when there are any"),
    ]
}
