/// Linear interpolation from cell averages to nodes, with the cell widths as weights; on a boundary from the states on its faces.
struct NodeInterpolation {
    private let mesh: CurvilinearMesh
    private let state: UnsafePointer<Double>

    /// An interpolation of a field whose ghost cells are filled.
    init(_ mesh: CurvilinearMesh, _ state: UnsafePointer<Double>) {
        self.mesh = mesh
        self.state = state
    }

    /// The state at node `(i, j)`; the two nodes at one point of the cut and of the trailing edge have the same value.
    func state(i: Int, j: Int) -> PrimitiveState {
        let wake = mesh.topology.wakeCells
        let mirror = mesh.topology.columns - i
        guard j == 0, wake > 0, i <= wake || mirror <= wake else { return oneSided(i, j) }
        // In one order for both nodes, so that their bits agree.
        return (oneSided(min(i, mirror), 0) + oneSided(max(i, mirror), 0)) / 2
    }

    private func oneSided(_ i: Int, _ j: Int) -> PrimitiveState {
        let layout = mesh.layout
        let (low, high) = (max(j - 1, 0), min(j, layout.rows - 1))
        let before = mesh.iHalf[layout.index(i - 1, low)] + mesh.iHalf[layout.index(i - 1, high)]
        let after = mesh.iHalf[layout.index(i, low)] + mesh.iHalf[layout.index(i, high)]
        return (onFace(i - 1, j) * after + onFace(i, j) * before) / (before + after)
    }

    /// Between the cells `(column, j - 1)` and `(column, j)`.
    private func onFace(_ column: Int, _ j: Int) -> PrimitiveState {
        let layout = mesh.layout
        let inside = min(max(column, 0), layout.columns - 1)
        let below = mesh.jHalf[layout.index(inside, j - 1)]
        let above = mesh.jHalf[layout.index(inside, j)]
        return (value(column, j - 1) * above + value(column, j) * below) / (below + above)
    }

    /// A cell or ghost cell; the corners beyond two sides take the nearest value.
    private func value(_ i: Int, _ j: Int) -> PrimitiveState {
        let layout = mesh.layout
        guard i < 0 || i >= layout.columns, j < 0 || j >= layout.rows else { return layout.take(state, layout.index(i, j)) }
        if j < 0 && mesh.topology.wakeCells > 0 { return layout.take(state, layout.index(layout.columns - 1 - i, 0)) }
        return layout.take(state, layout.index(i, min(max(j, 0), layout.rows - 1)))
    }
}
