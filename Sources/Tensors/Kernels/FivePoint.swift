extension Kernels {
    /// `y = A u` on a grid `[rows, columns]` with zeros around it: `y` is the sum over the four faces of conductance times `(u - neighbour)`.
    ///
    /// `x` are the conductances of the faces across x, `[rows, columns + 1]`, `z` those across y, `[rows + 1, columns]`. The matrix is symmetric.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func fivePoint<T: Scalar>(
        rows: Int, columns: Int, x: UnsafePointer<T>, z: UnsafePointer<T>, _ u: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for row in 0..<rows {
            let (line, target) = (u + row * columns, y + row * columns)
            let (across, below, above) = (x + row * (columns + 1), z + row * columns, z + (row + 1) * columns)
            for i in 0..<columns { target[i] = (below[i] + above[i]) * line[i] }
            if row > 0 { for i in 0..<columns { target[i] -= below[i] * line[i - columns] } }
            if row + 1 < rows { for i in 0..<columns { target[i] -= above[i] * line[i + columns] } }
            target[0] += across[0] * line[0]
            for i in 1..<columns {
                let flux = across[i] * (line[i] - line[i - 1])
                target[i] += flux
                target[i - 1] -= flux
            }
            target[columns - 1] += across[columns] * line[columns - 1]
        }
    }
}
