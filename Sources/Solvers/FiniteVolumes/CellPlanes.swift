/// The fields of a two-dimensional finite volume state, one plane `[y, x]` after the other, with two ghost cells on every side.
///
/// Rows begin on a cache line and end in slack, so that loops may run on to the next multiple of eight cells: what is computed there is never read.
final class CellPlanes {
    /// Ghost cells on each side that schemes of second order read.
    static let ghosts = 2

    /// Cells along each axis, ghosts excluded.
    let rows: Int
    let columns: Int
    /// Distance from a cell to the next along `y`, and from a field to the next.
    let rowStride: Int
    let planeStride: Int
    /// Number of planes.
    let fieldCount: Int

    private let memory: UnsafeMutableRawPointer

    /// Planes of ones, a value that every law can compute with.
    init(rows: Int, columns: Int, fieldCount: Int) {
        (self.rows, self.columns, self.fieldCount) = (rows, columns, fieldCount)
        rowStride = CellPlanes.rowStride(columns)
        planeStride = rowStride * (rows + 2 * CellPlanes.ghosts)
        memory = .allocate(byteCount: fieldCount * planeStride * MemoryLayout<Double>.stride, alignment: 64)
        memory.bindMemory(to: Double.self, capacity: fieldCount * planeStride).update(repeating: 1, count: fieldCount * planeStride)
    }

    deinit { memory.deallocate() }

    /// Room for a row: eight cells before the first and at least sixteen after the last.
    static func rowStride(_ columns: Int) -> Int { 8 + (columns + 7) / 8 * 8 + 16 }

    /// The first cell, ghosts excluded, of field 0; field `f`, row `y`, column `x` is `[f * planeStride + y * rowStride + x]`.
    var base: UnsafeMutablePointer<Double> { memory.assumingMemoryBound(to: Double.self) + CellPlanes.ghosts * rowStride + 8 }

    /// Fills the ghost cells by what holds at the sides; at a wall the velocity through it, field 1 or 2, changes its sign.
    func fillGhosts(_ sides: CellSides) {
        for field in 0..<fieldCount {
            let plane = base + field * planeStride
            for y in 0..<rows {
                CellPlanes.fill(plane + y * rowStride, count: columns, step: 1, sides.x.lower, sides.x.upper, sign: field == 1 ? -1 : 1)
            }
            // Corners follow from the ghost columns; only derivatives along faces read them.
            for y in 1...CellPlanes.ghosts {
                copyRow(plane, from: CellPlanes.source(sides.y.lower, ghost: y, count: rows, lower: true), to: -y, sides.y.lower, field)
                copyRow(
                    plane, from: CellPlanes.source(sides.y.upper, ghost: y, count: rows, lower: false), to: rows - 1 + y, sides.y.upper,
                    field)
            }
        }
    }

    private func copyRow(_ plane: UnsafeMutablePointer<Double>, from source: Int, to target: Int, _ side: CellSide, _ field: Int) {
        let (from, to) = (plane + source * rowStride - CellPlanes.ghosts, plane + target * rowStride - CellPlanes.ghosts)
        to.update(from: from, count: columns + 2 * CellPlanes.ghosts)
        guard side == .wall && field == 2 else { return }
        for x in 0..<columns + 2 * CellPlanes.ghosts { to[x] = -to[x] }
    }

    private static func fill(
        _ line: UnsafeMutablePointer<Double>, count: Int, step: Int, _ lower: CellSide, _ upper: CellSide, sign: Double
    ) {
        for ghost in 1...ghosts {
            line[-ghost] = (lower == .wall ? sign : 1) * line[source(lower, ghost: ghost, count: count, lower: true)]
            line[count - 1 + ghost] = (upper == .wall ? sign : 1) * line[source(upper, ghost: ghost, count: count, lower: false)]
        }
    }

    /// The cell whose value ghost cell number `ghost` (1 next to the side) takes.
    private static func source(_ side: CellSide, ghost: Int, count: Int, lower: Bool) -> Int {
        switch side {
        // With one cell along a periodic axis every ghost is that cell.
        case .periodic: lower ? ((-ghost) % count + count) % count : (ghost - 1) % count
        case .wall: lower ? min(ghost - 1, count - 1) : max(count - ghost, 0)
        case .open: lower ? 0 : count - 1
        }
    }
}

/// What the cells beyond a side of the box hold.
enum CellSide: Sendable {
    /// The cells at the opposite side.
    case periodic
    /// The mirror image: a frictionless wall.
    case wall
    /// The outermost cell again: waves leave.
    case open
}

/// What holds at each of the four sides.
struct CellSides: Sendable {
    var x: (lower: CellSide, upper: CellSide)
    var y: (lower: CellSide, upper: CellSide)
}
