import Autodiff
import NeuralOperators

extension GFNOConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary =
        "group-equivariant FNO in the plane, groups p4 and p4m, also in space and time, and hybrids (Helwig et al. 2023)"

    /// The published configuration for Navier-Stokes.
    public init() { self.init(group: .p4) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .choice("group", \.group, "p4: rotations by 90 degrees; p4m: reflections too"),
        .integer("modes", \.modes, .range(2...4096), "kept wavenumbers |k| < modes along both axes"),
        .integer(
            "time-modes", \.timeModes, .range(1...4096),
            "kept wavenumbers of time: predicts all output-frames at once in space and time; left out: in the plane"),
        .integer("time-padding", \.timePadding, .range(0...4096), "zeros after the last frame, in frames, in space and time"),
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields, each with a value for every group element"),
        .integer("layers", \.layers, .range(1...64), "number of layers"),
        .integer(
            "equivariant-layers", \.equivariantLayers, .range(1...64), "equivariant layers, the first ones (hybrid); left out: all"),
        .integer("plain-width", \.plainWidth, .range(1...4096), "channels of the layers of a hybrid that are not equivariant"),
        .choice("coordinates", \.coordinates, "coordinate channels appended to the input; symmetric keeps the equivariance"),
    ]
}
