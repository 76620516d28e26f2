import Grids
import Tensors

/// Random initial states of shallow water: a column of water at rest, higher than its surroundings, about the centre of the box.
///
/// ## References
/// M. Takamoto et al., "PDEBench: an extensive benchmark for scientific machine learning", arXiv:2210.07182: radial dam break, on [-2.5, 2.5]^2
/// with open sides, `g = 1`, to time 1.
public struct RadialDamBreak: Sendable {
    /// The grid `[y, x]` of the samples.
    public let grid: Grid
    /// Range of the radius of the column, from which it is drawn uniformly.
    public let radii: ClosedRange<Double>
    /// Height within the column.
    public let innerHeight: Double
    /// Height around it.
    public let outerHeight: Double
    /// Points along each side of a cell over which the height is averaged; with 1 it is the height at the centre.
    public let subcells: Int

    /// The law of the published data unless told otherwise.
    public init(
        grid: Grid, radii: ClosedRange<Double> = 0.3...0.7, innerHeight: Double = 2, outerHeight: Double = 1, subcells: Int = 1
    ) {
        precondition(grid.dimension == 2 && grid.isUniform, "radial dam break on the grid \(grid)")
        precondition(subcells >= 1, "\(subcells) points along the side of a cell")
        self.grid = grid
        self.radii = radii
        self.innerHeight = innerHeight
        self.outerHeight = outerHeight
        self.subcells = subcells
    }

    /// The radius that `generator` determines.
    public func radius(_ generator: Philox) -> Double {
        radii.lowerBound + (radii.upperBound - radii.lowerBound) * generator.uniform(at: 0)
    }

    /// The state `[y, x, field]` that `generator` determines: height, velocity along `x` and `y`.
    public func sample(_ generator: Philox) -> Tensor<Double> { state(radius: radius(generator)) }

    /// The state with a column of the given radius.
    public func state(radius: Double) -> Tensor<Double> {
        let centres = grid.axes.map { 0.5 * ($0.lower + $0.upper) }
        let coordinates = grid.axes.map(\.coordinates)
        let offsets = (0..<subcells).map { (Double($0) + 0.5) / Double(subcells) - 0.5 }
        let columns = grid.shape[1]
        var state = Tensor<Double>(grid.shape + [3])
        state.withUnsafeMutablePointer { target in
            for i in 0..<grid.count {
                let (y, x) = (coordinates[0][i / columns] - centres[0], coordinates[1][i % columns] - centres[1])
                var inside = 0
                for dy in offsets {
                    for dx in offsets {
                        let (v, u) = (y + dy * grid.axes[0].spacing, x + dx * grid.axes[1].spacing)
                        if u * u + v * v <= radius * radius { inside += 1 }
                    }
                }
                target[3 * i] = outerHeight + (innerHeight - outerHeight) * Double(inside) / Double(subcells * subcells)
            }
        }
        return state
    }
}
