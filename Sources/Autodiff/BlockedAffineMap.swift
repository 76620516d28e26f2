import Tensors

/// `y = f(x W + b)` or `f(u + x W + b)` on `rows` rows, `f` GELU or the identity, computed in blocks that several threads may share: of rows, or
/// of channels where a wide map meets few rows.
///
/// The cut into blocks depends on the sizes alone, and what blocks of rows contribute to the gradient of the weights is added in their order, so
/// that the bits do not depend on threads.
struct BlockedAffineMap: Sendable {
    let rows: Int
    let input: Int
    let output: Int
    let gelu: Bool
    let workers: Workers

    /// Blocks of at least 512 rows, at most 8.
    private var blocks: Int { min(8, max(1, rows / 512)) }

    /// Whether so many channels are cut: rows are too few for two blocks, and the product is large enough for two threads.
    private func cuts(_ channels: Int) -> Bool { blocks == 1 && rows > 0 && channels >= 128 && rows * input * output >= 1 << 20 }

    /// `body` for blocks of 64 or more of so many channels, at most 8.
    private func forEachBlock(ofChannels count: Int, _ body: @Sendable (_ start: Int, _ count: Int) -> Void) {
        let blocks = min(8, max(1, count / 64))
        workers.run(blocks) { block in
            let start = block * count / blocks
            body(start, (block + 1) * count / blocks - start)
        }
    }

    private func range(_ block: Int) -> (start: Int, count: Int) {
        let start = block * rows / blocks
        return (start, (block + 1) * rows / blocks - start)
    }

    /// Writes `y`, and `sums = x W` or `u + x W` without the bias when there is an activation; else `sums` may be `y`.
    func forward<Element: Scalar>(
        _ x: Tensor<Element>, _ weight: Tensor<Element>, _ bias: Tensor<Element>, adding addend: Tensor<Element>? = nil,
        sums: Tensor<Element>, _ y: Tensor<Element>
    ) {
        // Blocks write different rows.
        nonisolated(unsafe) let (rowsOfX, b) = (x.basePointer, bias.basePointer)
        nonisolated(unsafe) let (rowsOfZ, rowsOfY, rowsOfU) = (sums.kernelPointer, y.kernelPointer, addend?.basePointer)
        if cuts(output) {
            nonisolated(unsafe) let w = weight.basePointer
            if let rowsOfU { Kernels.copy(rows * output, rowsOfU, rowsOfZ) }
            forEachBlock(ofChannels: output) { start, count in
                Kernels.gemm(
                    m: rows, n: count, k: input, a: rowsOfX, lda: input, b: w + start, ldb: output, beta: rowsOfU == nil ? 0 : 1,
                    c: rowsOfZ + start, ldc: output)
            }
            workers.run(parts: rows, cost: output) { range in
                let place = rowsOfZ + range.lowerBound * output
                if gelu {
                    Kernels.biasGELU(rows: range.count, columns: output, place, bias: b, rowsOfY + range.lowerBound * output)
                } else {
                    Kernels.addBias(rows: range.count, columns: output, b, place)
                }
            }
            return withExtendedLifetime((x, weight, bias, addend, sums, y)) {}
        }
        nonisolated(unsafe) let matrix = SmallMatrix(k: input, n: output, weight.basePointer, stride: output)
        // Tile by tile, so that the bias finds the products in the first-level cache.
        let tile = max(64, 8192 / max(output, 1))
        workers.run(blocks) { block in
            let (first, total) = range(block)
            for start in stride(from: first, to: first + total, by: tile) {
                let count = min(tile, first + total - start)
                let place = rowsOfZ + start * output
                let addend = rowsOfU.map { $0 + start * output }
                matrix.multiply(rows: count, rowsOfX + start * input, lda: input, adding: addend, place, ldc: output)
                if gelu {
                    Kernels.biasGELU(rows: count, columns: output, place, bias: b, rowsOfY + start * output)
                } else {
                    Kernels.addBias(rows: count, columns: output, b, place)
                }
            }
        }
        withExtendedLifetime((x, weight, bias, addend, sums, y)) {}
    }

