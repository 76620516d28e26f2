import Tensors
import Transforms

extension Variable {
    /// A Fourier layer without activation and the perceptron after it, `GELU((F^-1 (R F x) + x W + b) W1 + b1) W2 + b2`, as one operation.
    ///
    /// `spectral: [M, c, d, 2]`, `weight: [c, d]`, `bias: [d]`, `w1: [d, h]`, `b1: [h]`, `w2: [h, o]`, `b2: [o]`. All is linear up to GELU, so
    /// `W1` multiplies the few coefficients and `W` instead of the field at every point. That saves the product with `W` forward and its two backward, and as
    /// hidden values are kept, one with `W1`; `h` instead of `d` channels are synthesised and analysed. Worth it in one dimension, where a
    /// truncated transform costs less than a product.
    @specialized(where Element == Float)
    public func fourierProjection(
        _ modes: FourierModes, spectral: Variable, weight: Variable, bias: Variable, w1: Variable, b1: Variable, w2: Variable, b2: Variable
    ) -> Variable {
        let parts = [self, spectral, weight, bias, w1, b1, w2, b2]
        let grid = Array(shape[1..<(shape.count - 1)])
        let (input, output, hidden) = (shape[shape.count - 1], w1.shape[0], w1.shape[1])
        precondition(
            spectral.shape == [modes.count, input, output, 2] && weight.shape == [input, output] && bias.shape == [output]
                && b1.shape == [hidden] && w2.shape[0] == hidden && b2.shape == [w2.shape[1]],
            "Fourier layer and projection with weights \(parts.dropFirst().map(\.shape)) on a field of shape \(shape)")
        let projection = FourierProjection(
            x: value, spectral: spectral.value, weight: weight.value, bias: bias.value, w1: w1.value, b1: b1.value, w2: w2.value,
            b2: b2.value, modes: modes, grid: grid, workers: tape.workers)
        let y = projection.forward(keepsHidden: tape.isRecording && parts.contains(where: \.needsGradient))
        let tape = tape
        return tape.recordFused(y, parts) { [unowned tape] g in
            projection.backward(g, needsInput: parts[0].needsGradient, gradients: parts.dropFirst().map { tape.gradientTensor(for: $0) })
        } composition: { parts in
            let field =
                parts[0].fourierAnalysis(modes).mixingModes(parts[1]).fourierSynthesis(modes, grid: grid)
                + parts[0].linear(parts[2], bias: parts[3])
            return field.pointwiseMLP(parts[4], parts[5], parts[6], parts[7])
        }
    }
}

/// Values and gradients of `Variable.fourierProjection`.
private final class FourierProjection<Element: Scalar> {
    private let x, spectral, weight, bias, w1, b1, w2, b2: Tensor<Element>
    private let modes: FourierModes
    private let workers: Workers
    private let (batch, points, input, output, hidden, result): (Int, Int, Int, Int, Int, Int)
    private let shape: [Int]
    private let before, after: TruncatedFourierTransform<Element>
    /// `W W1` and `b W1 + b1`.
    private let pointWeight, shift: Tensor<Element>
    /// Coefficients of the input, and those of the layer's spectral part as rows `[batch, mode, part, channel]`.
    private let coefficients, mixedRows: Tensor<Element>
    /// Hidden values before `shift` and GELU, of all samples.
    private var hiddenSums: Tensor<Element>?
    private let tile = 128

    init(
        x: Tensor<Element>, spectral: Tensor<Element>, weight: Tensor<Element>, bias: Tensor<Element>, w1: Tensor<Element>,
        b1: Tensor<Element>, w2: Tensor<Element>, b2: Tensor<Element>, modes: FourierModes, grid: [Int], workers: Workers
    ) {
        (self.x, self.spectral, self.weight, self.bias) = (x, spectral, weight, bias)
        (self.w1, self.b1, self.w2, self.b2, self.modes, self.workers) = (w1, b1, w2, b2, modes, workers)
        (batch, points, input) = (x.shape[0], grid.reduce(1, *), weight.shape[0])
        (output, hidden, result) = (w1.shape[0], w1.shape[1], w2.shape[1])
        shape = [x.shape[0]] + grid + [w2.shape[1]]
        before = SpectralTransforms.transform(grid: grid, modes: modes, channels: input, as: Element.self)
        after = SpectralTransforms.transform(grid: grid, modes: modes, channels: hidden, as: Element.self)
        pointWeight = Tensor(uninitialized: [input, hidden])
        shift = Tensor(uninitialized: [hidden])
        coefficients = Tensor(uninitialized: [batch, modes.count, input, 2])
        mixedRows = Tensor(uninitialized: [batch, modes.count, 2, output])
        Kernels.gemm(
            m: input, n: hidden, k: output, a: weight.basePointer, lda: output, b: w1.basePointer, ldb: hidden,
            c: pointWeight.kernelPointer, ldc: hidden)
        shift.kernelPointer.update(from: b1.basePointer, count: hidden)
        Kernels.gemm(
            m: 1, n: hidden, k: output, a: bias.basePointer, lda: output, b: w1.basePointer, ldb: hidden, beta: 1,
            c: shift.kernelPointer, ldc: hidden)
    }

