import Tensors

/// Loops of `CrankNicolsonEuler` on the whole half spectrum.
enum HalfSpectrumKernels {
    /// Writes the spectra of u + i v and w_x + i w_y, mirror images included, from the half spectrum of w.
    ///
    /// With c = x + i y of the pairs (x, y) of `a`, Z(k) = c w and Z(-k) = -c conj w; of `b`, G(k) = i c w and G(-k) = -i c conj w.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func pairs<S: Scalar>(
        columns: Int, _ w: UnsafePointer<S>, _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, points: (y: Int, x: Int), rowStride: Int,
        _ z: UnsafeMutablePointer<S>, _ g: UnsafeMutablePointer<S>
    ) {
        // The last column has no mirror image of its own if it is that of n/2.
        let mirrored = points.x % 2 == 0 ? columns - 1 : columns
        for row in 0..<points.y {
            let opposite = row == 0 ? 0 : points.y - row
            let (lineZ, lineG) = (z + 2 * row * rowStride, g + 2 * row * rowStride)
            let (mirrorZ, mirrorG) = (z + 2 * opposite * rowStride, g + 2 * opposite * rowStride)
            let offset = 2 * row * columns
            for column in 0..<columns {
                let (r, i) = (2 * column, 2 * column + 1)
                let (re, im) = (w[offset + r], w[offset + i])
                let (ax, ay, bx, by) = (a[offset + r], a[offset + i], b[offset + r], b[offset + i])
                lineZ[r] = ax * re - ay * im
                lineZ[i] = ax * im + ay * re
                lineG[r] = -(bx * im + by * re)
                lineG[i] = bx * re - by * im
                guard column > 0 && column < mirrored else { continue }
                let m = 2 * (points.x - column)
                mirrorZ[m] = -(ax * re + ay * im)
                mirrorZ[m + 1] = ax * im - ay * re
                mirrorG[m] = by * re - bx * im
                mirrorG[m + 1] = -(bx * re + by * im)
            }
        }
    }

    /// `w = a w + p F + f`, F the rows of a block.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func update<S: Scalar>(
        _ rows: Int, columns: Int, _ w: UnsafeMutablePointer<S>, _ a: UnsafePointer<S>, _ block: UnsafePointer<S>, rowStride: Int,
        _ p: UnsafePointer<S>, _ f: UnsafePointer<S>
    ) {
        for row in 0..<rows {
            let (line, offset) = (block + 2 * row * rowStride, 2 * row * columns)
            for index in 0..<2 * columns {
                let position = offset + index
                w[position] = (a[position] * w[position]).addingProduct(p[position], line[index]) + f[position]
            }
        }
    }
}
