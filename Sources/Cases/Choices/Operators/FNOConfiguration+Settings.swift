import Autodiff
import NeuralOperators

extension FNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "Fourier neural operator in 1, 2 or 3 dimensions (Li et al. 2021)"

    /// The published configuration for Darcy flow.
    public init() { self.init(modes: [12, 12]) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("modes", \.modes, .atLeast(1), count: 1...3, "kept wavenumbers along each axis, slowest axis first"),
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields"),
        .integer("layers", \.layers, .range(1...64), "number of Fourier layers"),
        .integer("projection", \.projection, .range(1...65536), "hidden channels of the projection"),
        .choice("coordinates", \.coordinates, "coordinate channels appended to the input"),
        .number("padding", \.padding, .range(0...1), "zeros at the far end of non-periodic axes, as a fraction of the axis"),
        .choice("activation", \.activation, "nonlinearity between layers"),
    ]
}