    /// Rows of coefficients of which real matrices make others: real and imaginary parts.
    private var rows: Int { 2 * batch * modes.count }

    func forward(keepsHidden: Bool) -> Tensor<Element> {
        before.analyse(x.basePointer, into: coefficients.kernelPointer, batch: batch, scale: 1, weights: .one)
        let mixed = Tensor<Element>(uninitialized: [batch, modes.count, output, 2])
        Kernels.mixModes(
            batch: batch, modes: modes.count, input: input, output: output, x: coefficients.basePointer, w: spectral.basePointer,
            y: mixed.kernelPointer, workers: workers)
        Kernels.permute(mixed.shape, order: [0, 1, 3, 2], mixed.basePointer, mixedRows.kernelPointer)
        let wideRows = Tensor<Element>(uninitialized: [batch, modes.count, 2, hidden])
        Kernels.gemm(
            m: rows, n: hidden, k: output, a: mixedRows.basePointer, lda: output, b: w1.basePointer, ldb: hidden,
            c: wideRows.kernelPointer, ldc: hidden)
        let wide = Tensor<Element>(uninitialized: [batch, modes.count, hidden, 2])
        Kernels.permute(wideRows.shape, order: [0, 1, 3, 2], wideRows.basePointer, wide.kernelPointer)

        let y = Tensor<Element>(uninitialized: shape)
        let sums = Tensor<Element>(uninitialized: [keepsHidden ? batch : 1, points, hidden])
        hiddenSums = keepsHidden ? sums : nil
        nonisolated(unsafe) let first = SmallMatrix(k: input, n: hidden, pointWeight.basePointer, stride: hidden)
        nonisolated(unsafe) let second = SmallMatrix(k: hidden, n: result, w2.basePointer, stride: result)
        nonisolated(unsafe) let (shift, b2) = (shift.basePointer, b2.basePointer)
        let (points, input, hidden, result, tile) = (points, input, hidden, result, tile)
        for sample in 0..<batch {
            nonisolated(unsafe) let z = sums.kernelPointer + (keepsHidden ? sample * points * hidden : 0)
            after.synthesise(
                wide.basePointer + sample * 2 * modes.count * hidden, into: z, batch: 1, scale: 1 / Element(points),
                weights: .halfSpectrum)
            nonisolated(unsafe) let (field, out) = (
                x.basePointer + sample * points * input, y.kernelPointer + sample * points * result
            )
            // Workers share the tiles of a sample, which write different rows.
            workers.run(parts: (points + tile - 1) / tile) { tiles in
                let values = Storage<Element>(count: tile * hidden)
                for start in tiles.lazy.map({ $0 * tile }) {
                    let (count, place) = (min(tile, points - start), out + start * result)
                    first.multiply(
                        rows: count, field + start * input, lda: input, adding: z + start * hidden, z + start * hidden, ldc: hidden)
                    Kernels.biasGELU(rows: count, columns: hidden, z + start * hidden, bias: shift, values.pointer)
                    second.multiply(rows: count, values.pointer, lda: hidden, place, ldc: result)
                    Kernels.addBias(rows: count, columns: result, b2, place)
                }
            }
        }
        return withExtendedLifetime((mixed, wideRows, wide, sums)) { y }
    }

