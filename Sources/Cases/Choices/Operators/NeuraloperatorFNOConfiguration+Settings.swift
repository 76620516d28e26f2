import Autodiff
import NeuralOperators

extension NeuraloperatorFNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "the FNO of the neuraloperator library, version 2 (Kossaifi et al. 2024)"

    /// The library's defaults for two dimensions and 32 channels.
    public init() { self.init(width: 32) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("modes", \.modes, .atLeast(1), count: 1...3, "kept wavenumbers round zero along each axis; half in the last"),
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields"),
        .integer("layers", \.layers, .range(1...64), "number of blocks"),
        .integer("lifting", \.lifting, .range(1...65536), "hidden channels of the lifting"),
        .integer("projection", \.projection, .range(1...65536), "hidden channels of the projection"),
        .integer("channel-mlp", \.channelMLP, .range(0...65536), "hidden channels of the perceptron in each block; 0: none"),
        .choice("skip", \.skip, "what is added to the spectral convolution"),
        .choice("channel-skip", \.channelSkip, "what is added to the perceptron"),
        .choice("coordinates", \.coordinates, "coordinate channels appended to the input"),
    ]
}
