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

        /// Rows worked on at a time, so that the hidden values of a tile and their gradients stay in the second-level cache.
        package var tile: Int { max(64, min(rows, 32_768 / max(hidden, 1))) }

        /// Scalars of scratch memory that the kernels need.
        package var scratchCount: Int { 2 * tile * hidden }
    }

    /// Forward map, tile by tile; workers share the tiles.
    package static func pointwiseMLP<T: Scalar>(
        _ size: PointwiseMLP, x: UnsafePointer<T>, w1: UnsafePointer<T>, b1: UnsafePointer<T>, w2: UnsafePointer<T>, b2: UnsafePointer<T>?,
        y: UnsafeMutablePointer<T>, workers: Workers = Workers(threads: 1)
    ) {
        // Tiles write different rows.
        nonisolated(unsafe) let (b2, y) = (b2, y)
        let first = SmallMatrix(k: size.input, n: size.hidden, w1, stride: size.hidden)
        nonisolated(unsafe) let second = SmallMatrix(k: size.hidden, n: size.output, w2, stride: size.output)
        forEachHiddenTile(rows: size.rows, tile: size.tile, first, x, bias: b1, workers) { start, rows, hidden in
            let out = y + start * size.output
            if let b2 { for row in 0..<rows { (out + row * size.output).update(from: b2, count: size.output) } }
            second.multiply(rows: rows, hidden, lda: size.hidden, adding: b2 == nil ? nil : UnsafePointer(out), out, ldc: size.output)
        }
    }

    /// `body` for every tile of rows, from `start` on, with its hidden values `GELU(x W + b)`; workers share the tiles.
    static func forEachHiddenTile<T: Scalar>(
        rows: Int, tile: Int, _ map: SmallMatrix<T>, _ x: UnsafePointer<T>, bias: UnsafePointer<T>, _ workers: Workers,
        _ body: @Sendable (_ start: Int, _ rows: Int, _ hidden: UnsafePointer<T>) -> Void
    ) {
        nonisolated(unsafe) let (map, x, bias) = (map, x, bias)
        workers.run(parts: (rows + tile - 1) / tile) { tiles in
            let hidden = Storage<T>(count: tile * map.n)
            for start in tiles.lazy.map({ $0 * tile }) {
                let count = min(tile, rows - start)
                map.multiply(rows: count, x + start * map.k, lda: map.k, hidden.pointer, ldc: map.n)
                biasGELU(rows: count, columns: map.n, hidden.pointer, bias: bias, hidden.pointer)
                body(start, count, UnsafePointer(hidden.pointer))
            }
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
        let first = SmallMatrix(k: size.input, n: size.hidden, w1, stride: size.hidden)
        let secondAdjoint = SmallMatrix(k: size.output, n: size.hidden, w2, stride: size.output, isTransposed: true)
        let firstAdjoint = SmallMatrix(k: size.hidden, n: size.input, w1, stride: size.hidden, isTransposed: true)
        var start = 0
        while start < size.rows {
            let rows = min(size.tile, size.rows - start)
            let accumulate: T = start == 0 ? 0 : 1
            let (xt, gyt) = (x + start * size.input, gy + start * size.output)
            first.multiply(rows: rows, xt, lda: size.input, hidden, ldc: size.hidden)
            secondAdjoint.multiply(rows: rows, gyt, lda: size.output, gradient, ldc: size.hidden)
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
                firstAdjoint.multiply(rows: rows, gradient, lda: size.hidden, gx + start * size.input, ldc: size.input)
            }
            start += rows
        }
    }
}
