import Tensors

/// Independent standard normal numbers on the cells of a fixed grid, constant in each cell.
///
/// The cells do not depend on the grid of the samples: a grid of twice as many cells shows the same function, each number on two cells of every axis,
/// so that a solution can be computed finer from the same initial values. White noise proper has no limit on fine grids.
public struct CellNoise: Hashable, Codable, Sendable {
    /// Cells along each axis, slowest first.
    public var cells: [Int]
    /// Standard deviation of the numbers.
    public var deviation: Double

    /// Noise on `cells`.
    public init(cells: [Int], deviation: Double = 1) {
        precondition(!cells.isEmpty && cells.allSatisfy { $0 > 0 } && deviation >= 0, "noise of \(deviation) on cells \(cells)")
        self.cells = cells
        self.deviation = deviation
    }

    /// The sample that `generator` determines, of `shape`, whole multiples of `cells`.
    public func sample(_ generator: Philox, shape: [Int]) -> Tensor<Double> {
        precondition(
            shape.count == cells.count && zip(shape, cells).allSatisfy { $0 > 0 && $0 % $1 == 0 },
            "a grid of \(shape) for noise on \(cells) cells: whole multiples are needed")
        let numbers = generator.normals(cells.reduce(1, *))
        let repeats = zip(shape, cells).map { $0 / $1 }
        let values = (0..<shape.reduce(1, *)).map { position in
            var (rest, cell, stride) = (position, 0, 1)
            for axis in shape.indices.reversed() {
                cell += rest % shape[axis] / repeats[axis] * stride
                rest /= shape[axis]
                stride *= cells[axis]
            }
            return deviation * numbers[cell]
        }
        return Tensor(shape, values)
    }
}
