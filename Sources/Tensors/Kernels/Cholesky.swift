import COpenBLAS

extension Kernels {
    /// Replaces the lower triangle of a symmetric positive definite row-major matrix `[n, n]` by its factor L, `A = L L^T`.
    ///
    /// Returns whether the matrix was positive definite; the upper triangle is not touched. One thread, so that the bits do not depend
    /// on the machine's number of cores.
    package static func cholesky(_ n: Int, _ matrix: UnsafeMutablePointer<Double>) -> Bool {
        openblas_set_num_threads(1)
        var (order, info) = (Int32(n), Int32(0))
        // The lower triangle by rows is the upper triangle by columns.
        dpotrf_("U", &order, matrix, &order, &info)
        return info == 0
    }
}
