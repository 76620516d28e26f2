import Tensors

/// What lies outside a field.
public enum PaddingMode: String, Codable, Sendable, CaseIterable {
    /// Zeros (homogeneous Dirichlet).
    case zeros
    /// The other side of the field (periodic).
    case circular
    /// The mirror image without the edge point, `x[-1] = x[1]` (homogeneous Neumann at the edge point).
    case reflect
    /// The edge point.
    case replicate

    /// The point that stands for index `i` of an axis of `n` points, or -1 for a zero.
    func source(_ i: Int, _ n: Int) -> Int {
        if i >= 0 && i < n { return i }
        switch self {
        case .zeros: return -1
        case .circular: return ((i % n) + n) % n
        case .reflect: return i < 0 ? -i : 2 * (n - 1) - i
        case .replicate: return i < 0 ? 0 : n - 1
        }
    }
}

extension Variable {
    /// `[b, y, x, c]` with points added on all four sides.
    public func padded(_ padding: Convolution.Padding, mode: PaddingMode) -> Variable {
        if padding == .none { return self }
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let most = mode == .reflect ? 1 : 0
        precondition(
            mode == .zeros || max(padding.top, padding.bottom) <= height - most && max(padding.left, padding.right) <= width - most,
            "\(mode.rawValue) padding \(padding) is larger than the field \(shape)")
        let rows = (-padding.top..<(height + padding.bottom)).map { mode.source($0, height) }
        let columns = (-padding.left..<(width + padding.right)).map { mode.source($0, width) }
        var indices: [Int] = []
        indices.reserveCapacity(batch * rows.count * columns.count)
        for sample in 0..<batch {
            for y in rows {
                for x in columns { indices.append(x < 0 || y < 0 ? -1 : (sample * height + y) * width + x) }
            }
        }
        return reshaped([batch * height * width, channels]).gatherRows(RowIndices(indices, sourceCount: batch * height * width))
            .reshaped([batch, rows.count, columns.count, channels])
    }
}
