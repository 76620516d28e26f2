import Tensors

extension Variable {
    /// The spectral weight `R: [m, i, o, 2]` of a convolution that comes after a real map `P: [a, i]` of the channels:
    /// `R'[m, a, o] = sum_i P[a, i] R[m, i, o]`.
    @specialized(where Element == Float)
    public func spectralWeight(after map: Variable) -> Variable {
        let weight = self
        precondition(
            weight.shape.count == 4 && weight.shape[3] == 2 && map.shape.count == 2 && map.shape[1] == weight.shape[1],
            "spectral weight of shape \(weight.shape) after a map of shape \(map.shape)")
        let (modes, channels, output) = (weight.shape[0], weight.shape[1], weight.shape[2])
        let before = map.shape[0]
        let (old, new, columns) = (channels * output * 2, before * output * 2, output * 2)
        let composed = Tensor<Element>(uninitialized: [modes, before, output, 2])
        for mode in 0..<modes {
            Kernels.gemm(
                m: before, n: columns, k: channels, a: map.value.basePointer, lda: channels, b: weight.value.basePointer + mode * old,
                ldb: columns, c: composed.kernelPointer + mode * new, ldc: columns)
        }
        return tape.recordFused(composed, [weight, map]) { g in
            let gWeight = weight.tape.gradientTensor(for: weight)
            let gMap = weight.tape.gradientTensor(for: map)
            for mode in 0..<modes {
                Kernels.gemm(
                    m: channels, n: columns, k: before, a: map.value.basePointer, lda: channels, transposeA: true,
                    b: g.basePointer + mode * new, ldb: columns, c: gWeight.kernelPointer + mode * old, ldc: columns)
                Kernels.gemm(
                    m: before, n: channels, k: columns, a: g.basePointer + mode * new, lda: columns,
                    b: weight.value.basePointer + mode * old, ldb: columns, transposeB: true, beta: mode == 0 ? 0 : 1,
                    c: gMap.kernelPointer, ldc: channels)
            }
            return [gWeight, gMap]
        } composition: { parts in
            let rows = parts[0].permuted([1, 0, 2, 3]).reshaped([channels, modes * columns])
            return parts[1].matmul(rows).reshaped([before, modes, output, 2]).permuted([1, 0, 2, 3])
        }
    }
}
