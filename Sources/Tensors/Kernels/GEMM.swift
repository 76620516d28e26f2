import COpenBLAS

extension Kernels {
    /// `C = alpha op(A) op(B) + beta C`, row-major, `op(A)` of `m x k`, `op(B)` of `k x n`; single-threaded.
    ///
    /// In single precision rows times a small matrix, many of them or a matrix that need not be copied, and sums over rows of their products, many rows or
    /// small products, have kernels of their own; anything else goes to OpenBLAS.
    package static func gemm<T: Scalar>(
        m: Int, n: Int, k: Int, alpha: T = 1, a: UnsafePointer<T>, lda: Int, transposeA: Bool = false, b: UnsafePointer<T>, ldb: Int,
        transposeB: Bool = false, beta: T = 0, c: UnsafeMutablePointer<T>, ldc: Int
    ) {
        if m == 0 || n == 0 { return }
        let largest = SmallMatrix<T>.maximum
        if T.self == Float.self, alpha == 1, beta == 0 || beta == 1 {
            let leastRows = SmallMatrix<T>.isPanel(n: n, stride: ldb, isTransposed: transposeB) ? 8 : 64
            if !transposeA, m >= leastRows, k > 0, k <= largest, n <= largest {
                SmallMatrix(k: k, n: n, b, stride: ldb, isTransposed: transposeB).multiply(
                    rows: m, a, lda: lda, adding: beta == 1 ? UnsafePointer(c) : nil, c, ldc: ldc)
                return
            }
            if transposeA, !transposeB, k >= 64 || k > 0 && m * n <= 64 * 128, m <= largest, n <= largest {
                // One column is the transpose of one row.
                let isColumn = n == 1 && ldc == 1 && m >= 8
                if isColumn || n >= 8 {
                    Flops.add(2 * m * n * k)
                    multiplyTransposed(
                        rows: k, m: isColumn ? 1 : m, n: isColumn ? m : n, floats(isColumn ? b : a), lda: isColumn ? ldb : lda,
                        floats(isColumn ? a : b), ldb: isColumn ? lda : ldb, accumulate: beta == 1, floats(c), ldc: isColumn ? m : ldc)
                    return
                }
            }
        }
        generalProduct(
            m: m, n: n, k: k, alpha: alpha, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb, transposeB: transposeB, beta: beta,
            c: c,
            ldc: ldc)
    }

    /// `gemm` by OpenBLAS.
    static func generalProduct<T: Scalar>(
        m: Int, n: Int, k: Int, alpha: T, a: UnsafePointer<T>, lda: Int, transposeA: Bool, b: UnsafePointer<T>, ldb: Int, transposeB: Bool,
        beta: T, c: UnsafeMutablePointer<T>, ldc: Int
    ) {
        Flops.add(2 * m * n * k)
        let ta = transposeA ? CblasTrans : CblasNoTrans
        let tb = transposeB ? CblasTrans : CblasNoTrans
        if T.self == Float.self {
            cblas_sgemm(
                CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), Float(alpha), floats(a), Int32(lda), floats(b), Int32(ldb),
                Float(beta),
                floats(c), Int32(ldc))
        } else {
            cblas_dgemm(
                CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), Double(alpha),
                UnsafeRawPointer(a).assumingMemoryBound(to: Double.self), Int32(lda),
                UnsafeRawPointer(b).assumingMemoryBound(to: Double.self), Int32(ldb), Double(beta),
                UnsafeMutableRawPointer(c).assumingMemoryBound(to: Double.self), Int32(ldc))
        }
    }

    /// `C = alpha op(A) op(B) + beta C` on complex matrices stored as pairs, row-major; leading dimensions count complex numbers.
    package static func complexGEMM<T: Scalar>(
        m: Int, n: Int, k: Int, a: UnsafePointer<T>, lda: Int, adjointA: Bool = false, b: UnsafePointer<T>, ldb: Int,
        adjointB: Bool = false,
        accumulate: Bool = false, c: UnsafeMutablePointer<T>, ldc: Int
    ) {
        if m == 0 || n == 0 { return }
        Flops.add(8 * m * n * k)
        let ta = adjointA ? CblasConjTrans : CblasNoTrans
        let tb = adjointB ? CblasConjTrans : CblasNoTrans
        if T.self == Float.self {
            var (alpha, beta): ((Float, Float), (Float, Float)) = ((1, 0), (accumulate ? 1 : 0, 0))
            cblas_cgemm(CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), &alpha, a, Int32(lda), b, Int32(ldb), &beta, c, Int32(ldc))
        } else {
            var (alpha, beta): ((Double, Double), (Double, Double)) = ((1, 0), (accumulate ? 1 : 0, 0))
            cblas_zgemm(CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), &alpha, a, Int32(lda), b, Int32(ldb), &beta, c, Int32(ldc))
        }
    }
}
