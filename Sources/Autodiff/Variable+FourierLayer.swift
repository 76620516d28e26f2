import Tensors
import Transforms

extension Variable {
    /// A whole Fourier layer, `activation(F^-1 (R F x) + x W + b)` with GELU or no activation, as one operation.
    ///
    /// `spectral: [M, c, d, 2]`, `weight: [c, d]`, `bias: [d]`. All samples are transformed, the modes are mixed once for all of them so
    /// that the spectral weights are read once, and the rest goes on sample by sample, which keeps a sample in the second-level cache.
    @specialized(where Element == Float)
    public func fourierLayer(_ modes: FourierModes, spectral: Variable, weight: Variable, bias: Variable, gelu: Bool) -> Variable {
        let x = self
        let grid = Array(shape[1..<(shape.count - 1)])
        let (batch, points, input, output) = (shape[0], grid.reduce(1, *), shape[shape.count - 1], weight.shape[1])
        precondition(
            spectral.shape == [modes.count, input, output, 2] && weight.shape == [input, output] && bias.shape == [output],
            "Fourier layer with weights \(spectral.shape), \(weight.shape), \(bias.shape) on a field of shape \(shape)")
        let before = SpectralTransforms.transform(grid: grid, modes: modes, channels: input, as: Element.self)
        let after = SpectralTransforms.transform(grid: grid, modes: modes, channels: output, as: Element.self)
        let scale = 1 / Element(points)

        let coefficients = Tensor<Element>(uninitialized: [batch, modes.count, input, 2])
        before.analyse(x.value.basePointer, into: coefficients.kernelPointer, batch: batch, scale: 1, weights: .one)
        let mixed = Tensor<Element>(uninitialized: [batch, modes.count, output, 2])
        Kernels.mixModes(
            batch: batch, modes: modes.count, input: input, output: output, x: coefficients.basePointer, w: spectral.value.basePointer,
            y: mixed.kernelPointer, workers: tape.workers)
        let shape = [batch] + grid + [output]
        // Without its bias: that is added in the pass that applies the activation.
        let preactivation = Tensor<Element>(uninitialized: shape)
        let result = gelu ? Tensor<Element>(uninitialized: shape) : preactivation
        nonisolated(unsafe) let bypass = SmallMatrix(k: input, n: output, weight.value.basePointer, stride: output)
        nonisolated(unsafe) let shift = bias.value.basePointer
        let tile = 128
        for sample in 0..<batch {
            nonisolated(unsafe) let z = preactivation.kernelPointer + sample * points * output
            after.synthesise(
                mixed.basePointer + sample * 2 * modes.count * output, into: z, batch: 1, scale: scale, weights: .halfSpectrum)
            nonisolated(unsafe) let (field, y) = (
                x.value.basePointer + sample * points * input, result.kernelPointer + sample * points * output
            )
            // Tile by tile, so that the activation finds the sums in the first-level cache; workers share the tiles.
            tape.workers.run(parts: (points + tile - 1) / tile) { tiles in
                for start in tiles.lazy.map({ $0 * tile }) {
                    let (rows, place) = (min(tile, points - start), start * output)
                    bypass.multiply(rows: rows, field + start * input, lda: input, adding: z + place, z + place, ldc: output)
                    if gelu {
                        Kernels.biasGELU(rows: rows, columns: output, z + place, bias: shift, y + place)
                    } else {
                        Kernels.addBias(rows: rows, columns: output, shift, z + place)
                    }
                }
            }
        }
        return tape.recordFused(result, [x, spectral, weight, bias]) { g in
            let size = (batch: batch, points: points, input: input, output: output)
            return x.fourierLayerGradient(
                g, size, preactivation: gelu ? preactivation : nil, coefficients: coefficients, spectral: spectral, weight: weight,
                bias: bias,
                before: before, after: after)
        } composition: { parts in
            let sum =
                parts[0].fourierAnalysis(modes).mixingModes(parts[1]).fourierSynthesis(modes, grid: grid)
                + parts[0].linear(parts[2], bias: parts[3])
            return gelu ? sum.gelu() : sum
        }
    }

