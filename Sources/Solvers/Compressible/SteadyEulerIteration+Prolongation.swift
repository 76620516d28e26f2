extension SteadyEulerIteration {
    /// Takes the state from a grid of every second node, by bilinear interpolation in index space (constant in the outermost half cells).
    func prolong(from coarse: SteadyEulerIteration) {
        let (from, to) = (coarse.mesh.layout, mesh.layout)
        for component in 0..<4 {
            let source = coarse.state + component * from.count
            let target = state + component * to.count
            for j in 0..<to.rows {
                let (near, far) = Self.neighbours(j, from.rows)
                for i in 0..<to.columns {
                    let (nearI, farI) = Self.neighbours(i, from.columns)
                    target[to.index(i, j)] =
                        (9 * source[from.index(nearI, near)] + 3 * source[from.index(farI, near)] + 3 * source[from.index(nearI, far)]
                            + source[from.index(farI, far)]) / 16
                }
            }
        }
    }

    /// The coarse cell that holds fine cell `k` and its neighbour on that side.
    private static func neighbours(_ k: Int, _ count: Int) -> (near: Int, far: Int) {
        let near = k / 2
        return (near, min(max(near + (k % 2 == 0 ? -1 : 1), 0), count - 1))
    }
}
