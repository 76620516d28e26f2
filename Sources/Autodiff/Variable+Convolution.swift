import Tensors

extension Variable {
    /// Two-dimensional convolution (cross-correlation) of `[b, y, x, c]` with weights `[ky, kx, c, d]` and an optional bias `[d]`, plus an optional field
    /// of the result's shape.
    ///
    /// The field reaches beyond its grid by `padding` points, where it is what `mode` says.
    @specialized(where Element == Float)
    public func convolved(
        _ weight: Variable, bias: Variable? = nil, stride: Convolution.Extent = .init(1), dilation: Convolution.Extent = .init(1),
        padding: Convolution.Padding = .none, mode: PaddingMode = .zeros, adding addend: Variable? = nil
    ) -> Variable {
        let map = Convolution(input: shape, weights: weight.shape, stride: stride, dilation: dilation, padding: padding, mode: mode)
        return convolved(map, weight, bias: bias, adding: addend)
    }

    /// Transposed convolution of `[b, y, x, d]` with weights `[ky, kx, c, d]` to `c` channels and an optional bias `[c]`, plus an optional field of the
    /// result's shape.
    @specialized(where Element == Float)
    public func transposedConvolved(
        _ weight: Variable, bias: Variable? = nil, stride: Convolution.Extent = .init(1), padding: Convolution.Padding = .none,
        outputPadding: Convolution.Extent = .init(0), adding addend: Variable? = nil
    ) -> Variable {
        let map = Convolution.transposed(of: shape, weights: weight.shape, stride: stride, padding: padding, outputPadding: outputPadding)
        let result = backConvolved(map, weight, adding: addend)
        return bias.map(result.addingBias) ?? result
    }

    /// The forward map of a convolution, plus bias and addend.
    func convolved(_ map: Convolution, _ weight: Variable, bias: Variable? = nil, adding addend: Variable? = nil) -> Variable {
        let x = self
        let value = map.forward(x.value, weight.value, bias: bias?.value, adding: addend?.value, workers: tape.workers)
        // The record keeps no addend: its value is not needed again.
        let addendNeedsGradient = addend?.needsGradient
        return tape.recordAdding(value, [x, weight] + [bias, addend].compactMap { $0 }) { g, sum in
            var gradients: [Variable?]
            if !x.tape.isRecording, x.needsGradient, weight.needsGradient {
                gradients = x.run(map, .dataGradient, g, weight, adding: consume sum)
            } else {
                gradients = [
                    x.needsGradient ? g.backConvolved(map, weight, adding: consume sum) : nil,
                    weight.needsGradient ? x.convolutionWeightGradient(map, g, for: weight) : nil,
                ]
            }
            if let bias { gradients.append(bias.needsGradient ? g.sum(to: [1, 1, 1, g.shape[3]]).reshaped(bias.shape) : nil) }
            if let addendNeedsGradient { gradients.append(addendNeedsGradient ? g : nil) }
            return gradients
        }
    }

    /// The adjoint of a convolution in its input, plus an addend.
    func backConvolved(_ map: Convolution, _ weight: Variable, adding addend: Variable? = nil) -> Variable {
        let g = self
        let value = map.dataGradient(g.value, weight.value, adding: addend?.value, workers: tape.workers)
        let addendNeedsGradient = addend?.needsGradient
        return tape.recordAdding(value, [g, weight] + (addend.map { [$0] } ?? [])) { h, sum in
            let ofAddend = addendNeedsGradient.map { [$0 ? h : nil] } ?? []
            if !g.tape.isRecording, g.needsGradient, weight.needsGradient {
                return h.run(map, .forward, g, weight, adding: consume sum) + ofAddend
            }
            let gradients = [
                g.needsGradient ? h.convolved(map, weight, adding: consume sum) : nil,
                weight.needsGradient ? h.convolutionWeightGradient(map, g, for: weight) : nil,
            ]
            return gradients + ofAddend
        }
    }

    /// A pass plus a sum of gradients, and the gradient of the weights, where none is recorded.
    private func run(
        _ map: Convolution, _ pass: ConvolutionPass, _ g: Variable, _ weight: Variable, adding sum: consuming Tensor<Element>?
    ) -> [Variable?] {
        let ofWeight = tape.gradientTensor(for: weight)
        let result = map.run(
            pass, value, g.value, weight.value, adding: consume sum, andWeightGradientInto: ofWeight, workers: tape.workers)
        return [tape.constant(result), tape.constant(ofWeight)]
    }

    /// The forward map of a convolution plus a sum of gradients, where none is recorded, or alone.
    private func convolved(_ map: Convolution, _ weight: Variable, adding sum: consuming Tensor<Element>?) -> Variable {
        guard let sum = consume sum else { return convolved(map, weight) }
        return tape.constant(map.forward(value, weight.value, adding: consume sum, workers: tape.workers))
    }

    /// The same for the adjoint in the input.
    private func backConvolved(_ map: Convolution, _ weight: Variable, adding sum: consuming Tensor<Element>?) -> Variable {
        guard let sum = consume sum else { return backConvolved(map, weight) }
        return tape.constant(map.dataGradient(value, weight.value, adding: consume sum, workers: tape.workers))
    }

    /// The adjoint of a convolution in its weights.
    func convolutionWeightGradient(_ map: Convolution, _ g: Variable, for weight: Variable) -> Variable {
        let x = self
        let value = tape.gradientTensor(for: weight)
        map.weightGradient(x.value, g.value, into: value, workers: tape.workers)
        return tape.record(value, [x, g]) { k in
            [x.needsGradient ? g.backConvolved(map, k) : nil, g.needsGradient ? x.convolved(map, k) : nil]
        }
    }
}
