/// The one-dimensional transforms of Winograd's algorithm F(4, 2): four outputs of a two-point kernel from five inputs, five products
/// instead of eight, `y = A' [(G w) * (B' x)]`.
///
/// From the interpolation points +-a, +-b and infinity with a = 3/8, b = 9/8, which round least among small fractions. At infinity the
/// kernel's value is its second tap: without one, four inputs and the four finite points do.
enum TwoTapTransforms {
    private static let a: Float = 3.0 / 8
    private static let b: Float = 9.0 / 8
    private static let a2: Float = 9.0 / 64
    private static let b2: Float = 81.0 / 64
    private static let a3: Float = 27.0 / 512
    private static let b3: Float = 729.0 / 512
    private static let sum: Float = 90.0 / 64
    private static let product: Float = 729.0 / 4096
    /// `1 / (2 a (a^2 - b^2))` and `1 / (2 b (b^2 - a^2))`.
    private static let ga: Float = -32.0 / 27
    private static let gb: Float = 32.0 / 81

    /// Values of the input at the finite points, `B' x`.
    @inline(__always)
    static func input<V: SIMD>(_ x0: V, _ x1: V, _ x2: V, _ x3: V) -> (V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA) = (x2.addingProduct(x0, V(repeating: -b2)), x3.addingProduct(x1, V(repeating: -b2)))
        let (evenB, oddB) = (x2.addingProduct(x0, V(repeating: -a2)), x3.addingProduct(x1, V(repeating: -a2)))
        return (
            oddA.addingProduct(evenA, V(repeating: a)), oddA.addingProduct(evenA, V(repeating: -a)),
            oddB.addingProduct(evenB, V(repeating: b)), oddB.addingProduct(evenB, V(repeating: -b))
        )
    }

    /// Value of the input at infinity.
    @inline(__always)
    static func inputAtInfinity<V: SIMD>(_ x0: V, _ x2: V, _ x4: V) -> V where V.Scalar == Float {
        x4.addingProduct(x2, V(repeating: -sum)).addingProduct(x0, V(repeating: product))
    }

    /// `A' m` of the finite points; the value at infinity is to be added to the last.
    @inline(__always)
    static func output<V: SIMD>(_ m0: V, _ m1: V, _ m2: V, _ m3: V) -> (V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA, evenB, oddB) = (m0 + m1, m0 - m1, m2 + m3, m2 - m3)
        return (
            evenA + evenB, (oddA * a).addingProduct(oddB, V(repeating: b)), (evenA * a2).addingProduct(evenB, V(repeating: b2)),
            (oddA * a3).addingProduct(oddB, V(repeating: b3))
        )
    }

    /// `A g` at the finite points, the adjoint of `output`; at infinity it is `g3`.
    @inline(__always)
    static func outputAdjoint<V: SIMD>(_ g0: V, _ g1: V, _ g2: V, _ g3: V) -> (V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA) = (g0.addingProduct(g2, V(repeating: a2)), (g1 * a).addingProduct(g3, V(repeating: a3)))
        let (evenB, oddB) = (g0.addingProduct(g2, V(repeating: b2)), (g1 * b).addingProduct(g3, V(repeating: b3)))
        return (evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB)
    }

    /// `G w` at the finite points; at infinity it is `w1`.
    @inline(__always)
    static func weights<V: SIMD>(_ w0: V, _ w1: V) -> (V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA, evenB, oddB) = (w1 * (a * ga), w0 * ga, w1 * (b * gb), w0 * gb)
        return (evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB)
    }

    /// `G' p` of the finite points, the adjoint of `weights`; the value at infinity is to be added to the second.
    @inline(__always)
    static func weightsAdjoint<V: SIMD>(_ p0: V, _ p1: V, _ p2: V, _ p3: V) -> (V, V) where V.Scalar == Float {
        (
            ((p0 - p1) * ga).addingProduct(p2 - p3, V(repeating: gb)),
            ((p0 + p1) * (a * ga)).addingProduct(p2 + p3, V(repeating: b * gb))
        )
    }
}
