import Autodiff
import NeuralOperators

extension FactorizedFNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "factorised FNO: spectral convolutions along single axes, in 1, 2 or 3 dimensions (Tran et al. 2023)"

    /// The published configuration for Navier-Stokes.
    public init() { self.init(width: 64) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("modes", \.modes, .atLeast(1), count: 1...3, "kept wavenumbers along each axis, slowest axis first"),
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields"),
        .integer("layers", \.layers, .range(1...256), "number of layers"),
        .integer("expansion", \.expansion, .range(1...64), "hidden channels of the perceptrons, as a multiple of the width"),
        .integer("perceptron-layers", \.perceptronLayers, .range(1...16), "linear maps of each perceptron, with ReLU between them"),
        .flag("shared-kernels", \.sharedKernels, "all layers share the spectral weights"),
        .flag("shared-perceptrons", \.sharedPerceptrons, "all layers share the perceptron"),
        .flag("weight-normalisation", \.weightNormalisation, "linear maps are stored as directions and magnitudes"),
        .flag("layer-normalisation", \.layerNormalisation, "each perceptron ends with layer normalisation"),
        .integer("projection", \.projection, .range(1...65536), "hidden channels of the projection"),
        .choice("coordinates", \.coordinates, "coordinate channels appended to the input"),
    ]
}
