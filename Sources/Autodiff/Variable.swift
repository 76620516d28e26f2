import Tensors

/// A tensor on a tape: a value together with its place in the record of operations.
public struct Variable<Element: Scalar> {
    /// The tape that the value was computed on.
    public unowned let tape: Tape<Element>
    /// The value.
    public let value: Tensor<Element>
    let id: Int

    /// Shape of the value.
    public var shape: [Int] { value.shape }
    /// Whether gradients flow through this value.
    public var needsGradient: Bool { id >= 0 }

    /// The same value as a constant: no gradient flows through it.
    @specialized(where Element == Float)
    public func detached() -> Variable { tape.constant(value) }
}
