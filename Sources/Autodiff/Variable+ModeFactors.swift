import Tensors

extension Variable {
    /// Coefficients `[b, M, c, 2]` times one complex factor for each mode, `[M, 2]`: a derivative, an inverse Laplacian, an exponential of a linear
    /// symbol.
    ///
    /// With `factors = i k` of the wavenumbers, between `fourierAnalysis` and `fourierSynthesis`, the derivative of the trigonometric interpolant.
    @specialized(where Element == Float)
    public func multipliedModes(by factors: Tensor<Element>) -> Variable { multipliedModes(by: factors, conjugated: false) }

    private func multipliedModes(by factors: Tensor<Element>, conjugated: Bool) -> Variable {
        precondition(
            shape.count == 4 && shape[3] == 2 && factors.shape == [shape[1], 2],
            "factors of shape \(factors.shape) on coefficients \(shape)")
        let result = Tensor<Element>(uninitialized: shape)
        Kernels.multiplyModes(
            batch: shape[0], modes: shape[1], channels: shape[2], value.basePointer, factors: factors.basePointer, conjugated: conjugated,
            result.kernelPointer)
        return tape.record(result, [self]) { g in [g.multipliedModes(by: factors, conjugated: !conjugated)] }
    }
}
