import Tensors

extension Variable {
    /// `(x - mean) / sqrt(variance + epsilon)` with mean and (biased) variance over the given axes.
    ///
    /// Instance normalisation of `[b, y, x, c]` standardises over `[1, 2]`; one group over all but the batch.
    public func standardised(over axes: [Int], epsilon: Element = 1e-5) -> Variable {
        let centred = self - mean(axes: axes)
        let variance = centred.square().mean(axes: axes)
        return centred * (variance + epsilon).squareRoot().reciprocal()
    }

    /// Group normalisation of `[b, x..., c]`: channels in `groups` equal groups, each standardised over its channels and all points
    /// (Wu and He, 2018), without the affine map.
    public func groupStandardised(groups: Int, epsilon: Element = 1e-5) -> Variable {
        let channels = shape[shape.count - 1]
        precondition(channels % groups == 0, "\(channels) channels in \(groups) groups")
        let grouped = reshaped([shape[0], -1, groups, channels / groups])
        return grouped.standardised(over: [1, 3], epsilon: epsilon).reshaped(shape)
    }

    /// Group normalisation of `[b, x..., c]` with an affine map of the channels, and GELU after it if asked for:
    /// `y = f((x - mean) / sqrt(variance + epsilon) weight[c] + bias[c])`, as one operation that keeps no intermediate fields.
    public func groupNormalised(
        groups: Int, weight: Variable, bias: Variable, gelu: Bool = false, epsilon: Element = 1e-5
    ) -> Variable {
        let x = self
        let channels = shape[shape.count - 1]
        precondition(
            weight.shape == [channels] && bias.shape == [channels],
            "group normalisation with factors \(weight.shape) and shifts \(bias.shape) of a field of shape \(shape)")
        let extents = ChannelGroups(
            batch: shape[0], points: shape.dropFirst().dropLast().reduce(1, *), channels: channels, groups: groups)
        let mean = Tensor<Element>(uninitialized: [shape[0], groups])
        let inverseDeviation = Tensor<Element>(uninitialized: [shape[0], groups])
        let y = Tensor<Element>(uninitialized: shape)
        Kernels.groupStatistics(
            extents, value.basePointer, epsilon: Double(epsilon), mean: mean.kernelPointer,
            inverseDeviation: inverseDeviation.kernelPointer)
        Kernels.groupNormalise(
            extents, value.basePointer, mean: mean.basePointer, inverseDeviation: inverseDeviation.basePointer,
            weight: weight.value.basePointer, bias: bias.value.basePointer, gelu: gelu, y.kernelPointer)
        return tape.recordFused(y, [x, weight, bias]) { g in
            let gx = Tensor<Element>(uninitialized: x.shape)
            let gWeight = x.tape.gradientTensor(for: weight)
            let gBias = x.tape.gradientTensor(for: bias)
            Kernels.groupNormaliseGradient(
                extents, x.value.basePointer, mean: mean.basePointer, inverseDeviation: inverseDeviation.basePointer,
                weight: weight.value.basePointer, bias: bias.value.basePointer, gelu: gelu, g.basePointer, gx: gx.kernelPointer,
                gWeight: gWeight.kernelPointer, gBias: gBias.kernelPointer, needsInput: x.needsGradient)
            return [x.needsGradient ? gx : nil, gWeight, gBias]
        } composition: { parts in
            let affine = parts[0].groupStandardised(groups: groups, epsilon: epsilon) * parts[1] + parts[2]
            return gelu ? affine.gelu() : affine
        }
    }
}
