import Tensors

/// A matrix product `op(A) op(B)` of `m x k` and `k x n`, computed in blocks that several threads may share.
///
/// The longest of the three extents is cut, which depends on the sizes alone; the terms of a cut sum are added in their order. So the bits do
/// not depend on threads.
struct BlockedProduct: Sendable {
    let m: Int
    let n: Int
    let k: Int
    var transposeA = false
    var transposeB = false
    let workers: Workers

    private enum Cut { case rows, columns, sum }

    private var cut: Cut { k > max(m, n) ? .sum : m >= n ? .rows : .columns }

    /// Blocks of at least 512 along the longest extent, at most 8; one where the product is too small for a second thread.
    private var blocks: Int { m * n * k < 1 << 20 ? 1 : min(8, max(1, max(m, n, k) / 512)) }

    /// The product of matrices whose rows lie next to each other.
    func callAsFunction<Element: Scalar>(_ a: Tensor<Element>, _ b: Tensor<Element>) -> Tensor<Element> {
        let result = Tensor<Element>(uninitialized: [m, n])
        let terms = cut == .sum && blocks > 1 ? Tensor<Element>(uninitialized: [blocks, m * n]) : result
        // Blocks write different rows, columns or terms.
        nonisolated(unsafe) let (x, y, z) = (a.basePointer, b.basePointer, terms.kernelPointer)
        let (lda, ldb) = (transposeA ? m : k, transposeB ? k : n)
        workers.run(blocks) { block in
            let length = max(m, n, k)
            let start = block * length / blocks
            let count = (block + 1) * length / blocks - start
            switch cut {
            case .rows: multiply(x + start * (transposeA ? 1 : lda), lda, y, ldb, z + start * n, m: count)
            case .columns: multiply(x, lda, y + start * (transposeB ? ldb : 1), ldb, z + start, n: count)
            case .sum:
                multiply(x + start * (transposeA ? lda : 1), lda, y + start * (transposeB ? 1 : ldb), ldb, z + block * m * n, k: count)
            }
        }
        if cut == .sum, blocks > 1 { terms.addBlocks(into: result) }
        return withExtendedLifetime((a, b, terms)) { result }
    }

    private func multiply<Element: Scalar>(
        _ a: UnsafePointer<Element>, _ lda: Int, _ b: UnsafePointer<Element>, _ ldb: Int, _ c: UnsafeMutablePointer<Element>, m: Int? = nil,
        n: Int? = nil, k: Int? = nil
    ) {
        Kernels.gemm(
            m: m ?? self.m, n: n ?? self.n, k: k ?? self.k, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb, transposeB: transposeB,
            c: c, ldc: self.n)
    }
}

extension Tensor {
    /// Writes the sum of the rows `[block, ...]`, in their order, into a tensor of the shape of one.
    func addBlocks(into sum: Tensor) {
        sum.kernelPointer.update(from: basePointer, count: sum.count)
        for block in 1..<shape[0] { Kernels.accumulate(sum.count, basePointer + block * sum.count, sum.kernelPointer) }
    }
}
