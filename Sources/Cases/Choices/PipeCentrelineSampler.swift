import Solvers
import Tensors

/// `[sampler] name = "pipe-centreline"`: pipes whose centre lines are piecewise cubic.
public struct PipeCentrelineSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "pipe-centreline"
    /// One line for `eddy list`.
    public static let summary = "centre lines of cubic pieces between nodes of random height and slope (the Geo-FNO paper's pipes)"

    /// Number of nodes, ends included.
    public var nodes = 5
    /// Largest height of a node.
    public var height = 2.0
    /// Largest slope at a node.
    public var slope = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("nodes", \.nodes, .range(2...33), "nodes of the centre line, both ends included"),
        .number("height", \.height, .range(0...5), "largest height of a node; each is uniform on both sides of 0"),
        .number("slope", \.slope, .range(0...3), "largest slope at a node; each is uniform on both sides of 0"),
    ]

    /// The centre line that belongs to a stream of numbers.
    func centreline(_ generator: Philox, length: Double) -> PipeCentreline {
        .random(generator, length: length, nodes: nodes, height: height, slope: slope)
    }
}
