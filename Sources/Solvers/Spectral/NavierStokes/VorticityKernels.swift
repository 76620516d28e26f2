import Tensors

/// The spectral loops of the vorticity equation between the half spectrum of a band and the complex block of u + i v.
enum VorticityKernels {
    /// Writes the spectrum of u + i v: Z(k) = g(k) w(k), Z(-k) = -g(k) conj(w(k)), zero outside the band.
    ///
    /// - Parameters:
    ///   - rows: 2 K_y + 1, and `columns`: K_x + 1, of `w` and `g` (pairs, see `PlanarBand`); g = (kappa_x + i kappa_y) / |kappa|^2.
    ///   - points: extents ny, nx of the block `z`, whose rows are `rowStride` pairs apart.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func velocity<S: Scalar>(
        rows: Int, columns: Int, _ w: UnsafePointer<S>, _ g: UnsafePointer<S>, points: (y: Int, x: Int), rowStride: Int,
        into z: UnsafeMutablePointer<S>
    ) {
        let largest = rows / 2
        (z + 2 * (largest + 1) * rowStride).update(repeating: 0, count: 2 * (points.y - rows) * rowStride)
        for row in 0..<rows {
            let line = z + 2 * (row <= largest ? row : row + points.y - rows) * rowStride
            (line + 2 * columns).update(repeating: 0, count: 2 * (points.x - 2 * columns + 1))
            let opposite = row == 0 ? 0 : rows - row
            let mirror = z + 2 * (opposite <= largest ? opposite : opposite + points.y - rows) * rowStride
            let (source, factor) = (w + 2 * row * columns, g + 2 * row * columns)
            line[0] = factor[0] * source[0] - factor[1] * source[1]
            line[1] = factor[0] * source[1] + factor[1] * source[0]
            for column in 1..<columns {
                let (r, i) = (2 * column, 2 * column + 1)
                let (rr, ii) = (factor[r] * source[r], factor[i] * source[i])
                let (ri, ir) = (factor[r] * source[i], factor[i] * source[r])
                line[r] = rr - ii
                line[i] = ri + ir
                let m = 2 * (points.x - column)
                mirror[m] = -(rr + ii)
                mirror[m + 1] = ri - ir
            }
        }
    }

    /// The band of -u.grad w from the spectrum Z of (u + i v)^2.
    ///
    ///     N(k) = (kappa_x^2 - kappa_y^2) (uv)_k - kappa_x kappa_y (u^2 - v^2)_k = (i/4) (kappa^2 conj Z(-k) - conj(kappa^2) Z(k)),
    ///
    /// kappa = kappa_x + i kappa_y; `q` holds pairs kappa^2 / (4 ny nx).
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func nonlinearTerm<S: Scalar>(
        rows: Int, columns: Int, _ z: UnsafePointer<S>, _ q: UnsafePointer<S>, points: (y: Int, x: Int), rowStride: Int,
        into rate: UnsafeMutablePointer<S>
    ) {
        let largest = rows / 2
        for row in 0..<rows {
            let line = z + 2 * (row <= largest ? row : row + points.y - rows) * rowStride
            let opposite = row == 0 ? 0 : rows - row
            let mirror = z + 2 * (opposite <= largest ? opposite : opposite + points.y - rows) * rowStride
            let (factor, target) = (q + 2 * row * columns, rate + 2 * row * columns)
            for column in 0..<columns {
                let (r, i) = (2 * column, 2 * column + 1)
                let m = column == 0 ? 0 : 2 * (points.x - column)
                let (sumReal, sumImaginary) = (mirror[m] + line[r], mirror[m + 1] + line[i])
                let (differenceReal, differenceImaginary) = (mirror[m] - line[r], mirror[m + 1] - line[i])
                target[r] = factor[r] * sumImaginary - factor[i] * sumReal
                target[i] = factor[r] * differenceReal + factor[i] * differenceImaginary
            }
        }
    }
}
