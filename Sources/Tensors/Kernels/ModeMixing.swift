extension Kernels {
    /// Mixes channels mode by mode: `y[b, m, o] = sum_i x[b, m, i] w[m, i, o]` (complex pairs), mode by mode without copies of the fields; workers
    /// share the modes.
    package static func mixModes<T: Scalar>(
        batch: Int, modes: Int, input: Int, output: Int, x: UnsafePointer<T>, w: UnsafePointer<T>, y: UnsafeMutablePointer<T>,
        workers: Workers = Workers(threads: 1)
    ) {
        // Each mode has its own part of `y`.
        nonisolated(unsafe) let (x, w, y) = (x, w, y)
        workers.run(parts: modes) {
            mixModes($0, of: modes, batch: batch, input: input, output: output, x: x, w: w, y: y)
        }
    }

    private static func mixModes<T: Scalar>(
        _ range: Range<Int>, of modes: Int, batch: Int, input: Int, output: Int, x: UnsafePointer<T>, w: UnsafePointer<T>,
        y: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self, ComplexMatrix.pays(rows: batch, input, output) {
            let matrix = ComplexMatrix(k: input, n: output)
            for mode in range {
                matrix.set(floats(w) + 2 * mode * input * output, isAdjoint: false)
                matrix.multiply(
                    rows: batch, floats(x) + 2 * mode * input, lda: 2 * modes * input, floats(y) + 2 * mode * output,
                    ldc: 2 * modes * output)
            }
            return
        }
        for mode in range {
            complexGEMM(
                m: batch, n: output, k: input, a: x + 2 * mode * input, lda: modes * input, b: w + 2 * mode * input * output, ldb: output,
                c: y + 2 * mode * output, ldc: modes * output)
        }
    }

    /// Gradient of `mixModes` with respect to `x`: `gx[b, m, i] = sum_o gy[b, m, o] conj(w[m, i, o])`.
    package static func mixModesInputGradient<T: Scalar>(
        batch: Int, modes: Int, input: Int, output: Int, gy: UnsafePointer<T>, w: UnsafePointer<T>, gx: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self, ComplexMatrix.pays(rows: batch, output, input) {
            let matrix = ComplexMatrix(k: output, n: input)
            for mode in 0..<modes {
                matrix.set(floats(w) + 2 * mode * input * output, isAdjoint: true)
                matrix.multiply(
                    rows: batch, floats(gy) + 2 * mode * output, lda: 2 * modes * output, floats(gx) + 2 * mode * input,
                    ldc: 2 * modes * input)
            }
            return
        }
        for mode in 0..<modes {
            complexGEMM(
                m: batch, n: input, k: output, a: gy + 2 * mode * output, lda: modes * output, b: w + 2 * mode * input * output,
                ldb: output, adjointB: true, c: gx + 2 * mode * input, ldc: modes * input)
        }
    }

    /// Gradient of `mixModes` with respect to `w`: `gw[m, i, o] = sum_b conj(x[b, m, i]) gy[b, m, o]`.
    package static func mixModesWeightGradient<T: Scalar>(
        batch: Int, modes: Int, input: Int, output: Int, x: UnsafePointer<T>, gy: UnsafePointer<T>, gw: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self, ComplexMatrix.pays(rows: batch, input, output) {
            let rows = ComplexRows(rows: batch, n: output)
            for mode in 0..<modes {
                rows.set(floats(gy) + 2 * mode * output, stride: 2 * modes * output)
                rows.addProducts(
                    m: input, floats(x) + 2 * mode * input, lda: 2 * modes * input, floats(gw) + 2 * mode * input * output, ldc: 2 * output)
            }
            return
        }
        for mode in 0..<modes {
            complexGEMM(
                m: input, n: output, k: batch, a: x + 2 * mode * input, lda: modes * input, adjointA: true, b: gy + 2 * mode * output,
                ldb: modes * output, c: gw + 2 * mode * input * output, ldc: output)
        }
    }
}
