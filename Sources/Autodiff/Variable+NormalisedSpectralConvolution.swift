import Tensors
import Transforms

extension Variable {
    /// A spectral convolution between two normalisations, `N(F^-1 (R F N(x)))`, as one operation; `N` standardises each of equal groups of channels
    /// over its channels and all points of a sample.
    ///
    /// `x: [b, n1, ..., nd, c]`, `spectral: [M, c, d, 2]`. Both normalisations act on the few Fourier coefficients: a mean is one coefficient, and the
    /// variance of the result is a sum of squares of coefficients, so the field is read once for its own statistics and never normalised point by
    /// point.
    @specialized(where Element == Float)
    public func normalisedSpectralConvolution(
        _ modes: FourierModes, spectral: Variable, groups: Int, outputGroups: Int, epsilon: Element = 1e-5
    ) -> Variable {
        let x = self
        let grid = Array(shape[1..<(shape.count - 1)])
        let (batch, input, output) = (shape[0], shape[shape.count - 1], spectral.shape[2])
        precondition(
            spectral.shape == [modes.count, input, output, 2] && input % groups == 0 && output % outputGroups == 0,
            "spectral convolution with weights \(spectral.shape) in \(groups) and \(outputGroups) groups on a field of shape \(shape)")
        func composition(_ parts: [Variable]) -> Variable {
            parts[0].groupStandardised(groups: groups, epsilon: epsilon).fourierAnalysis(modes).mixingModes(parts[1])
                .fourierSynthesis(modes, grid: grid).groupStandardised(groups: outputGroups, epsilon: epsilon)
        }
        guard let spectrum = SpectralTransforms.normalisation(grid: grid, modes: modes) else { return composition([x, spectral]) }
        let extents = ChannelGroups(batch: batch, points: spectrum.points, channels: input, groups: groups)
        let before = SpectralTransforms.transform(grid: grid, modes: modes, channels: input, as: Element.self)
        let after = SpectralTransforms.transform(grid: grid, modes: modes, channels: output, as: Element.self)
        let scale = 1 / Element(spectrum.points)

        let first = Statistics(batch, groups)
        let second = Statistics(batch, outputGroups)
        Kernels.groupStatistics(
            extents, x.value.basePointer, epsilon: Double(epsilon), mean: first.mean.kernelPointer,
            inverseDeviation: first.inverseDeviation.kernelPointer, workers: tape.workers)
        let coefficients = Tensor<Element>(uninitialized: [batch, modes.count, input, 2])
        before.analyse(x.value.basePointer, into: coefficients.kernelPointer, batch: batch, scale: 1, weights: .one)
        Kernels.standardiseCoefficients(
            spectrum, batch: batch, channels: input, groups: groups, mean: first.mean.basePointer,
            inverseDeviation: first.inverseDeviation.basePointer, coefficients.kernelPointer)
        let mixed = Tensor<Element>(uninitialized: [batch, modes.count, output, 2])
        Kernels.mixModes(
            batch: batch, modes: modes.count, input: input, output: output, x: coefficients.basePointer, w: spectral.value.basePointer,
            y: mixed.kernelPointer, workers: tape.workers)
        Kernels.coefficientStatistics(
            spectrum, batch: batch, channels: output, groups: outputGroups, mixed.basePointer, epsilon: Double(epsilon),
            mean: second.mean.kernelPointer, inverseDeviation: second.inverseDeviation.kernelPointer)
        Kernels.standardiseCoefficients(
            spectrum, batch: batch, channels: output, groups: outputGroups, mean: second.mean.basePointer,
            inverseDeviation: second.inverseDeviation.basePointer, mixed.kernelPointer)
        let y = Tensor<Element>(uninitialized: [batch] + grid + [output])
        after.synthesise(mixed.basePointer, into: y.kernelPointer, batch: batch, scale: scale, weights: .halfSpectrum)

        return tape.recordFused(y, [x, spectral]) { g in
            let gMixed = Tensor<Element>(uninitialized: mixed.shape)
            after.analyse(g.basePointer, into: gMixed.kernelPointer, batch: batch, scale: scale, weights: .halfSpectrum)
            Kernels.standardiseCoefficientsGradient(
                spectrum, batch: batch, channels: output, groups: outputGroups, standardised: mixed.basePointer,
                inverseDeviation: second.inverseDeviation.basePointer, gMixed.kernelPointer)
            let gSpectral = x.tape.gradientTensor(for: spectral)
            Kernels.mixModesWeightGradient(
                batch: batch, modes: modes.count, input: input, output: output, x: coefficients.basePointer, gy: gMixed.basePointer,
                gw: gSpectral.kernelPointer)
            guard x.needsGradient else { return [nil, gSpectral] }
            let gCoefficients = Tensor<Element>(uninitialized: coefficients.shape)
            Kernels.mixModesInputGradient(
                batch: batch, modes: modes.count, input: input, output: output, gy: gMixed.basePointer, w: spectral.value.basePointer,
                gx: gCoefficients.kernelPointer)
            let factors = Tensor<Element>(uninitialized: [batch, input])
            Kernels.standardisedFieldGradient(
                spectrum, batch: batch, channels: input, groups: groups, standardised: coefficients.basePointer,
                mean: first.mean.basePointer, inverseDeviation: first.inverseDeviation.basePointer, gCoefficients.kernelPointer,
                factors: factors.kernelPointer)
            let gx = Tensor<Element>(uninitialized: x.shape)
            // Sample by sample, so that the transform adds to values in the cache.
            for sample in 0..<batch {
                Kernels.scaleColumns(
                    rows: extents.points, columns: input, x.value.basePointer + sample * extents.count,
                    factors: factors.basePointer + sample * input, gx.kernelPointer + sample * extents.count)
                before.synthesise(
                    gCoefficients.basePointer + sample * 2 * modes.count * input, into: gx.kernelPointer + sample * extents.count,
                    batch: 1, scale: 1, weights: .one, accumulate: true)
            }
            return withExtendedLifetime((gMixed, gCoefficients, factors)) { [gx, gSpectral] }
        } composition: {
            composition($0)
        }
    }

    /// Means and inverse deviations, `[batch, groups]`.
    private struct Statistics {
        let mean: Tensor<Element>
        let inverseDeviation: Tensor<Element>

        init(_ batch: Int, _ groups: Int) {
            mean = Tensor(uninitialized: [batch, groups])
            inverseDeviation = Tensor(uninitialized: [batch, groups])
        }
    }
}
