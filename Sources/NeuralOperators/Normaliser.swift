import Autodiff
import Tensors

/// Brings fields to numbers of order one before a network and back to physical units after it: `encoded = (x - shift) / scale`.
///
/// Saved with the model, fitted to the training split alone (see `NormaliserFit`). Fields are `[batch, x..., channel]`.
public struct Normaliser: Sendable, Equatable {
    /// What shift and scale are made of.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Nothing is changed.
        case identity
        /// Mean and standard deviation of each channel over all samples and points.
        case gaussian
        /// Mean and standard deviation over the samples at each grid point and channel, as in the Fourier neural operator's scripts. Bound to
        /// the training grid.
        case pointwiseGaussian = "pointwise-gaussian"
        /// The smallest value of each channel goes to 0, the largest to 1.
        case range
    }

    /// What shift and scale are made of.
    public let kind: Kind
    /// What is subtracted, `[channel]` or, pointwise, `[x..., channel]`.
    public let shift: Tensor<Double>
    /// What the difference is divided by, of the shape of `shift`; no entry is zero.
    public let scale: Tensor<Double>

    /// No change of `channels` channels.
    public static func identity(channels: Int) -> Normaliser {
        Normaliser(kind: .identity, shift: Tensor([channels], repeating: 0), scale: Tensor([channels], repeating: 1))
    }

    /// A normaliser with given numbers.
    public init(kind: Kind, shift: Tensor<Double>, scale: Tensor<Double>) {
        precondition(shift.shape == scale.shape && shift.rank >= 1, "shift of shape \(shift.shape), scale of shape \(scale.shape)")
        precondition(kind == .pointwiseGaussian || shift.rank == 1, "\(kind.rawValue) statistics of shape \(shift.shape)")
        precondition((0..<scale.count).allSatisfy { scale.basePointer[$0] != 0 }, "a scale of zero")
        self.kind = kind
        self.shift = shift
        self.scale = scale
    }

    /// Number of channels.
    public var channels: Int { shift.shape[shift.rank - 1] }

    /// The only grid that the normaliser can be used on, `nil` if any will do.
    public var grid: [Int]? { kind == .pointwiseGaussian ? shift.shape.dropLast() : nil }

    /// Checks that fields on a grid with so many channels can be normalised.
    ///
    /// - Throws: `OperatorError.shapeMismatch`: pointwise statistics are not interpolated to another grid.
    public func validate(grid other: [Int], channels count: Int) throws(OperatorError) {
        guard count == channels else {
            throw .shapeMismatch(layer: "normaliser", found: other + [count], expected: "\(channels) channels")
        }
        if let grid, grid != other {
            throw .shapeMismatch(
                layer: "normaliser \(kind.rawValue)", found: other + [count],
                expected: "the grid \(grid) of the training, because mean and deviation belong to its points "
                    + "(the kind gaussian works on any grid)")
        }
    }

    /// `(x - shift) / scale`.
    public func encode<Element: Scalar>(_ x: Tensor<Element>) -> Tensor<Element> {
        if kind == .identity { return x }
        let (shift, factor): (Tensor<Element>, Tensor<Element>) = constants(for: x.shape, reciprocal: true)
        let result = Tensor<Element>(uninitialized: x.shape)
        Kernels.shiftAndScale(
            x.count, period: shift.count, x.basePointer, shift: shift.basePointer, factor: factor.basePointer, result.kernelPointer)
        return result
    }

    /// `x scale + shift`.
    public func decode<Element: Scalar>(_ x: Tensor<Element>) -> Tensor<Element> {
        if kind == .identity { return x }
        let (shift, factor): (Tensor<Element>, Tensor<Element>) = constants(for: x.shape, reciprocal: false)
        let result = Tensor<Element>(uninitialized: x.shape)
        Kernels.scaleAndShift(
            x.count, period: shift.count, x.basePointer, factor: factor.basePointer, shift: shift.basePointer, result.kernelPointer)
        return result
    }

    /// `(x - shift) / scale` on the tape.
    public func encode<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        if kind == .identity { return x }
        return x.tape.record(encode(x.value), [x]) { g in
            [g * g.tape.constant(Tensor(scale.shape, scale.scalars.map { Element(1 / $0) }))]
        }
    }

    /// `x scale + shift` on the tape.
    public func decode<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        if kind == .identity { return x }
        return x.tape.record(decode(x.value), [x]) { g in [g * g.tape.constant(scale.cast(to: Element.self))] }
    }

    /// Shift and scale (or its reciprocal) in the precision of a field, repeated to at least 64 entries so that kernels run over long rows.
    private func constants<Element: Scalar>(for shape: [Int], reciprocal: Bool) -> (shift: Tensor<Element>, factor: Tensor<Element>) {
        precondition(
            shape.count >= shift.rank && Array(shape.suffix(shift.rank)) == shift.shape,
            "field of shape \(shape) for \(kind.rawValue) statistics of shape \(shift.shape)")
        let copies = (63 + shift.count) / max(shift.count, 1)
        let count = shift.count * copies
        let (shifts, factors) = (Tensor<Element>(uninitialized: [count]), Tensor<Element>(uninitialized: [count]))
        for index in 0..<count {
            let entry = index % shift.count
            shifts.kernelPointer[index] = Element(shift.basePointer[entry])
            factors.kernelPointer[index] = Element(reciprocal ? 1 / scale.basePointer[entry] : scale.basePointer[entry])
        }
        return (shifts, factors)
    }
}
