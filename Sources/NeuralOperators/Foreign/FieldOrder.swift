import Tensors

/// How a program orders the axes of a batch of fields; ours is `[b, x..., c]`.
public enum FieldOrder: Sendable {
    /// `[b, x..., c]`.
    case channelsLast
    /// `[b, c, x...]`.
    case channelsFirst
    /// `[b, x..., t, c]`: time frames before the components, both become channels.
    case historyLast
    /// `[b, t, c, x...]`: both become channels, time slowest.
    case historyFirst
    /// `[b, x...]`: one channel without an axis of its own.
    case withoutChannel
    /// `[b, point]`: the values of one field at the points of a grid.
    case sensors([Int])
    /// `[b, c]`: the values at one point.
    case onePoint

    /// A foreign array in our order.
    public func fields<Element: Scalar>(_ array: Tensor<Element>) -> Tensor<Element> {
        let shape = array.shape
        switch self {
        case .channelsLast: return array
        case .withoutChannel: return array.reshaped(shape + [1])
        case .sensors(let grid): return array.reshaped([shape[0]] + grid + [1])
        case .onePoint: return array.reshaped([shape[0], 1, shape[1]])
        case .historyLast: return array.reshaped(shape.dropLast(2) + [shape[shape.count - 2] * shape[shape.count - 1]])
        case .channelsFirst: return array.permuted([0] + Array(2..<shape.count) + [1])
        case .historyFirst:
            let merged = array.reshaped([shape[0], shape[1] * shape[2]] + shape.dropFirst(3))
            return merged.permuted([0] + Array(2..<merged.rank) + [1])
        }
    }
}
