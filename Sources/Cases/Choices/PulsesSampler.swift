import Grids
import Tensors

/// `[sampler] name = "pulses"`: a square wave, and half an ellipse if asked for.
public struct PulsesSampler: InitialFieldSampler, Equatable {
    /// The name in case files.
    public static let name = "pulses"
    /// One line for `eddy list`.
    public static let summary =
        "a square wave, with half an ellipse if asked for, in one dimension (the DeepONet comparison's advection data)"

    /// Whether there is an ellipse too.
    public var ellipse = false

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .flag("ellipse", \.ellipse, "a narrow square wave and half an ellipse (case III) instead of one wide square wave (case II)")
    ]

    /// The values of the pulses; they do not depend on the grid.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let pulses = ellipse ? RandomPulses.squareAndEllipse : .squareWave
        let axis = grid.axes[0]
        let positions = axis.coordinates.map { ($0 - axis.lower) / axis.length }
        return { Tensor([positions.count], pulses.sample($0, at: positions)) }
    }

    /// The law.
    public var initialAccount: String { ellipse ? "a square wave and half an ellipse" : "a square wave" }
}
