import Tensors

extension Variable {
    /// `(x - mean) / sqrt(variance + epsilon)` with mean and (biased) variance over the given axes.
    ///
    /// Instance normalisation of `[b, y, x, c]` standardises over `[1, 2]`; one group over all but the batch. Axes that are kept, reduced, kept
    /// and reduced, in this order, are one operation; other patterns are composed.
    @specialized(where Element == Float)
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
    @specialized(where Element == Float)
    public func groupStandardised(groups: Int, epsilon: Element = 1e-5) -> Variable {
        let channels = shape[shape.count - 1]
        precondition(channels % groups == 0, "\(channels) channels in \(groups) groups")
        let grouped = reshaped([shape[0], -1, groups, channels / groups])
        return grouped.standardised(over: [1, 3], epsilon: epsilon).reshaped(shape)
    }

    /// Group normalisation of `[b, x..., c]` with an affine map of the channels, and GELU after it if asked for:
    /// `y = f((x - mean) / sqrt(variance + epsilon) weight[c] + bias[c])`, as one operation that keeps no intermediate fields.
    @specialized(where Element == Float)
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
                needsInput: x.needsGradient, workers: x.tape.workers)
            return [x.needsGradient ? gx : nil] + (gradients.map { [$0.weight, $0.bias] } ?? [])
        } composition: {
            composition($0)
        }
    }

    /// Layer normalisation of whole fields: each sample of `[b, ...]` standardised over all its numbers, then a factor and a shift of its own for every
    /// number, and GELU after it if asked for: `f((x - mean) / sqrt(variance + epsilon) weight + bias)` (Ba, Kiros and Hinton, 2016), as one operation
    /// that keeps no intermediate fields.
    @specialized(where Element == Float)
    public func fieldNormalised(weight: Variable, bias: Variable, gelu: Bool = false, epsilon: Element = 1e-5) -> Variable {
        let x = self
        let (batch, count) = (shape[0], shape.dropFirst().reduce(1, *))
        precondition(
            weight.shape == Array(shape.dropFirst()) && bias.shape == weight.shape,
            "field normalisation with factors \(weight.shape) and shifts \(bias.shape) of fields of shape \(shape)")
        let mean = Tensor<Element>(uninitialized: [batch])
        let inverseDeviation = Tensor<Element>(uninitialized: [batch])
        let y = Tensor<Element>(uninitialized: shape)
        /// Writes the result of one sample, or without GELU its argument, and calls `body` with blocks of it that are still in the cache.
        func normalise(
            _ sample: Int, gelu: Bool, _ target: UnsafeMutablePointer<Element>,
            _ body: @Sendable (_ first: Int, _ count: Int) -> Void = { _, _ in }
        ) {
            // Invariant of the workers: each writes its own numbers.
            nonisolated(unsafe) let (source, target) = (x.value.basePointer + sample * count, target)
            nonisolated(unsafe) let (factors, shifts) = (weight.value.basePointer, bias.value.basePointer)
            let (average, factor) = (mean.basePointer[sample], inverseDeviation.basePointer[sample])
            x.tape.workers.run(numbers: count) { numbers in
                for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 2048) {
                    let length = min(2048, numbers.upperBound - first)
                    Kernels.fieldNormalise(
                        length, source + first, mean: average, inverseDeviation: factor, weight: factors + first, bias: shifts + first,
                        gelu: gelu, target + first)
                    body(first, length)
                }
            }
        }
        for sample in 0..<batch {
            // Statistics of one sample at a time, which is then still in the cache.
            Kernels.groupStatistics(
                ChannelGroups(batch: 1, points: count, channels: 1, groups: 1), value.basePointer + sample * count,
                epsilon: Double(epsilon), mean: mean.kernelPointer + sample, inverseDeviation: inverseDeviation.kernelPointer + sample,
                workers: tape.workers)
            normalise(sample, gelu: gelu, y.kernelPointer + sample * count)
        }
        return tape.recordFused(y, [x, weight, bias]) { g in
            let gx = Tensor<Element>(uninitialized: x.shape)
            let gWeight = x.tape.gradientTensor(for: weight)
            let gBias = x.tape.gradientTensor(for: bias)
            Kernels.fill(count, 0, gWeight.kernelPointer)
            Kernels.fill(count, 0, gBias.kernelPointer)
            for sample in 0..<batch {
                nonisolated(unsafe) let (gradient, target) = (g.basePointer + sample * count, gx.kernelPointer + sample * count)
                // The gradient before the activation is made where that of the input will lie.
                if gelu { normalise(sample, gelu: false, target) { Kernels.geluBackward($1, gradient + $0, target + $0, target + $0) } }
                Kernels.fieldNormaliseGradient(
                    count, x.value.basePointer + sample * count, mean: mean.basePointer[sample],
                    inverseDeviation: inverseDeviation.basePointer[sample], weight: weight.value.basePointer,
                    gelu ? UnsafePointer(target) : gradient, gx: target, gWeight: gWeight.kernelPointer, gBias: gBias.kernelPointer)
            }
            return [x.needsGradient ? gx : nil, gWeight, gBias]
        } composition: { parts in
            let affine = parts[0].standardisedInSteps(over: Array(1..<x.shape.count), epsilon: epsilon) * parts[1] + parts[2]
            return gelu ? affine.gelu() : affine
        }
    }
}
