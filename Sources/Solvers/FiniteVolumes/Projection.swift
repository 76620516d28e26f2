/// Makes the velocity on a staggered grid free of divergence: `v - grad phi` with `Lap phi = div v` and no flow through the walls.
///
/// The Laplacian is the divergence of the difference quotient, inverted by cosine transforms: what is left of the divergence is rounding.
///
/// ## References
/// A. J. Chorin, "Numerical solution of the Navier-Stokes equations", Math. Comp. 22 (1968) 745, doi:10.1090/S0025-5718-1968-0242392-2.
final class Projection {
    private let poisson: FastPoisson<Double>
    private let rows: Int
    private let columns: Int
    private let spacing: (x: Double, y: Double)
    private let memory: UnsafeMutableRawPointer

    init(rows: Int, columns: Int, spacing: (x: Double, y: Double)) {
        (self.rows, self.columns, self.spacing) = (rows, columns, spacing)
        poisson = FastPoisson(axes: [
            .neumannCells(count: rows, length: spacing.y * Double(rows)),
            .neumannCells(count: columns, length: spacing.x * Double(columns)),
        ])
        memory = .allocate(byteCount: rows * columns * MemoryLayout<Double>.stride, alignment: 64)
        memory.bindMemory(to: Double.self, capacity: rows * columns).update(repeating: 0, count: rows * columns)
    }

    deinit { memory.deallocate() }

    private var potential: UnsafeMutablePointer<Double> { memory.assumingMemoryBound(to: Double.self) }

    /// Projects the velocity; its ghost cells are not touched.
    func project(_ fields: StaggeredFields) {
        setWalls(fields)
        writeDivergence(fields, factor: -1)
        poisson.solve(UnsafePointer(potential), into: potential)
        subtractGradient(fields)
    }

    /// The largest magnitude of the divergence of a cell.
    func largestDivergence(_ fields: StaggeredFields) -> Double {
        writeDivergence(fields, factor: 1)
        return (0..<rows * columns).reduce(0) { max($0, abs(potential[$1])) }
    }

    private func setWalls(_ fields: StaggeredFields) {
        for y in 0..<rows {
            fields.row(1, y: y)[0] = 0
            fields.row(1, y: y)[columns] = 0
        }
        fields.row(2, y: 0).update(repeating: 0, count: columns)
        fields.row(2, y: rows).update(repeating: 0, count: columns)
    }

    private func writeDivergence(_ fields: StaggeredFields, factor: Double) {
        let (inverseX, inverseY) = (factor / spacing.x, factor / spacing.y)
        for y in 0..<rows {
            let (u, below, above) = (fields.row(1, y: y), fields.row(2, y: y), fields.row(2, y: y + 1))
            let target = potential + y * columns
            for x in 0..<columns { target[x] = inverseX * (u[x + 1] - u[x]) + inverseY * (above[x] - below[x]) }
        }
    }

    private func subtractGradient(_ fields: StaggeredFields) {
        let (inverseX, inverseY) = (1 / spacing.x, 1 / spacing.y)
        for y in 0..<rows {
            let (u, v, row) = (fields.row(1, y: y), fields.row(2, y: y), potential + y * columns)
            for x in 1..<max(columns, 1) { u[x] -= inverseX * (row[x] - row[x - 1]) }
            guard y > 0 else { continue }
            for x in 0..<columns { v[x] -= inverseY * (row[x] - row[x - columns]) }
        }
    }
}
