import COpenBLAS

extension Kernels {
    /// `C = alpha op(A) op(B) + beta C`, row-major, `op(A)` of `m x k`, `op(B)` of `k x n`; single-threaded inside workers (OpenBLAS).
    @inlinable
    package static func gemm<T: Scalar>(
        m: Int, n: Int, k: Int, alpha: T = 1, a: UnsafePointer<T>, lda: Int, transposeA: Bool = false, b: UnsafePointer<T>, ldb: Int,
        transposeB: Bool = false, beta: T = 0, c: UnsafeMutablePointer<T>, ldc: Int
    ) {
        if m == 0 || n == 0 { return }
        Flops.add(2 * m * n * k)
        let ta = transposeA ? CblasTrans : CblasNoTrans
        let tb = transposeB ? CblasTrans : CblasNoTrans
        if T.self == Float.self {
            cblas_sgemm(
                CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), Float(alpha), UnsafeRawPointer(a).assumingMemoryBound(to: Float.self),
                Int32(lda), UnsafeRawPointer(b).assumingMemoryBound(to: Float.self), Int32(ldb), Float(beta),
                UnsafeMutableRawPointer(c).assumingMemoryBound(to: Float.self), Int32(ldc))
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
