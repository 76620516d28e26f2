/// What a field is beyond its grid.
public enum PaddingMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Zero.
    case zeros
    /// The other end of the grid: period `n`.
    case circular
    /// The mirror image about the outermost point, which is not repeated: period `2 n - 2`.
    case reflect
    /// The outermost point.
    case replicate

    /// The point in `0..<count` whose value stands at `index`, or nil where the value is zero.
    public func source(_ index: Int, of count: Int) -> Int? {
        if index >= 0 && index < count { return index }
        precondition(count > 0, "\(rawValue) padding of an axis without points")
        switch self {
        case .zeros: return nil
        case .circular: return (index % count + count) % count
        case .replicate: return index < 0 ? 0 : count - 1
        case .reflect:
            precondition(count > 1, "reflect padding of an axis of one point")
            let period = 2 * count - 2
            let folded = (index % period + period) % period
            return folded < count ? folded : period - folded
        }
    }
}

/// Extends fields `[b, y, x, c]` beyond their grid; a linear map, with its adjoint.
public struct FieldPadding: Hashable, Sendable {
    /// What stands beyond the grid.
    public var mode: PaddingMode
    /// How many points on each side.
    public var widths: Convolution.Padding

    /// Padding by `widths` points.
    public init(_ mode: PaddingMode, _ widths: Convolution.Padding) {
        precondition(
            widths.top >= 0 && widths.left >= 0 && widths.bottom >= 0 && widths.right >= 0, "negative padding \(widths)")
        self.mode = mode
        self.widths = widths
    }

    /// The padded field, `[b, top + y + bottom, left + x + right, c]`.
    public func callAsFunction<E: Scalar>(_ x: Tensor<E>) -> Tensor<E> {
        precondition(x.rank == 4, "padding of shape \(x.shape): four axes are needed")
        let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        let padded = [x.shape[0], height + widths.top + widths.bottom, width + widths.left + widths.right, channels]
        let y = Tensor<E>(uninitialized: padded)
        Kernels.pad(self, batch: x.shape[0], height: height, width: width, channels: channels, x.basePointer, y.kernelPointer)
        return y
    }

    /// The adjoint: the inside of `g`, plus what lies beyond added to the points that it was copied from.
    public func adjoint<E: Scalar>(_ g: Tensor<E>) -> Tensor<E> {
        precondition(g.rank == 4, "padding adjoint of shape \(g.shape): four axes are needed")
        let (height, width) = (g.shape[1] - widths.top - widths.bottom, g.shape[2] - widths.left - widths.right)
        precondition(height >= 0 && width >= 0, "padding adjoint of shape \(g.shape) with widths \(widths)")
        let x = Tensor<E>(uninitialized: [g.shape[0], height, width, g.shape[3]])
        Kernels.padAdjoint(self, batch: g.shape[0], height: height, width: width, channels: g.shape[3], g.basePointer, x.kernelPointer)
        return x
    }
}