    /// Writes the gradients that are not nil, from that of `y`; returns that of the sums.
    func backward<Element: Scalar>(
        _ g: Tensor<Element>, _ x: Tensor<Element>, _ weight: Tensor<Element>, _ bias: Tensor<Element>, sums: Tensor<Element>,
        gx: Tensor<Element>?, gWeight: Tensor<Element>?, gBias: Tensor<Element>?
    ) -> Tensor<Element> {
        let gz = gelu ? Tensor<Element>(uninitialized: g.shape) : g
        if cuts(input) {
            backwardByChannels(g, x, weight, bias, sums: sums, gz: gz, gx: gx, gWeight: gWeight, gBias: gBias)
            return gz
        }
        let (weightTerms, biasTerms) = (terms(gWeight, input * output), terms(gBias, output))
        // Blocks write different rows and terms.
        nonisolated(unsafe) let (rowsOfX, b, rowsOfZ) = (x.basePointer, bias.basePointer, sums.basePointer)
        nonisolated(unsafe) let (gradientOfY, gradientOfZ, gradientOfX) = (g.basePointer, gz.kernelPointer, gx?.kernelPointer)
        nonisolated(unsafe) let (weights, biases) = (weightTerms?.kernelPointer, biasTerms?.kernelPointer)
        nonisolated(unsafe) let adjoint = SmallMatrix(k: output, n: input, weight.basePointer, stride: output, isTransposed: true)
        // Tile by tile, so that products and sums find the gradient in the second-level cache.
        let tile = max(64, 32_768 / max(input, output))
        workers.run(blocks) { block in
            let (first, total) = range(block)
            // Once even without rows, which writes zeros.
            for start in stride(from: first, to: max(first + total, first + 1), by: tile) {
                let (count, adds) = (min(tile, first + total - start), start > first)
                let place = gradientOfZ + start * output
                if gelu {
                    Kernels.biasGELUGradient(
                        rows: count, columns: output, rowsOfZ + start * output, bias: b, gradientOfY + start * output, place)
                }
                if let weights {
                    Kernels.gemm(
                        m: input, n: output, k: count, a: rowsOfX + start * input, lda: input, transposeA: true, b: place, ldb: output,
                        beta: adds ? 1 : 0, c: weights + block * input * output, ldc: output)
                }
                if let biases { Kernels.sumRows(rows: count, columns: output, place, accumulate: adds, biases + block * output) }
                if let gradientOfX { adjoint.multiply(rows: count, place, lda: output, gradientOfX + start * input, ldc: input) }
            }
        }
        if blocks > 1 {
            if let gWeight { weightTerms?.addBlocks(into: gWeight) }
            if let gBias { biasTerms?.addBlocks(into: gBias) }
        }
        return withExtendedLifetime((g, x, weight, bias, sums, gx)) { gz }
    }

    /// The same in blocks of input channels, which have their own columns of `gx` and rows of `gWeight`; `gz`, if it is not `g`, is written before.
    private func backwardByChannels<Element: Scalar>(
        _ g: Tensor<Element>, _ x: Tensor<Element>, _ weight: Tensor<Element>, _ bias: Tensor<Element>, sums: Tensor<Element>,
        gz: Tensor<Element>, gx: Tensor<Element>?, gWeight: Tensor<Element>?, gBias: Tensor<Element>?
    ) {
        // Invariant of the workers: each writes its own rows, then its own channels.
        nonisolated(unsafe) let (rowsOfX, w, b, rowsOfZ) = (x.basePointer, weight.basePointer, bias.basePointer, sums.basePointer)
        nonisolated(unsafe) let (gradientOfY, gradientOfZ) = (g.basePointer, gz.kernelPointer)
        nonisolated(unsafe) let (gradientOfX, weights) = (gx?.kernelPointer, gWeight?.kernelPointer)
        if gelu {
            workers.run(parts: rows, cost: output) { range in
                let start = range.lowerBound * output
                Kernels.biasGELUGradient(
                    rows: range.count, columns: output, rowsOfZ + start, bias: b, gradientOfY + start, gradientOfZ + start)
            }
        }
        if let gBias { Kernels.sumRows(rows: rows, columns: output, gradientOfZ, gBias.kernelPointer) }
        forEachBlock(ofChannels: input) { start, count in
            if let weights {
                Kernels.gemm(
                    m: count, n: output, k: rows, a: rowsOfX + start, lda: input, transposeA: true, b: gradientOfZ, ldb: output,
                    c: weights + start * output, ldc: output)
            }
            if let gradientOfX {
                Kernels.gemm(
                    m: rows, n: count, k: output, a: gradientOfZ, lda: output, b: w + start * output, ldb: output, transposeB: true,
                    c: gradientOfX + start, ldc: input)
            }
        }
        withExtendedLifetime((g, x, weight, bias, sums, gz, gx, gWeight)) {}
    }

    /// Room for what each block contributes: the gradient itself if there is one block.
    private func terms<Element: Scalar>(_ gradient: Tensor<Element>?, _ count: Int) -> Tensor<Element>? {
        gradient.map { blocks == 1 ? $0 : Tensor(uninitialized: [blocks, count]) }
    }
}
