extension Kernels {
    /// Sizes of a pointwise two-layer perceptron with a linear bypass from another field: on every row
    /// `y = f(GELU(x W1 + b1) W2 + v W + b)`, `f` GELU or the identity.
    package struct BypassedMLP: Sendable {
        package let rows: Int
        package let input: Int
        package let hidden: Int
        package let bypass: Int
        package let output: Int

        package init(rows: Int, input: Int, hidden: Int, bypass: Int, output: Int) {
            (self.rows, self.input, self.hidden, self.bypass, self.output) = (rows, input, hidden, bypass, output)
        }

        /// Rows worked on at a time, so that everything about a tile stays in the second-level cache.
        var tile: Int { max(64, min(rows, 32_768 / max(hidden, output))) }

        /// Scalars of scratch memory that the kernels need.
        package var scratchCount: Int { tile * (2 * hidden + output) }
    }

    /// Forward map, tile by tile; workers share the tiles.
    ///
    /// `z` receives what `f` is applied to without the bias, and may be `y` without GELU.
    package static func bypassedMLP<T: Scalar>(
        _ size: BypassedMLP, x: UnsafePointer<T>, v: UnsafePointer<T>, w1: UnsafePointer<T>, b1: UnsafePointer<T>, w2: UnsafePointer<T>,
        w: UnsafePointer<T>, b: UnsafePointer<T>, gelu: Bool, z: UnsafeMutablePointer<T>, y: UnsafeMutablePointer<T>,
        workers: Workers = Workers(threads: 1)
    ) {
        // Tiles write different rows.
        nonisolated(unsafe) let (v, b, z, y) = (v, b, z, y)
        let first = SmallMatrix(k: size.input, n: size.hidden, w1, stride: size.hidden)
        nonisolated(unsafe) let second = SmallMatrix(k: size.hidden, n: size.output, w2, stride: size.output)
        nonisolated(unsafe) let bypass = SmallMatrix(k: size.bypass, n: size.output, w, stride: size.output)
        forEachHiddenTile(rows: size.rows, tile: size.tile, first, x, bias: b1, workers) { start, rows, hidden in
            let (sums, result) = (z + start * size.output, y + start * size.output)
            second.multiply(rows: rows, hidden, lda: size.hidden, sums, ldc: size.output)
            bypass.multiply(rows: rows, v + start * size.bypass, lda: size.bypass, adding: sums, sums, ldc: size.output)
            if gelu {
                biasGELU(rows: rows, columns: size.output, sums, bias: b, result)
            } else {
                addBias(rows: rows, columns: size.output, b, sums)
            }
        }
    }

    /// Where the gradients of `bypassedMLP` go; those of the fields may be absent.
    package struct BypassedMLPGradients<T: Scalar> {
        package var x: UnsafeMutablePointer<T>?
        package var v: UnsafeMutablePointer<T>?
        package var w1: UnsafeMutablePointer<T>
        package var b1: UnsafeMutablePointer<T>
        package var w2: UnsafeMutablePointer<T>
        package var w: UnsafeMutablePointer<T>
        package var b: UnsafeMutablePointer<T>

        package init(
            x: UnsafeMutablePointer<T>?, v: UnsafeMutablePointer<T>?, w1: UnsafeMutablePointer<T>, b1: UnsafeMutablePointer<T>,
            w2: UnsafeMutablePointer<T>, w: UnsafeMutablePointer<T>, b: UnsafeMutablePointer<T>
        ) {
            (self.x, self.v, self.w1, self.b1, self.w2, self.w, self.b) = (x, v, w1, b1, w2, w, b)
        }
    }

    /// Gradients of `bypassedMLP` (overwritten), with hidden values computed again tile by tile.
    package static func bypassedMLPGradient<T: Scalar>(
        _ size: BypassedMLP, x: UnsafePointer<T>, v: UnsafePointer<T>, w1: UnsafePointer<T>, b1: UnsafePointer<T>, w2: UnsafePointer<T>,
        w: UnsafePointer<T>, b: UnsafePointer<T>, gelu: Bool, z: UnsafePointer<T>, gy: UnsafePointer<T>,
        _ gradients: BypassedMLPGradients<T>,
        scratch: UnsafeMutablePointer<T>
    ) {
        let (hidden, gHidden, gz) = (scratch, scratch + size.tile * size.hidden, scratch + 2 * size.tile * size.hidden)
        let first = SmallMatrix(k: size.input, n: size.hidden, w1, stride: size.hidden)
        let firstAdjoint = SmallMatrix(k: size.hidden, n: size.input, w1, stride: size.hidden, isTransposed: true)
        let secondAdjoint = SmallMatrix(k: size.output, n: size.hidden, w2, stride: size.output, isTransposed: true)
        let bypassAdjoint = SmallMatrix(k: size.output, n: size.bypass, w, stride: size.output, isTransposed: true)
        for start in stride(from: 0, to: size.rows, by: size.tile) {
            let rows = min(size.tile, size.rows - start)
            let adds = start > 0
            let (xt, vt) = (x + start * size.input, v + start * size.bypass)
            var g = gy + start * size.output
            if gelu {
                biasGELUGradient(rows: rows, columns: size.output, z + start * size.output, bias: b, g, gz)
                g = UnsafePointer(gz)
            }
            func addWeightGradient(
                _ a: UnsafePointer<T>, _ m: Int, _ b: UnsafePointer<T>, _ n: Int, _ result: UnsafeMutablePointer<T>
            ) {
                gemm(m: m, n: n, k: rows, a: a, lda: m, transposeA: true, b: b, ldb: n, beta: adds ? 1 : 0, c: result, ldc: n)
            }
            first.multiply(rows: rows, xt, lda: size.input, hidden, ldc: size.hidden)
            secondAdjoint.multiply(rows: rows, g, lda: size.output, gHidden, ldc: size.hidden)
            biasGELUWithGradient(rows: rows, columns: size.hidden, hidden, bias: b1, gHidden)
            addWeightGradient(hidden, size.hidden, g, size.output, gradients.w2)
            addWeightGradient(vt, size.bypass, g, size.output, gradients.w)
            addWeightGradient(xt, size.input, gHidden, size.hidden, gradients.w1)
            sumRows(rows: rows, columns: size.output, g, accumulate: adds, gradients.b)
            sumRows(rows: rows, columns: size.hidden, gHidden, accumulate: adds, gradients.b1)
            if let gx = gradients.x {
                firstAdjoint.multiply(rows: rows, gHidden, lda: size.hidden, gx + start * size.input, ldc: size.input)
            }
            if let gv = gradients.v { bypassAdjoint.multiply(rows: rows, g, lda: size.output, gv + start * size.bypass, ldc: size.bypass) }
        }
    }
}
