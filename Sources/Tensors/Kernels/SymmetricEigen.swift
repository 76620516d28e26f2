import COpenBLAS

extension Kernels {
    /// Eigenvalues, largest first, and orthonormal eigenvectors of a symmetric row-major matrix `[n, n]`, which is replaced by the eigenvectors, one
    /// in each row in the order of the values; nil when the iteration does not converge.
    ///
    /// One thread, so that the bits do not depend on the machine's number of cores.
    package static func symmetricEigen(_ n: Int, _ matrix: UnsafeMutablePointer<Double>) -> [Double]? {
        openblas_set_num_threads(1)
        var (order, info, count) = (Int32(n), Int32(0), Int32(-1))
        var values = Array(repeating: 0.0, count: n)
        var size = 0.0
        dsyev_("V", "U", &order, matrix, &order, &values, &size, &count, &info)
        count = Int32(size)
        var work = Array(repeating: 0.0, count: Int(count))
        dsyev_("V", "U", &order, matrix, &order, &values, &work, &count, &info)
        guard info == 0 else { return nil }
        // Columns of LAPACK are rows here, smallest value first.
        for row in 0..<(n / 2) {
            let (first, last) = (matrix + row * n, matrix + (n - 1 - row) * n)
            for column in 0..<n { (first[column], last[column]) = (last[column], first[column]) }
        }
        return values.reversed()
    }
}
