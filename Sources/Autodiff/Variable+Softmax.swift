import Tensors

extension Variable {
    /// `exp(x) / sum of exp(x)` along the last axis.
    @specialized(where Element == Float)
    public func softmax() -> Variable {
        let columns = shape[shape.count - 1]
        precondition(columns > 0, "softmax of shape \(shape)")
        let y = Tensor<Element>(uninitialized: shape)
        let rows = value.count / columns
        Kernels.softmax(rows: rows, columns: columns, value.basePointer, y.kernelPointer)
        return tape.record(y, [self]) { g in
            guard g.tape.isRecording else {
                let gradient = Tensor<Element>(uninitialized: self.shape)
                Kernels.softmaxGradient(
                    rows: rows, columns: columns, y.basePointer, g.value.basePointer, gradient.kernelPointer)
                return [g.tape.constant(gradient)]
            }
            let probabilities = self.softmax()
            return [probabilities * (g - (g * probabilities).sum(axes: [self.shape.count - 1]))]
        }
    }
}
