import Tensors

extension Variable {
    /// A linear map along one axis: interpolation, averaging, cropping.
    @specialized(where Element == Float)
    public func resampled(_ map: LinearResampling, axis: Int) -> Variable {
        tape.record(map(value, axis: axis, workers: tape.workers), [self]) { g in [g.resampled(map.transpose, axis: axis)] }
    }

    /// Means over windows of `[b, y, x, c]`.
    @specialized(where Element == Float)
    public func averagePooled(_ pooling: Pooling = Pooling()) -> Variable {
        tape.record(pooling.average(value, workers: tape.workers), [self]) { g in [g.averageSpread(pooling, to: self.shape)] }
    }

    /// The adjoint of `averagePooled`.
    private func averageSpread(_ pooling: Pooling, to target: [Int]) -> Variable {
        tape.record(pooling.averageAdjoint(value, inputShape: target, workers: tape.workers), [self]) { h in [h.averagePooled(pooling)] }
    }

    /// Maxima over windows of `[b, y, x, c]`; the gradient goes to the first maximum.
    @specialized(where Element == Float)
    public func maximumPooled(_ pooling: Pooling = Pooling()) -> Variable { selected(pooling, by: value) }

    /// The entries of this at the places of the maxima of `reference`.
    private func selected(_ pooling: Pooling, by reference: Tensor<Element>) -> Variable {
        tape.record(pooling.select(value, by: reference, workers: tape.workers), [self]) { g in [g.placed(pooling, by: reference)] }
    }

    /// The adjoint of `selected`.
    private func placed(_ pooling: Pooling, by reference: Tensor<Element>) -> Variable {
        tape.record(pooling.place(value, by: reference, workers: tape.workers), [self]) { h in [h.selected(pooling, by: reference)] }
    }
}
