extension Kernels {
    /// Sizes of a pointwise two-layer perceptron, `y = GELU(x W1 + b1) W2 + b2` on every row.
    package struct PointwiseMLP: Sendable {
        package let rows: Int
        package let input: Int
        package let hidden: Int
        package let output: Int

        package init(rows: Int, input: Int, hidden: Int, output: Int) {
            self.rows = rows
            self.input = input
            self.hidden = hidden
            self.output = output
        }

        /// Rows worked on at a time, so that the hidden values of a tile stay in the second-level cache.
        package var tile: Int { max(16, min(rows, 65_536 / max(hidden, 1))) }

        /// Scalars of scratch memory that the kernels need.
        package var scratchCount: Int { 2 * tile * hidden }
    }

    /// Forward map; hidden values live only in `scratch`.
    package static func pointwiseMLP<T: Scalar>(
        _ size: PointwiseMLP, x: UnsafePointer<T>, w1: UnsafePointer<T>, b1: UnsafePointer<T>, w2: UnsafePointer<T>, b2: UnsafePointer<T>?,
        y: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>
    ) {
        var start = 0
        while start < size.rows {
            let rows = min(size.tile, size.rows - start)
            gemm(
                m: rows, n: size.hidden, k: size.input, a: x + start * size.input, lda: size.input, b: w1, ldb: size.hidden, c: scratch,
                ldc: size.hidden)
            biasGELU(rows: rows, columns: size.hidden, scratch, bias: b1, scratch)
            let out = y + start * size.output
            if let b2 { for row in 0..<rows { (out + row * size.output).update(from: b2, count: size.output) } }
            gemm(
                m: rows, n: size.output, k: size.hidden, a: scratch, lda: size.hidden, b: w2, ldb: size.output, beta: b2 == nil ? 0 : 1,
                c: out,
                ldc: size.output)
            start += rows
        }
    }

    /// Gradients of `pointwiseMLP`, with hidden values computed again tile by tile.
    ///
    /// The recomputation costs one product and saves writing and reading the hidden values. `gx` may be absent; weight gradients are
    /// overwritten.
    package static func pointwiseMLPGradient<T: Scalar>(
        _ size: PointwiseMLP, x: UnsafePointer<T>, w1: UnsafePointer<T>, b1: UnsafePointer<T>, w2: UnsafePointer<T>, gy: UnsafePointer<T>,
        gx: UnsafeMutablePointer<T>?, gw1: UnsafeMutablePointer<T>, gb1: UnsafeMutablePointer<T>, gw2: UnsafeMutablePointer<T>,
        gb2: UnsafeMutablePointer<T>?, scratch: UnsafeMutablePointer<T>
    ) {
        let (hidden, gradient) = (scratch, scratch + size.tile * size.hidden)
        var start = 0
        while start < size.rows {
            let rows = min(size.tile, size.rows - start)
            let accumulate: T = start == 0 ? 0 : 1
            let (xt, gyt) = (x + start * size.input, gy + start * size.output)
            gemm(m: rows, n: size.hidden, k: size.input, a: xt, lda: size.input, b: w1, ldb: size.hidden, c: hidden, ldc: size.hidden)
            gemm(
                m: rows, n: size.hidden, k: size.output, a: gyt, lda: size.output, b: w2, ldb: size.output, transposeB: true, c: gradient,
                ldc: size.hidden)
            biasGELUWithGradient(rows: rows, columns: size.hidden, hidden, bias: b1, gradient)
            gemm(
                m: size.hidden, n: size.output, k: rows, a: hidden, lda: size.hidden, transposeA: true, b: gyt, ldb: size.output,
                beta: accumulate, c: gw2, ldc: size.output)
            if let gb2 { sumRows(rows: rows, columns: size.output, gyt, accumulate: start > 0, gb2) }
            gemm(
                m: size.input, n: size.hidden, k: rows, a: xt, lda: size.input, transposeA: true, b: gradient, ldb: size.hidden,
                beta: accumulate, c: gw1, ldc: size.hidden)
            sumRows(rows: rows, columns: size.hidden, gradient, accumulate: start > 0, gb1)
            if let gx {
                gemm(
                    m: rows, n: size.input, k: size.hidden, a: gradient, lda: size.hidden, b: w1, ldb: size.hidden, transposeB: true,
                    c: gx + start * size.input, ldc: size.input)
            }
            start += rows
        }
    }
}