    /// Gradients of `fourierLayer` with respect to the field and the three weights.
    private func fourierLayerGradient(
        _ g: Tensor<Element>, _ size: (batch: Int, points: Int, input: Int, output: Int), preactivation: Tensor<Element>?,
        coefficients: Tensor<Element>, spectral: Variable, weight: Variable, bias: Variable, before: TruncatedFourierTransform<Element>,
        after: TruncatedFourierTransform<Element>
    ) -> [Tensor<Element>?] {
        let (batch, points, input, output) = size
        let modes = before.modes.count
        let gx = Tensor<Element>(uninitialized: shape)
        let gWeight = tape.gradientTensor(for: weight)
        let gBias = tape.gradientTensor(for: bias)
        let gSpectral = tape.gradientTensor(for: spectral)
        let gMixed = Tensor<Element>(uninitialized: [batch, modes, output, 2])
        let gCoefficients = Tensor<Element>(uninitialized: [batch, modes, input, 2])
        let scratch = Tensor<Element>(uninitialized: [points * output])
        let bypassAdjoint = SmallMatrix(k: output, n: input, weight.value.basePointer, stride: output, isTransposed: true)
        for sample in 0..<batch {
            var gz = g.basePointer + sample * points * output
            if let preactivation {
                Kernels.biasGELUGradient(
                    rows: points, columns: output, preactivation.basePointer + sample * points * output, bias: bias.value.basePointer, gz,
                    scratch.kernelPointer)
                gz = scratch.basePointer
            }
            after.analyse(
                gz, into: gMixed.kernelPointer + sample * 2 * modes * output, batch: 1, scale: 1 / Element(points), weights: .halfSpectrum)
            Kernels.gemm(
                m: input, n: output, k: points, a: value.basePointer + sample * points * input, lda: input, transposeA: true, b: gz,
                ldb: output, beta: sample == 0 ? 0 : 1, c: gWeight.kernelPointer, ldc: output)
            after.sumOverPoints(
                gz, coefficients: gMixed.basePointer + sample * 2 * modes * output, accumulate: sample > 0, into: gBias.kernelPointer)
            if needsGradient {
                bypassAdjoint.multiply(rows: points, gz, lda: output, gx.kernelPointer + sample * points * input, ldc: input)
            }
        }
        Kernels.mixModesWeightGradient(
            batch: batch, modes: modes, input: input, output: output, x: coefficients.basePointer, gy: gMixed.basePointer,
            gw: gSpectral.kernelPointer)
        guard needsGradient else { return [nil, gSpectral, gWeight, gBias] }
        Kernels.mixModesInputGradient(
            batch: batch, modes: modes, input: input, output: output, gy: gMixed.basePointer, w: spectral.value.basePointer,
            gx: gCoefficients.kernelPointer)
        before.synthesise(gCoefficients.basePointer, into: gx.kernelPointer, batch: batch, scale: 1, weights: .one, accumulate: true)
        return withExtendedLifetime((scratch, gMixed, gCoefficients)) { [gx, gSpectral, gWeight, gBias] }
    }
}

extension TruncatedFourierTransform {
    /// `sums[c] (+)= sum_j g_j[c]` over the points of one sample, given the coefficients of `g` with scale 1/N: that of wavenumber zero is the mean.
    ///
    /// Read from there instead of summed where it is kept: one pass over the field less.
    func sumOverPoints(
        _ g: UnsafePointer<S>, coefficients: UnsafePointer<S>, accumulate: Bool, into sums: UnsafeMutablePointer<S>
    ) {
        let points = grid.reduce(1, *)
        guard let mean = modes.meanIndex else {
            Kernels.sumRows(rows: points, columns: channels, g, accumulate: accumulate, sums)
            return
        }
        let factor = S(points)
        for channel in 0..<channels {
            let sum = factor * coefficients[2 * (mean * channels + channel)]
            sums[channel] = accumulate ? sums[channel] + sum : sum
        }
    }
}
