import Tensors

extension Variable {
    /// A pointwise perceptron of this field and a linear map of another one, added, with GELU after the sum if asked for:
    /// `f(GELU(x W1 + b1) W2 + b2 + v W + b)` on the channels of every point, with everything between kept in the cache.
    ///
    /// `W1: [input, hidden]`, `W2: [hidden, output]`, `W: [channels of v, output]`.
    @specialized(where Element == Float)
    public func pointwiseMLP(
        _ w1: Variable, _ b1: Variable, _ w2: Variable, _ b2: Variable, bypass v: Variable, _ weight: Variable, _ bias: Variable, gelu: Bool
    ) -> Variable {
        precondition(
            shape.last == w1.shape[0] && w1.shape[1] == w2.shape[0] && b1.shape == [w1.shape[1]] && b2.shape == [w2.shape[1]]
                && shape.dropLast() == v.shape.dropLast() && weight.shape == [v.shape[v.shape.count - 1], w2.shape[1]]
                && bias.shape == b2.shape,
            "perceptron \(w1.shape), \(w2.shape) on \(shape) with a bypass \(weight.shape) of \(v.shape)")
        let x = self
        let size = Kernels.BypassedMLP(
            rows: value.count / w1.shape[0], input: w1.shape[0], hidden: w1.shape[1], bypass: weight.shape[0], output: w2.shape[1])
        let y = Tensor<Element>(uninitialized: shape.dropLast() + [size.output])
        let z = gelu ? Tensor<Element>(uninitialized: y.shape) : y
        let shift = Tensor<Element>(uninitialized: [size.output])
        Kernels.binary(.add, size.output, b2.value.basePointer, bias.value.basePointer, shift.kernelPointer)
        Kernels.bypassedMLP(
            size, x: x.value.basePointer, v: v.value.basePointer, w1: w1.value.basePointer, b1: b1.value.basePointer,
            w2: w2.value.basePointer, w: weight.value.basePointer, b: shift.basePointer, gelu: gelu, z: z.kernelPointer,
            y: y.kernelPointer, workers: tape.workers)
        return tape.recordFused(y, [x, w1, b1, w2, b2, v, weight, bias]) { g in
            let gx = x.needsGradient ? Tensor<Element>(uninitialized: x.shape) : nil
            let gv = v.needsGradient ? Tensor<Element>(uninitialized: v.shape) : nil
            let parameters = [w1, b1, w2, weight, bias].map { x.tape.gradientTensor(for: $0) }
            let gb2 = x.tape.gradientTensor(for: b2)
            let scratch = Tensor<Element>(uninitialized: [size.scratchCount])
            Kernels.bypassedMLPGradient(
                size, x: x.value.basePointer, v: v.value.basePointer, w1: w1.value.basePointer, b1: b1.value.basePointer,
                w2: w2.value.basePointer, w: weight.value.basePointer, b: shift.basePointer, gelu: gelu, z: z.basePointer,
                gy: g.basePointer,
                .init(
                    x: gx?.kernelPointer, v: gv?.kernelPointer, w1: parameters[0].kernelPointer, b1: parameters[1].kernelPointer,
                    w2: parameters[2].kernelPointer, w: parameters[3].kernelPointer, b: parameters[4].kernelPointer),
                scratch: scratch.kernelPointer)
            gb2.kernelPointer.update(from: parameters[4].basePointer, count: size.output)
            return [gx, parameters[0], parameters[1], parameters[2], gb2, gv, parameters[3], parameters[4]]
        } composition: { parts in
            let sum =
                parts[0].linear(parts[1], bias: parts[2]).gelu().linear(parts[3], bias: parts[4])
                + parts[5].linear(parts[6], bias: parts[7])
            return gelu ? sum.gelu() : sum
        }
    }
}
