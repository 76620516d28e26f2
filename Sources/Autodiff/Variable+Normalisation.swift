import Tensors

extension Variable {
    /// `(x - mean) / sqrt(variance + epsilon)` with mean and (biased) variance over the given axes.
    ///
    /// Instance normalisation of `[b, y, x, c]` standardises over `[1, 2]`; one group over all but the batch. Axes that are kept, reduced, kept
    /// and reduced, in this order, are one operation; other patterns are composed.
    public func standardised(over axes: [Int], epsilon: Element = 1e-5) -> Variable {
        guard let extents = ChannelGroups(shape, standardising: axes) else { return standardisedInSteps(over: axes, epsilon: epsilon) }
        return normalised(extents, affine: nil, gelu: false, epsilon: epsilon) { parts in
            parts[0].standardisedInSteps(over: axes, epsilon: epsilon)
        }
    }

    /// The definition, step by step.
    private func standardisedInSteps(over axes: [Int], epsilon: Element) -> Variable {
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
        let channels = shape[shape.count - 1]
        precondition(
            weight.shape == [channels] && bias.shape == [channels],
            "group normalisation with factors \(weight.shape) and shifts \(bias.shape) of a field of shape \(shape)")
        let extents = ChannelGroups(
            batch: shape[0], points: shape.dropFirst().dropLast().reduce(1, *), channels: channels, groups: groups)
        return normalised(extents, affine: (weight, bias), gelu: gelu, epsilon: epsilon) { parts in
            let affine = parts[0].groupStandardised(groups: groups, epsilon: epsilon) * parts[1] + parts[2]
            return gelu ? affine.gelu() : affine
        }
    }

    /// The fused operation; `composition` is the same in primitive steps of `[x]` or `[x, weight, bias]`.
    private func normalised(
        _ extents: ChannelGroups, affine: (weight: Variable, bias: Variable)?, gelu: Bool, epsilon: Element,
        composition: @escaping ([Variable]) -> Variable
    ) -> Variable {
        let x = self
        let mean = Tensor<Element>(uninitialized: [extents.batch, extents.groups])
        let inverseDeviation = Tensor<Element>(uninitialized: [extents.batch, extents.groups])
        let y = Tensor<Element>(uninitialized: shape)
        Kernels.groupStatistics(
            extents, value.basePointer, epsilon: Double(epsilon), mean: mean.kernelPointer,
            inverseDeviation: inverseDeviation.kernelPointer, workers: tape.workers)
        Kernels.groupNormalise(
            extents, value.basePointer, mean: mean.basePointer, inverseDeviation: inverseDeviation.basePointer,
            weight: affine?.weight.value.basePointer, bias: affine?.bias.value.basePointer, gelu: gelu, y.kernelPointer,
            workers: tape.workers)
        return tape.recordFused(y, [x] + (affine.map { [$0.weight, $0.bias] } ?? [])) { g in
            let gx = Tensor<Element>(uninitialized: x.shape)
            let gradients = affine.map { (weight: x.tape.gradientTensor(for: $0.weight), bias: x.tape.gradientTensor(for: $0.bias)) }
            Kernels.groupNormaliseGradient(
                extents, x.value.basePointer, mean: mean.basePointer, inverseDeviation: inverseDeviation.basePointer,
                weight: affine?.weight.value.basePointer, bias: affine?.bias.value.basePointer, gelu: gelu, g.basePointer,
                gx: gx.kernelPointer, gWeight: gradients?.weight.kernelPointer, gBias: gradients?.bias.kernelPointer,
                needsInput: x.needsGradient)
            return [x.needsGradient ? gx : nil] + (gradients.map { [$0.weight, $0.bias] } ?? [])
        } composition: {
            composition($0)
        }
    }

    /// Layer normalisation of whole fields: each sample of `[b, ...]` standardised over all its numbers, then a factor and a shift of its own for every
    /// number, `(x - mean) / sqrt(variance + epsilon) weight + bias` (Ba, Kiros and Hinton, 2016), as one operation.
    public func fieldNormalised(weight: Variable, bias: Variable, epsilon: Element = 1e-5) -> Variable {
        let x = self
        let (batch, count) = (shape[0], shape.dropFirst().reduce(1, *))
        precondition(
            weight.shape == Array(shape.dropFirst()) && bias.shape == weight.shape,
            "field normalisation with factors \(weight.shape) and shifts \(bias.shape) of fields of shape \(shape)")
        let mean = Tensor<Element>(uninitialized: [batch])
        let inverseDeviation = Tensor<Element>(uninitialized: [batch])
        let y = Tensor<Element>(uninitialized: shape)
        Kernels.groupStatistics(
            ChannelGroups(batch: batch, points: count, channels: 1, groups: 1), value.basePointer, epsilon: Double(epsilon),
            mean: mean.kernelPointer, inverseDeviation: inverseDeviation.kernelPointer, workers: tape.workers)
        for sample in 0..<batch {
            // Invariant of the workers: each writes its own numbers.
            nonisolated(unsafe) let (source, target) = (value.basePointer + sample * count, y.kernelPointer + sample * count)
            nonisolated(unsafe) let (factors, shifts) = (weight.value.basePointer, bias.value.basePointer)
            let (average, factor) = (mean.basePointer[sample], inverseDeviation.basePointer[sample])
            tape.workers.run(numbers: count) {
                Kernels.fieldNormalise(
                    $0.count, source + $0.lowerBound, mean: average, inverseDeviation: factor, weight: factors + $0.lowerBound,
                    bias: shifts + $0.lowerBound, target + $0.lowerBound)
            }
        }
        return tape.recordFused(y, [x, weight, bias]) { g in
            let gx = Tensor<Element>(uninitialized: x.shape)
            let gWeight = x.tape.gradientTensor(for: weight)
            let gBias = x.tape.gradientTensor(for: bias)
            Kernels.fill(count, 0, gWeight.kernelPointer)
            Kernels.fill(count, 0, gBias.kernelPointer)
            for sample in 0..<batch {
                Kernels.fieldNormaliseGradient(
                    count, x.value.basePointer + sample * count, mean: mean.basePointer[sample],
                    inverseDeviation: inverseDeviation.basePointer[sample], weight: weight.value.basePointer,
                    g.basePointer + sample * count, gx: gx.kernelPointer + sample * count, gWeight: gWeight.kernelPointer,
                    gBias: gBias.kernelPointer)
            }
            return [x.needsGradient ? gx : nil, gWeight, gBias]
        } composition: { parts in
            parts[0].standardisedInSteps(over: Array(1..<x.shape.count), epsilon: epsilon) * parts[1] + parts[2]
        }
    }
}
