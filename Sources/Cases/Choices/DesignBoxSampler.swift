import Solvers
import Tensors

/// `[sampler] name = "design-box"`: NACA sections deformed by the control nodes of a box round them.
public struct DesignBoxSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "design-box"
    /// One line for `eddy list`.
    public static let summary = "NACA sections deformed by seven free control nodes (the Geo-FNO paper's airfoils)"

    /// Largest displacement of a control node, in chords.
    public var amplitude = 0.05
    /// Thickness of the undeformed section, in chords.
    public var thickness = 0.12

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("amplitude", \.amplitude, .range(0...0.1), "largest displacement of a control node, in chords; each is uniform"),
        .number("thickness", \.thickness, .range(0.02...0.3), "thickness of the undeformed NACA section, in chords"),
    ]

    /// The shape that belongs to a stream of numbers.
    ///
    /// - Throws: `SolverError.invalidInput` for a shape whose surfaces cross.
    func shape(_ generator: Philox) throws -> AirfoilShape {
        try AirfoilShape(thickness: thickness, box: .random(generator, amplitude: amplitude))
    }
}
