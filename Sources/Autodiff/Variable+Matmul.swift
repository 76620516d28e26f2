import Tensors

extension Variable {
    /// The matrix product `op(a) op(b)` of two matrices.
    @specialized(where Element == Float)
    public func matmul(_ other: Variable, transposed: Bool = false, otherTransposed: Bool = false) -> Variable {
        let (a, b) = (self, other)
        precondition(a.shape.count == 2 && b.shape.count == 2, "matmul of shapes \(a.shape) and \(b.shape)")
        let (m, k) = transposed ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let (kb, n) = otherTransposed ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        precondition(k == kb, "matmul of shapes \(a.shape)\(transposed ? "^T" : "") and \(b.shape)\(otherTransposed ? "^T" : "")")
        let product = BlockedProduct(m: m, n: n, k: k, transposeA: transposed, transposeB: otherTransposed, workers: tape.workers)
        return tape.record(product(a.value, b.value), [a, b]) { g in
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
    @specialized(where Element == Float)
    public func linear(_ weight: Variable, bias: Variable? = nil) -> Variable {
        precondition(shape.last == weight.shape[0], "linear map of shape \(weight.shape) on channels of shape \(shape)")
        if let bias { return affine(weight, bias, gelu: false) }
        return reshaped([-1, weight.shape[0]]).matmul(weight).reshaped(shape.dropLast() + [weight.shape[1]])
    }

    /// `GELU(x w + bias)` on the last axis, with the sum and the activation in one pass.
    @specialized(where Element == Float)
    public func linearGELU(_ weight: Variable, bias: Variable) -> Variable {
        precondition(shape.last == weight.shape[0], "linear map of shape \(weight.shape) on channels of shape \(shape)")
        return affine(weight, bias, gelu: true)
    }

    /// `f(addend[..., o] + sum_i x[..., i] w[i, o] + bias[o])`, `f` GELU or the identity: a linear bypass added to what it bypasses, in one pass.
    @specialized(where Element == Float)
    public func linear(_ weight: Variable, bias: Variable, adding addend: Variable, gelu: Bool = false) -> Variable {
        precondition(
            shape.last == weight.shape[0] && addend.shape == shape.dropLast() + [weight.shape[1]],
            "linear map of shape \(weight.shape) from \(shape) added to \(addend.shape)")
        return affine(weight, bias, adding: addend, gelu: gelu)
    }

    private func affine(_ weight: Variable, _ bias: Variable, adding addend: Variable? = nil, gelu: Bool) -> Variable {
        precondition(bias.shape == [weight.shape[1]], "bias of shape \(bias.shape) of a linear map of shape \(weight.shape)")
        let x = self
        let target: [Int] = shape.dropLast() + [weight.shape[1]]
        let map = BlockedAffineMap(
            rows: shape.dropLast().reduce(1, *), input: weight.shape[0], output: weight.shape[1], gelu: gelu, workers: tape.workers)
        let y = Tensor<Element>(uninitialized: target)
        // With an activation the sums are kept without the bias.
        let z = gelu ? Tensor<Element>(uninitialized: target) : y
        map.forward(x.value, weight.value, bias.value, adding: addend?.value, sums: z, y)
        let hasAddend = addend != nil
        // The addend's value, a whole field, is not kept: where the gradient is differentiated again, the sum is known.
        let place = addend.map { Variable(tape: $0.tape, value: z, id: $0.id) }
        return tape.recordFused(y, [x, weight, bias] + (place.map { [$0] } ?? [])) { g in
            let gWeight = weight.needsGradient ? x.tape.gradientTensor(for: weight) : nil
            let gBias = bias.needsGradient ? x.tape.gradientTensor(for: bias) : nil
            let gx = x.needsGradient ? Tensor<Element>(uninitialized: x.shape) : nil
            let gz = map.backward(g, x.value, weight.value, bias.value, sums: z, gx: gx, gWeight: gWeight, gBias: gBias)
            return [gx, gWeight, gBias] + (hasAddend ? [gz] : [])
        } composition: { parts in
            var sum = parts[0].reshaped([-1, map.input]).matmul(parts[1]).addingBias(parts[2]).reshaped(target)
            if hasAddend {
                let known = gelu ? (sum.tape.constant(z) + parts[2].detached()).value : z
                sum = sum.tape.record(known, [sum, parts[3]]) { g in [g, g] }
            }
            return gelu ? sum.gelu() : sum
        }
    }

    /// `x[..., c] + bias[c]`.
    @specialized(where Element == Float)
    public func addingBias(_ bias: Variable) -> Variable {
        precondition(bias.shape == [shape.last ?? 0], "bias of shape \(bias.shape) on shape \(shape)")
        return self + bias
    }
}