    /// Gradients of the field, if it needs one, and of the seven weights, which are written to `gradients`.
    func backward(_ g: Tensor<Element>, needsInput: Bool, gradients: [Tensor<Element>]) -> [Tensor<Element>?] {
        guard let hiddenSums else { preconditionFailure("gradient of a projection that kept nothing") }
        let (gSpectral, gWeight, gBias) = (gradients[0], gradients[1], gradients[2])
        let (gW1, gB1, gW2, gB2) = (gradients[3], gradients[4], gradients[5], gradients[6])
        let gx = needsInput ? Tensor<Element>(uninitialized: x.shape) : nil
        let gPointWeight = Tensor<Element>(uninitialized: [input, hidden])
        let gWide = Tensor<Element>(uninitialized: [batch, modes.count, hidden, 2])
        let gSums = Storage<Element>(count: points * hidden)
        let values = Storage<Element>(count: tile * hidden)
        let secondAdjoint = SmallMatrix(k: result, n: hidden, w2.basePointer, stride: result, isTransposed: true)
        let firstAdjoint = SmallMatrix(k: hidden, n: input, pointWeight.basePointer, stride: hidden, isTransposed: true)
        for sample in 0..<batch {
            let (z, gy) = (hiddenSums.basePointer + sample * points * hidden, g.basePointer + sample * points * result)
            for start in stride(from: 0, to: points, by: tile) {
                let (count, gRows, gz) = (min(tile, points - start), gy + start * result, gSums.pointer + start * hidden)
                Kernels.copy(count * hidden, z + start * hidden, values.pointer)
                secondAdjoint.multiply(rows: count, gRows, lda: result, gz, ldc: hidden)
                Kernels.biasGELUWithGradient(rows: count, columns: hidden, values.pointer, bias: shift.basePointer, gz)
                Kernels.gemm(
                    m: hidden, n: result, k: count, a: values.pointer, lda: hidden, transposeA: true, b: gRows, ldb: result,
                    beta: sample == 0 && start == 0 ? 0 : 1, c: gW2.kernelPointer, ldc: result)
            }
            Kernels.sumRows(rows: points, columns: result, gy, accumulate: sample > 0, gB2.kernelPointer)
            let gCoefficients = gWide.kernelPointer + sample * 2 * modes.count * hidden
            after.analyse(gSums.pointer, into: gCoefficients, batch: 1, scale: 1 / Element(points), weights: .halfSpectrum)
            after.sumOverPoints(gSums.pointer, coefficients: gCoefficients, accumulate: sample > 0, into: gB1.kernelPointer)
            Kernels.gemm(
                m: input, n: hidden, k: points, a: x.basePointer + sample * points * input, lda: input, transposeA: true, b: gSums.pointer,
                ldb: hidden, beta: sample == 0 ? 0 : 1, c: gPointWeight.kernelPointer, ldc: hidden)
            if let gx {
                firstAdjoint.multiply(
                    rows: points, gSums.pointer, lda: hidden, gx.kernelPointer + sample * points * input, ldc: input)
            }
        }
        backwardThroughWeights(gPointWeight, gB1, gWeight: gWeight, gBias: gBias, gW1: gW1)
        backwardThroughModes(gWide, gSpectral: gSpectral, gW1: gW1, gx: gx)
        return withExtendedLifetime((gSums, values)) { [gx] + gradients }
    }

    /// From the gradients of `W W1` and `b W1 + b1` those of `W`, `b`, and the share of `W1`, which is written.
    private func backwardThroughWeights(
        _ gPointWeight: Tensor<Element>, _ gShift: Tensor<Element>, gWeight: Tensor<Element>, gBias: Tensor<Element>, gW1: Tensor<Element>
    ) {
        for (rows, gProduct, gFactor) in [(input, gPointWeight, gWeight), (1, gShift, gBias)] {
            Kernels.gemm(
                m: rows, n: output, k: hidden, a: gProduct.basePointer, lda: hidden, b: w1.basePointer, ldb: hidden, transposeB: true,
                c: gFactor.kernelPointer, ldc: output)
        }
        for (rows, factor, gProduct, beta) in [(input, weight, gPointWeight, Element(0)), (1, bias, gShift, 1)] {
            Kernels.gemm(
                m: output, n: hidden, k: rows, a: factor.basePointer, lda: output, transposeA: true, b: gProduct.basePointer,
                ldb: hidden, beta: beta, c: gW1.kernelPointer, ldc: hidden)
        }
    }

    /// From the gradient of the coefficients of the hidden values those of the spectral weight, of `W1`, and of the field: the last two are
    /// added to.
    private func backwardThroughModes(_ gWide: Tensor<Element>, gSpectral: Tensor<Element>, gW1: Tensor<Element>, gx: Tensor<Element>?) {
        let gWideRows = Tensor<Element>(uninitialized: [batch, modes.count, 2, hidden])
        Kernels.permute(gWide.shape, order: [0, 1, 3, 2], gWide.basePointer, gWideRows.kernelPointer)
        Kernels.gemm(
            m: output, n: hidden, k: rows, a: mixedRows.basePointer, lda: output, transposeA: true, b: gWideRows.basePointer, ldb: hidden,
            beta: 1, c: gW1.kernelPointer, ldc: hidden)
        let gMixedRows = Tensor<Element>(uninitialized: [batch, modes.count, 2, output])
        Kernels.gemm(
            m: rows, n: output, k: hidden, a: gWideRows.basePointer, lda: hidden, b: w1.basePointer, ldb: hidden, transposeB: true,
            c: gMixedRows.kernelPointer, ldc: output)
        let gMixed = Tensor<Element>(uninitialized: [batch, modes.count, output, 2])
        Kernels.permute(gMixedRows.shape, order: [0, 1, 3, 2], gMixedRows.basePointer, gMixed.kernelPointer)
        Kernels.mixModesWeightGradient(
            batch: batch, modes: modes.count, input: input, output: output, x: coefficients.basePointer, gy: gMixed.basePointer,
            gw: gSpectral.kernelPointer)
        guard let gx else { return }
        let gCoefficients = Tensor<Element>(uninitialized: [batch, modes.count, input, 2])
        Kernels.mixModesInputGradient(
            batch: batch, modes: modes.count, input: input, output: output, gy: gMixed.basePointer, w: spectral.basePointer,
            gx: gCoefficients.kernelPointer)
        before.synthesise(gCoefficients.basePointer, into: gx.kernelPointer, batch: batch, scale: 1, weights: .one, accumulate: true)
        withExtendedLifetime((gWideRows, gMixedRows, gMixed, gCoefficients)) {}
    }
}
