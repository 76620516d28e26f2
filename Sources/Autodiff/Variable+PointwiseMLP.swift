import Tensors

extension Variable {
    /// `GELU(x W1 + b1) W2 + b2` on the channels of every point, with the hidden values kept in the cache.
    ///
    /// `W1: [input, hidden]`, `W2: [hidden, output]`.
    @specialized(where Element == Float)
    public func pointwiseMLP(_ w1: Variable, _ b1: Variable, _ w2: Variable, _ b2: Variable?) -> Variable {
        precondition(
            shape.last == w1.shape[0] && w1.shape[1] == w2.shape[0] && b1.shape == [w1.shape[1]],
            "perceptron \(w1.shape), \(w2.shape) on channels of shape \(shape)")
        let x = self
        let size = Kernels.PointwiseMLP(
            rows: value.count / w1.shape[0], input: w1.shape[0], hidden: w1.shape[1], output: w2.shape[1])
        let y = Tensor<Element>(uninitialized: shape.dropLast() + [size.output])
        Kernels.pointwiseMLP(
            size, x: x.value.basePointer, w1: w1.value.basePointer, b1: b1.value.basePointer, w2: w2.value.basePointer,
            b2: b2?.value.basePointer, y: y.kernelPointer, workers: tape.workers)
        return tape.recordFused(y, [x, w1, b1, w2] + (b2.map { [$0] } ?? [])) { g in
            let gx = x.needsGradient ? Tensor<Element>(uninitialized: x.shape) : nil
            let parameters = [w1, b1, w2].map { x.tape.gradientTensor(for: $0) }
            let gb2 = b2.map { x.tape.gradientTensor(for: $0) }
            let scratch = Tensor<Element>(uninitialized: [size.scratchCount])
            Kernels.pointwiseMLPGradient(
                size, x: x.value.basePointer, w1: w1.value.basePointer, b1: b1.value.basePointer, w2: w2.value.basePointer,
                gy: g.basePointer, gx: gx?.kernelPointer, gw1: parameters[0].kernelPointer, gb1: parameters[1].kernelPointer,
                gw2: parameters[2].kernelPointer, gb2: gb2?.kernelPointer, scratch: scratch.kernelPointer)
            return [gx] + parameters + (gb2.map { [$0] } ?? [])
        } composition: { parts in
            parts[0].linear(parts[1], bias: parts[2]).gelu().linear(parts[3], bias: parts.count > 4 ? parts[4] : nil)
        }
    }
}
