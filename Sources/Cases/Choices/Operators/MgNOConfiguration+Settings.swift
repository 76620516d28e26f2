import Autodiff
import NeuralOperators
import Tensors

extension MgNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "multigrid neural operator in 2 dimensions (He, Liu and Xu 2024)"

    /// The published configuration for Darcy flow with a rough coefficient.
    public init() { self.init(layers: 4) }

    /// Smoothing steps of each level on the way down.
    var preSmoothing: [Int] {
        get { levels.map(\.pre) }
        set { levels = newValue.enumerated().map { Level(pre: $1, post: $0 < levels.count ? levels[$0].post : 0) } }
    }

    /// Smoothing steps of each level on the way up.
    var postSmoothing: [Int] {
        get { levels.map(\.post) }
        set {
            for index in levels.indices { levels[index].post = index < newValue.count ? newValue[index] : 0 }
        }
    }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("layers", \.layers, .range(1...64), "number of nonlinear layers"),
        .integer("channels", \.channels, .range(1...4096), "channels of the solution in the V-cycle"),
        .integers(
            "pre-smoothing", \.preSmoothing, .range(0...16), count: 1...12, "smoothing steps of each level on the way down, finest first"),
        .integers("post-smoothing", \.postSmoothing, .range(0...16), count: 1...12, "smoothing steps of each level on the way up"),
        .choice("boundary", \.boundary, "what lies outside the field: zeros for Dirichlet, circular for periodic, reflect for Neumann"),
        .flag("bypass", \.bypass, "whether a pointwise map with bias is added to each V-cycle"),
        .flag("bias", \.bias, "whether smoothers and operators have biases"),
        .flag("normalisation", \.normalisation, "layer normalisation after each prolongation; ties the model to the training grid"),
        .flag("restricts-residual", \.restrictsResidual, "restrict the residual f - A u instead of f"),
        .flag("residual", \.residual, "predict the change of the input instead of the output"),
        .choice("activation", \.activation, "nonlinearity between layers"),
        .flag("growth", \.growth, "level l has l + 1 times the channels"),
        .choice(
            "transfers", \.transfers,
            "between levels: doubling works on any grid; matched has 3x3 prolongations to odd grids; inner sees nothing beyond the field"),
        .flag(
            "layer-normalisation", \.layerNormalisation, "layer normalisation of each V-cycle's result; ties the model to the training grid"
        ),
        .choice("head", \.head, "how the last hidden field becomes the output: a pointwise map, or one more V-cycle"),
    ]
}
