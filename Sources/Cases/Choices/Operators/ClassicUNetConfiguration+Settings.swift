import Autodiff
import NeuralOperators
import Tensors

extension ClassicUNetConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "the classic U-Net in 2 dimensions (Ronneberger et al. 2015)"

    /// The published U-Net of 64 channels.
    public init() { self.init(width: 64) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("width", \.width, .range(1...4096), "channels on the grid of the field; they double with every level"),
        .integer("levels", \.levels, .range(1...12), "how many times the grid is halved"),
        .flag("normalisation", \.normalisation, "group normalisation after each convolution"),
        .choice("activation", \.activation, "nonlinearity"),
        .choice("boundary", \.boundary, "what lies outside the field"),
    ]
}
