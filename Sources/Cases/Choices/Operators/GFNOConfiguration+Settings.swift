import Autodiff
import NeuralOperators

extension GFNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "group-equivariant FNO in 2 dimensions, groups p4 and p4m (Helwig et al. 2023)"

    /// The published configuration for Navier-Stokes.
    public init() { self.init(group: .p4) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .choice("group", \.group, "p4: rotations by 90 degrees; p4m: reflections too"),
        .integer("modes", \.modes, .range(2...4096), "kept wavenumbers |k| < modes along both axes"),
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields, each with a value for every group element"),
        .integer("layers", \.layers, .range(1...64), "number of layers"),
        .choice("coordinates", \.coordinates, "coordinate channels appended to the input; symmetric keeps the equivariance"),
    ]
}
