import Tensors

extension Variable {
    /// `[b, y, x, c]` with points added on all four sides by a boundary rule.
    @specialized(where Element == Float)
    public func padded(_ widths: Convolution.Padding, mode: PaddingMode) -> Variable {
        if widths == .none { return self }
        return padded(FieldPadding(mode, widths))
    }

    private func padded(_ padding: FieldPadding) -> Variable { tape.record(padding(value), [self]) { g in [g.unpadded(padding)] } }

    /// The adjoint of padding: added points go back to where they were taken from.
    private func unpadded(_ padding: FieldPadding) -> Variable { tape.record(padding.adjoint(value), [self]) { h in [h.padded(padding)] } }
}
