/// What lies beyond a side of a structured block.
package enum BlockSide: Sendable, Equatable {
    /// A solid wall: no flow through it.
    case wall
    /// Fluid in a given state: characteristic boundary condition.
    case open
}

/// Size and sides of a structured block of cells `[j, i]`.
///
/// The first `wakeCells` and the last `wakeCells` cells of the row `j = 0` face each other across a cut (cell `i` and cell
/// `columns - 1 - i`), as behind the trailing edge of a C-grid; the rest of that row lies on `lower`.
package struct BlockTopology: Sendable, Equatable {
    package var columns: Int
    package var rows: Int
    package var wakeCells = 0
    package var lower: BlockSide
    package var upper: BlockSide
    package var ends: BlockSide

    package init(columns: Int, rows: Int, wakeCells: Int = 0, lower: BlockSide, upper: BlockSide, ends: BlockSide) {
        precondition(columns >= 4 && columns % 2 == 0 && rows >= 2, "a block of \(columns) x \(rows) cells")
        precondition(wakeCells >= 0 && 2 * wakeCells < columns, "\(wakeCells) wake cells in a block of \(columns) columns")
        self.columns = columns
        self.rows = rows
        self.wakeCells = wakeCells
        self.lower = lower
        self.upper = upper
        self.ends = ends
    }

    /// Every second node, or nil where the numbers of cells are odd or small.
    var coarsened: BlockTopology? {
        guard columns % 4 == 0, rows % 2 == 0, wakeCells % 2 == 0, columns >= 32, rows >= 8 else { return nil }
        return BlockTopology(
            columns: columns / 2, rows: rows / 2, wakeCells: wakeCells / 2, lower: lower, upper: upper, ends: ends)
    }
}

/// Where the values of a block lie in memory: rows of cells padded for ghost cells and for whole vectors.
package struct PaddedLayout {
    let columns: Int
    let rows: Int
    let stride: Int
    let origin: Int
    /// Values in one plane; a field of four components has four planes.
    package let count: Int

    init(_ topology: BlockTopology) {
        columns = topology.columns
        rows = topology.rows
        stride = 24 + (topology.columns + 7) / 8 * 8
        origin = 2 * stride + 8
        count = (topology.rows + 4) * stride + 32
    }

    /// The state `(rho, u, v, p)` at a position.
    @inline(__always)
    package func take(_ field: UnsafePointer<Double>, _ position: Int) -> PrimitiveState {
        PrimitiveState(field[position], field[position + count], field[position + 2 * count], field[position + 3 * count])
    }

    /// Writes a state to a position.
    @inline(__always)
    package func put(_ q: PrimitiveState, _ field: UnsafeMutablePointer<Double>, _ position: Int) {
        field[position] = q.x
        field[position + count] = q.y
        field[position + 2 * count] = q.z
        field[position + 3 * count] = q.w
    }

    /// Position of cell `(i, j)`; ghost cells have indices -2, -1, n, n + 1.
    @inline(__always)
    package func index(_ i: Int, _ j: Int) -> Int { origin + j * stride + i }
}
