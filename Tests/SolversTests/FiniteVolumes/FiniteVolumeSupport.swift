import Grids
import Numerics
import Tensors

/// A state `[y, x, field]` with the values of `fields` at the points of a grid.
func state(_ grid: Grid, _ fields: (_ x: Double, _ y: Double) -> [Double]) -> Tensor<Double> {
    var values = [Double]()
    for y in grid.axes[0].coordinates {
        for x in grid.axes[1].coordinates { values += fields(x, y) }
    }
    return Tensor(grid.shape + [values.count / grid.count], values)
}

/// Mean magnitude of the difference in one field.
func meanDifference(_ a: Tensor<Double>, _ b: Tensor<Double>, field: Int) -> Double {
    let count = a.shape[a.rank - 1]
    let sum = stride(from: field, to: a.count, by: count).reduce(0) { $0 + abs(a.basePointer[$1] - b.basePointer[$1]) }
    return sum / Double(a.count / count)
}

/// Sum over the cells of a function of the fields of each.
func total(_ a: Tensor<Double>, _ value: ([Double]) -> Double) -> Double {
    let count = a.shape[a.rank - 1]
    let scalars = a.scalars
    return stride(from: 0, to: a.count, by: count).reduce(0) { $0 + value(Array(scalars[$1..<$1 + count])) }
}

/// The state with the axes exchanged, and with them the components of the velocity (fields 1 and 2).
func transposed(_ a: Tensor<Double>) -> Tensor<Double> {
    let (rows, columns, count) = (a.shape[0], a.shape[1], a.shape[2])
    var values = [Double]()
    for x in 0..<columns {
        for y in 0..<rows {
            for field in 0..<count { values.append(a[y, x, field == 1 ? 2 : field == 2 ? 1 : field]) }
        }
    }
    return Tensor([columns, rows, count], values)
}

/// The mirror image in `x`.
func mirrored(_ a: Tensor<Double>) -> Tensor<Double> {
    let (rows, columns, count) = (a.shape[0], a.shape[1], a.shape[2])
    var values = [Double]()
    for y in 0..<rows {
        for x in 0..<columns {
            for field in 0..<count { values.append((field == 1 ? -1 : 1) * a[y, columns - 1 - x, field]) }
        }
    }
    return Tensor(a.shape, values)
}

/// `count x count` cells of a box from `lower` to `upper`.
func square(_ count: Int, from lower: Double = 0, to upper: Double = 1, _ location: Axis.Location = .centers) -> Grid {
    Grid(shape: [count, count], from: lower, to: upper, location: location)
}

/// One row of cells along `x`.
func tube(_ count: Int, from lower: Double = 0, to upper: Double = 1) -> Grid {
    Grid([Axis(name: "y", count: 1, location: .centers), Axis(name: "x", from: lower, to: upper, count: count, location: .centers)])
}

/// Open at both ends of `x`, periodic along `y`.
let tubeBoundary = Boundary([
    "x": Boundary.Sides(lower: .open, upper: .open), "y": Boundary.Sides(lower: .periodic, upper: .periodic),
])

/// Observed order from errors on grids of `n` and `2 n` cells.
func observedOrder(_ errors: [Double]) -> [Double] { zip(errors, errors.dropFirst()).map { Double.log2($0 / $1) } }
