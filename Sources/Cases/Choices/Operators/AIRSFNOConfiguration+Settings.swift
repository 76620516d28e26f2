import Autodiff
import NeuralOperators

extension AIRSFNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "the FNO that the G-FNO paper compares with, a perceptron in each layer (Helwig et al. 2023)"

    /// The published baseline on Navier-Stokes.
    public init() { self.init(width: 20) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("modes", \.modes, .atLeast(1), count: 2...3, "kept wavenumbers along each axis, slowest axis first"),
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields"),
        .integer("layers", \.layers, .range(1...64), "number of layers"),
        .choice("coordinates", \.coordinates, "coordinate channels appended to the input"),
    ]
}
