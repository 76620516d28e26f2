import Tensors

extension Variable {
    /// The matrix product `op(a) op(b)` of two matrices.
    public func matmul(_ other: Variable, transposed: Bool = false, otherTransposed: Bool = false) -> Variable {
        let (a, b) = (self, other)
        precondition(a.shape.count == 2 && b.shape.count == 2, "matmul of shapes \(a.shape) and \(b.shape)")
        let (m, k) = transposed ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let (kb, n) = otherTransposed ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        precondition(k == kb, "matmul of shapes \(a.shape)\(transposed ? "^T" : "") and \(b.shape)\(otherTransposed ? "^T" : "")")
        let result = Tensor<Element>(uninitialized: [m, n])
        Kernels.gemm(
            m: m, n: n, k: k, a: a.value.basePointer, lda: a.shape[1], transposeA: transposed, b: b.value.basePointer, ldb: b.shape[1],
            transposeB: otherTransposed, c: result.kernelPointer, ldc: n)
        return tape.record(result, [a, b]) { g in
            let ga: Variable? =
                !a.needsGradient
                ? nil
                : transposed
                    ? b.matmul(g, transposed: otherTransposed, otherTransposed: true) : g.matmul(b, otherTransposed: !otherTransposed)
            let gb: Variable? =
                !b.needsGradient
                ? nil : otherTransposed ? g.matmul(a, transposed: true, otherTransposed: transposed) : a.matmul(g, transposed: !transposed)
            return [ga, gb]
        }
    }

    /// A pointwise linear map of the last axis, `y[..., o] = sum_i x[..., i] w[i, o] + bias[o]`: one matrix product.
    public func linear(_ weight: Variable, bias: Variable? = nil) -> Variable {
        precondition(shape.last == weight.shape[0], "linear map of shape \(weight.shape) on channels of shape \(shape)")
        let flat = reshaped([-1, weight.shape[0]])
        var result = flat.matmul(weight)
        if let bias { result = result.addingBias(bias) }
        return result.reshaped(shape.dropLast() + [weight.shape[1]])
    }

    /// `x[..., c] + bias[c]`.
    public func addingBias(_ bias: Variable) -> Variable {
        precondition(bias.shape == [shape.last ?? 0], "bias of shape \(bias.shape) on shape \(shape)")
        return self + bias
    }
}
