import Autodiff
import NeuralOperators
import Tensors

extension DilatedResNetConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "dilated residual network in 2 dimensions (Stachenfeld et al. 2022)"

    /// The published network of 128 channels.
    public init() { self.init(width: 128) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields"),
        .integer("blocks", \.blocks, .range(1...64), "number of residual blocks"),
        .integers("dilations", \.dilations, .range(1...4096), count: 1...64, "dilations of the convolutions of a block"),
        .flag("normalisation", \.normalisation, "group normalisation before each convolution"),
        .choice("activation", \.activation, "nonlinearity"),
        .choice("boundary", \.boundary, "what lies outside the field"),
        .integer("padding-points", \.paddingPoints, .range(0...4096), "points added at the far end of both axes"),
    ]
}
