import Autodiff
import NeuralOperators
import Tensors

extension UNetConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "the modern U-Net of PDEArena in 2 dimensions (Gupta and Brandstetter 2022)"

    /// The published U-Net of 64 channels with normalisation.
    public init() { self.init(width: 64) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("width", \.width, .range(1...4096), "channels before the first level, a multiple of 8 with normalisation"),
        .integers(
            "multipliers", \.multipliers, .range(1...64), count: 1...12,
            "each level has so many times the channels of the one before it; their number is the number of levels"),
        .integer("blocks", \.blocks, .range(1...64), "residual blocks of each level on the way down; one more on the way up"),
        .integers("attention", \.attention, .range(0...11), count: 0...12, "levels with attention after each block; 0 is the finest"),
        .flag("middle-attention", \.middleAttention, "attention between all points at the turn"),
        .flag("normalisation", \.normalisation, "group normalisation before each convolution"),
        .choice("activation", \.activation, "nonlinearity"),
        .flag("pointwise-ends", \.pointwiseEnds, "pointwise lifting and projection, instead of 3x3 convolutions"),
        .choice("boundary", \.boundary, "what lies outside the field"),
        .choice("conditioning", \.conditioning, "how scalar parameters act, when there are any"),
    ]
}
