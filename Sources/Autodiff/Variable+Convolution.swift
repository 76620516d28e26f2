import Tensors

extension Variable {
    /// Two-dimensional convolution (cross-correlation) of `[b, y, x, c]` with weights `[ky, kx, c, d]` and an optional bias `[d]`.
    ///
    /// The field reaches beyond its grid by `padding` points, where it is what `mode` says.
    public func convolved(
        _ weight: Variable, bias: Variable? = nil, stride: Convolution.Extent = .init(1), dilation: Convolution.Extent = .init(1),
        padding: Convolution.Padding = .none, mode: PaddingMode = .zeros
    ) -> Variable {
        let map = Convolution(input: shape, weights: weight.shape, stride: stride, dilation: dilation, padding: padding, mode: mode)
        return convolved(map, weight, bias: bias)
    }

    /// Transposed convolution of `[b, y, x, d]` with weights `[ky, kx, c, d]` to `c` channels and an optional bias `[c]`.
    public func transposedConvolved(
        _ weight: Variable, bias: Variable? = nil, stride: Convolution.Extent = .init(1), padding: Convolution.Padding = .none,
        outputPadding: Convolution.Extent = .init(0)
    ) -> Variable {
        let map = Convolution.transposed(of: shape, weights: weight.shape, stride: stride, padding: padding, outputPadding: outputPadding)
        let result = backConvolved(map, weight)
        return bias.map(result.addingBias) ?? result
    }

    /// The forward map of a convolution.
    func convolved(_ map: Convolution, _ weight: Variable, bias: Variable? = nil) -> Variable {
        let x = self
        let value = map.forward(x.value, weight.value, bias: bias?.value, workers: tape.workers)
        return tape.record(value, [x, weight] + (bias.map { [$0] } ?? [])) { g in
            let gradients = [
                x.needsGradient ? g.backConvolved(map, weight) : nil,
                weight.needsGradient ? x.convolutionWeightGradient(map, g, for: weight) : nil,
            ]
            return bias == nil
                ? gradients : gradients + [bias!.needsGradient ? g.sum(to: [1, 1, 1, g.shape[3]]).reshaped(bias!.shape) : nil]
        }
    }

    /// The adjoint of a convolution in its input.
    func backConvolved(_ map: Convolution, _ weight: Variable) -> Variable {
        let g = self
        return tape.record(map.dataGradient(g.value, weight.value, workers: tape.workers), [g, weight]) { h in
            [
                g.needsGradient ? h.convolved(map, weight) : nil,
                weight.needsGradient ? h.convolutionWeightGradient(map, g, for: weight) : nil,
            ]
        }
    }

    /// The adjoint of a convolution in its weights.
    func convolutionWeightGradient(_ map: Convolution, _ g: Variable, for weight: Variable) -> Variable {
        let x = self
        return tape.record(map.weightGradient(x.value, g.value), [x, g]) { k in
            [x.needsGradient ? g.backConvolved(map, k) : nil, g.needsGradient ? x.convolved(map, k) : nil]
        }
    }
}
