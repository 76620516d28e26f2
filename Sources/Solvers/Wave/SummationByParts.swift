/// Second derivatives in one dimension with the summation-by-parts property, of order 4 inside and 2 at the ends.
///
/// The matrix is `D = H^-1 (-M + boundary fluxes)` with a diagonal norm `H` and a symmetric positive semidefinite `M`, so that `u^T M u` is the
/// discrete `int u_x^2` and `-H^-1 M` the second derivative with zero normal derivative at both ends. Second order of the four closure rows
/// costs nothing in the solution of a wave or elliptic equation, which is accurate to fourth order.
///
/// ## References
/// K. Mattsson, J. Nordström, "Summation by parts operators for finite difference approximations of second derivatives", J. Comput. Phys. 199 (2004)
/// 503, appendix C.2, doi:10.1016/j.jcp.2004.03.001.
package struct SummationByParts {
    /// One row of `-H^-1 M`: `sum_k weights[k] u[columns[k]]`; unused entries have weight 0.
    package struct Row {
        package var columns: [Int]
        package var weights: [Double]
    }

    /// Entries of a row.
    package static let width = 6
    /// Least number of points: the closures at both ends do not overlap.
    package static let leastCount = 8
    /// The spectral radius of `h^2 H^-1 M` is below this for every number of points, closed or periodic.
    package static let spectralRadius = 16.0 / 3

    package let count: Int
    package let spacing: Double
    /// Diagonal of `H`, which sums to the length.
    package let norm: [Double]
    /// All rows of `-H^-1 M`.
    package let rows: [Row]
    /// Rows at either end that are not the interior stencil.
    package let closure: Int

    /// Interior weights of `u[i]`, `u[i +- 1]`, `u[i +- 2]`, times `h^2`.
    package static let interior = (-5.0 / 2, 4.0 / 3, -1.0 / 12)

    /// Diagonal of `H / h` at an end.
    private static let endNorm: [Double] = [17.0 / 48, 59.0 / 48, 43.0 / 48, 49.0 / 48]

    /// Upper left corner of `48 h M`: four rows of six.
    private static let endStiffness: [[Double]] = [
        [54, -59, 4, 1, 0, 0],
        [-59, 118, -59, 0, 0, 0],
        [4, -59, 110, -59, 4, 0],
        [1, 0, -59, 118, -64, 4],
    ]

    /// The operator on `count` points, `spacing` apart.
    package init(count: Int, spacing: Double, isPeriodic: Bool) {
        precondition(count >= SummationByParts.leastCount && spacing > 0, "\(count) points \(spacing) apart")
        self.count = count
        self.spacing = spacing
        let scale = 1 / (spacing * spacing)
        let (c0, c1, c2) = SummationByParts.interior
        let end = isPeriodic ? 0 : 4
        closure = isPeriodic ? 2 : 4
        norm = (0..<count).map { index in
            let distance = min(index, count - 1 - index)
            return spacing * (distance < end ? SummationByParts.endNorm[distance] : 1)
        }
        rows = (0..<count).map { index in
            let isUpper = index >= count - end
            if index < end || isUpper {
                let row = isUpper ? count - 1 - index : index
                let factor = -scale / (48 * SummationByParts.endNorm[row])
                return Row(
                    columns: (0..<SummationByParts.width).map { isUpper ? count - 1 - $0 : $0 },
                    weights: SummationByParts.endStiffness[row].map { factor * $0 })
            }
            let columns = [index, index - 1, index + 1, index - 2, index + 2, index].map { ($0 + count) % count }
            return Row(columns: columns, weights: [c0, c1, c1, c2, c2, 0].map { $0 * scale })
        }
    }
}
