import Tensors

/// What the machine can do at best, measured, for comparison.
public enum Ceilings {
    /// Floating-point operations a second of large single-precision matrix products, one on each thread.
    public static func singlePrecisionRate(threads: Int) -> Double {
        let n = 1024
        let workers = Workers(threads: threads)
        let matrices = (0..<threads).map { _ in (0..<3).map { _ in Tensor<Float>([n, n], repeating: 0.5) } }
        var best = Double.infinity
        for _ in 0..<5 {
            let start = ContinuousClock.now
            workers.run(threads) { index in
                var c = matrices[index][2]
                c.withUnsafeMutablePointer {
                    Kernels.gemm(
                        m: n, n: n, k: n, a: matrices[index][0].basePointer, lda: n, b: matrices[index][1].basePointer, ldb: n, c: $0,
                        ldc: n)
                }
            }
            best = min(best, (ContinuousClock.now - start) / .seconds(1))
        }
        return Double(threads) * 2 * Double(n * n * n) / best
    }
}
