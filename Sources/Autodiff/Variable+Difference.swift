import Tensors

extension Variable {
    /// The first derivative along one axis by second-order finite differences on points `spacing` apart.
    ///
    /// Central differences `(u_{i+1} - u_{i-1}) / 2h`, wrapped along a periodic axis (which holds each point once), otherwise one-sided at the
    /// ends: `(-3 u_0 + 4 u_1 - u_2) / 2h`.
    @specialized(where Element == Float)
    public func difference(axis: Int, spacing: Double, periodic: Bool) -> Variable {
        differenced(axis: axis, spacing: spacing, periodic: periodic, transposed: false)
    }

    private func differenced(axis: Int, spacing: Double, periodic: Bool, transposed: Bool) -> Variable {
        precondition(axis >= 0 && axis < shape.count, "axis \(axis) of shape \(shape)")
        precondition(spacing > 0, "spacing \(spacing)")
        let result = Tensor<Element>(uninitialized: shape)
        let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
        let factor = Element(0.5 / spacing)
        if transposed {
            Kernels.differenceTransposed(
                outer: outer, extent: shape[axis], inner: inner, periodic: periodic, factor: factor, value.basePointer,
                result.kernelPointer)
        } else {
            Kernels.difference(
                outer: outer, extent: shape[axis], inner: inner, periodic: periodic, factor: factor, value.basePointer,
                result.kernelPointer)
        }
        return tape.record(result, [self]) { g in
            [g.differenced(axis: axis, spacing: spacing, periodic: periodic, transposed: !transposed)]
        }
    }
}
