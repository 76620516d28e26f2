import Tensors

extension Variable {
    /// Mixes channels mode by mode: `y[b, m, o] = sum_i x[b, m, i] w[m, i, o]` with complex `x: [b, m, i, 2]`, `w: [m, i, o, 2]`.
    ///
    /// The gradient of a complex array is the pair (dL/d re, dL/d im).
    @specialized(where Element == Float)
    public func mixingModes(_ w: Variable) -> Variable {
        let x = self
        precondition(
            x.shape.count == 4 && w.shape.count == 4 && x.shape[1] == w.shape[0] && x.shape[2] == w.shape[1] && x.shape[3] == 2
                && w.shape[3] == 2,
            "mode mixing of \(x.shape) with \(w.shape)")
        let (batch, modes, input, output) = (x.shape[0], x.shape[1], x.shape[2], w.shape[2])
        let y = Tensor<Element>(uninitialized: [batch, modes, output, 2])
        Kernels.mixModes(
            batch: batch, modes: modes, input: input, output: output, x: x.value.basePointer, w: w.value.basePointer, y: y.kernelPointer,
            workers: tape.workers)
        return tape.record(y, [x, w]) { g in
            [x.needsGradient ? g.mixingModesAdjoint(w) : nil, w.needsGradient ? x.modeOuterProduct(g, for: w) : nil]
        }
    }

    /// `y[b, m, i] = sum_o g[b, m, o] conj(w[m, i, o])`: the adjoint of `mixingModes` in its input.
    func mixingModesAdjoint(_ w: Variable) -> Variable {
        let g = self
        let (batch, modes, input, output) = (g.shape[0], g.shape[1], w.shape[1], w.shape[2])
        let y = Tensor<Element>(uninitialized: [batch, modes, input, 2])
        Kernels.mixModesInputGradient(
            batch: batch, modes: modes, input: input, output: output, gy: g.value.basePointer, w: w.value.basePointer, gx: y.kernelPointer)
        return tape.record(y, [g, w]) { h in
            [g.needsGradient ? h.mixingModes(w) : nil, w.needsGradient ? h.modeOuterProduct(g, for: w) : nil]
        }
    }

    /// `y[m, i, o] = sum_b conj(x[b, m, i]) g[b, m, o]`: the adjoint of `mixingModes` in its weight.
    func modeOuterProduct(_ g: Variable, for weight: Variable) -> Variable {
        let x = self
        let (batch, modes, input, output) = (x.shape[0], x.shape[1], x.shape[2], g.shape[2])
        let y = tape.gradientTensor(for: weight)
        Kernels.mixModesWeightGradient(
            batch: batch, modes: modes, input: input, output: output, x: x.value.basePointer, gy: g.value.basePointer, gw: y.kernelPointer)
        return tape.record(y, [x, g]) { k in
            [x.needsGradient ? g.mixingModesAdjoint(k) : nil, g.needsGradient ? x.mixingModes(k) : nil]
        }
    }
}
