import Tensors

extension Variable {
    /// Sum of all elements, a single number.
    @specialized(where Element == Float)
    public func sum() -> Variable {
        let result = Tensor<Element>(Kernels.sum(value.count, value.basePointer))
        return tape.record(result, [self]) { g in [g.broadcast(to: self.shape)] }
    }

    /// Mean of all elements, a single number.
    @specialized(where Element == Float)
    public func mean() -> Variable { sum() * (1 / Element(value.count)) }

    /// Sum over axes, which keep an extent of 1.
    @specialized(where Element == Float)
    public func sum(axes: [Int]) -> Variable {
        var kept = shape
        for axis in axes { kept[axis] = 1 }
        return sum(to: kept)
    }

    /// Mean over axes, which keep an extent of 1.
    @specialized(where Element == Float)
    public func mean(axes: [Int]) -> Variable {
        sum(axes: axes) * (1 / Element(axes.reduce(1) { $0 * shape[$1] }))
    }

    /// Sums to a shape that broadcasts to this one (the adjoint of `broadcast(to:)`).
    @specialized(where Element == Float)
    public func sum(to target: [Int]) -> Variable {
        if target == shape { return self }
        let result = Tensor<Element>(uninitialized: target)
        Kernels.sumToShape(value.basePointer, from: shape, to: target, result.kernelPointer)
        return tape.record(result, [self]) { g in [g.broadcast(to: self.shape)] }
    }

    /// Repeats along axes of extent 1 (or missing leading axes) to a larger shape.
    @specialized(where Element == Float)
    public func broadcast(to target: [Int]) -> Variable {
        if target == shape { return self }
        let zeros = Tensor<Element>(target, repeating: 0)
        let plan = BroadcastPlan(target, shape)
        precondition(plan.shape == target, "shape \(shape) does not broadcast to \(target)")
        Kernels.binary(.add, plan, zeros.basePointer, value.basePointer, zeros.kernelPointer)
        return tape.record(zeros, [self]) { g in [g.sum(to: self.shape)] }
    }
}
