/// Smoke, velocity along `x` and velocity along `y` in a closed box on a staggered grid (MAC): smoke at the centres of the cells, each component of the velocity
/// at the middle of the faces that it crosses.
///
/// With `rows x columns` cells, field 0 has cells `[0, rows) x [0, columns)`; field 1, the velocity through the left face of cell `[y, x]`,
/// runs to `x = columns`, field 2, through the lower face, to `y = rows`; those on the walls are zero.
struct StaggeredFields {
    /// What holds at the walls besides impermeability.
    let walls: BuoyantFlowSolver.Walls
    /// Cells of the box.
    let rows: Int
    let columns: Int
    let planes: CellPlanes

    init(rows: Int, columns: Int, walls: BuoyantFlowSolver.Walls) {
        (self.rows, self.columns, self.walls) = (rows, columns, walls)
        planes = CellPlanes(rows: rows + 1, columns: columns + 1, fieldCount: 3)
        for field in 0..<3 {
            for y in -CellPlanes.ghosts...rows + CellPlanes.ghosts {
                row(field, y: y, -CellPlanes.ghosts).update(repeating: 0, count: columns + 1 + 2 * CellPlanes.ghosts)
            }
        }
    }

    /// The address of a value.
    @inline(__always)
    func row(_ field: Int, y: Int, _ x: Int = 0) -> UnsafeMutablePointer<Double> {
        planes.base + field * planes.planeStride + y * planes.rowStride + x
    }

    /// How a field continues beyond the two walls across an axis.
    private enum Mirror {
        /// Values at centres, the wall half a cell before the first: the mirror image times a sign.
        case cells(sign: Double)
        /// Values at faces, the first and last of them zero on the wall: the mirror image with the other sign.
        case faces
    }

    private func mirrors(_ field: Int) -> (x: Mirror, y: Mirror) {
        let tangential: Double = walls == .noSlip ? -1 : 1
        switch field {
        case 0: return (.cells(sign: 1), .cells(sign: 1))
        case 1: return (.faces, .cells(sign: tangential))
        default: return (.cells(sign: tangential), .faces)
        }
    }

    /// Sets the velocity on the walls to zero and fills the ghost cells.
    func fillGhosts() {
        for field in 0..<3 {
            let mirrors = mirrors(field)
            for y in 0...rows {
                let line = row(field, y: y)
                switch mirrors.x {
                case .cells(let sign):
                    for k in 0..<CellPlanes.ghosts {
                        line[-1 - k] = sign * line[min(k, columns - 1)]
                        line[columns + k] = sign * line[max(columns - 1 - k, 0)]
                    }
                case .faces:
                    (line[0], line[columns]) = (0, 0)
                    for k in 1...CellPlanes.ghosts {
                        line[-k] = -line[min(k, columns)]
                        line[columns + k] = -line[max(columns - k, 0)]
                    }
                }
            }
            switch mirrors.y {
            case .cells(let sign):
                for k in 0..<CellPlanes.ghosts {
                    copyRow(field, from: min(k, rows - 1), to: -1 - k, sign: sign)
                    copyRow(field, from: max(rows - 1 - k, 0), to: rows + k, sign: sign)
                }
            case .faces:
                copyRow(field, from: 0, to: 0, sign: 0)
                copyRow(field, from: rows, to: rows, sign: 0)
                for k in 1...CellPlanes.ghosts {
                    copyRow(field, from: min(k, rows), to: -k, sign: -1)
                    copyRow(field, from: max(rows - k, 0), to: rows + k, sign: -1)
                }
            }
        }
    }

    private func copyRow(_ field: Int, from source: Int, to target: Int, sign: Double) {
        let (from, to) = (row(field, y: source, -CellPlanes.ghosts), row(field, y: target, -CellPlanes.ghosts))
        for x in 0..<columns + 1 + 2 * CellPlanes.ghosts { to[x] = sign == 0 ? 0 : sign * from[x] }
    }
}
