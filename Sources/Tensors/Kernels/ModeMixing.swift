extension Kernels {
    /// Mixes channels mode by mode: `y[b, m, o] = sum_i x[b, m, i] w[m, i, o]` (complex pairs), one CGEMM for each mode without copies.
    package static func mixModes<T: Scalar>(
        batch: Int, modes: Int, input: Int, output: Int, x: UnsafePointer<T>, w: UnsafePointer<T>, y: UnsafeMutablePointer<T>
    ) {
        for mode in 0..<modes {
            complexGEMM(
                m: batch, n: output, k: input, a: x + 2 * mode * input, lda: modes * input, b: w + 2 * mode * input * output, ldb: output,
                c: y + 2 * mode * output, ldc: modes * output)
        }
    }

    /// Gradient of `mixModes` with respect to `x`: `gx[b, m, i] = sum_o gy[b, m, o] conj(w[m, i, o])`.
    package static func mixModesInputGradient<T: Scalar>(
        batch: Int, modes: Int, input: Int, output: Int, gy: UnsafePointer<T>, w: UnsafePointer<T>, gx: UnsafeMutablePointer<T>
    ) {
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
        for mode in 0..<modes {
            complexGEMM(
                m: input, n: output, k: batch, a: x + 2 * mode * input, lda: modes * input, adjointA: true, b: gy + 2 * mode * output,
                ldb: modes * output, c: gw + 2 * mode * input * output, ldc: output)
        }
    }
}
