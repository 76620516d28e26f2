/// The one-dimensional transforms of Winograd's algorithm F(4, 3): four outputs of a three-point kernel from six inputs, six products
/// instead of twelve, `y = A' [(G w) * (B' x)]`.
///
/// From the interpolation points 0, +-a, +-b and infinity with a = 3/4, b = 3/2. The usual points 1 and 2 double the rounding error;
/// all the constants here are exact in binary but those of `G`.
///
/// ## References
/// A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, arXiv:1509.09308, section 4.
/// B. Barabasz, A. Anderson, K. M. Soodhalter, D. Gregg, "Error analysis and improving the accuracy of Winograd convolution for deep
/// neural networks", ACM TOMS 46 (2020), arXiv:1803.10986 (the choice of points).
enum WinogradTransforms {
    private static let a: Float = 3.0 / 4
    private static let b: Float = 3.0 / 2
    private static let a2: Float = 9.0 / 16
    private static let b2: Float = 9.0 / 4
    private static let a3: Float = 27.0 / 64
    private static let b3: Float = 27.0 / 8
    private static let product: Float = 81.0 / 64
    private static let sum: Float = 45.0 / 16
    /// `1 / (a^2 b^2)`, `1 / (2 a^2 (a^2 - b^2))`, `1 / (2 b^2 (b^2 - a^2))`.
    private static let g0: Float = 64.0 / 81
    private static let ga: Float = -128.0 / 243
    private static let gb: Float = 32.0 / 243

    /// Values at the six points, `B' x`.
    @inline(__always)
    static func input<V: SIMD>(_ x0: V, _ x1: V, _ x2: V, _ x3: V, _ x4: V, _ x5: V) -> (V, V, V, V, V, V) where V.Scalar == Float {
        let evenA = x4.addingProduct(x2, V(repeating: -b2))
        let oddA = x3.addingProduct(x1, V(repeating: -b2))
        let evenB = x4.addingProduct(x2, V(repeating: -a2))
        let oddB = x3.addingProduct(x1, V(repeating: -a2))
        return (
            x4.addingProduct(x2, V(repeating: -sum)).addingProduct(x0, V(repeating: product)),
            evenA.addingProduct(oddA, V(repeating: a)), evenA.addingProduct(oddA, V(repeating: -a)),
            evenB.addingProduct(oddB, V(repeating: b)), evenB.addingProduct(oddB, V(repeating: -b)),
            x5.addingProduct(x3, V(repeating: -sum)).addingProduct(x1, V(repeating: product))
        )
    }

    /// `A' m`.
    @inline(__always)
    static func output<V: SIMD>(_ m0: V, _ m1: V, _ m2: V, _ m3: V, _ m4: V, _ m5: V) -> (V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA, evenB, oddB) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4)
        return (
            m0 + evenA + evenB, (oddA * a).addingProduct(oddB, V(repeating: b)), (evenA * a2).addingProduct(evenB, V(repeating: b2)),
            m5.addingProduct(oddA, V(repeating: a3)).addingProduct(oddB, V(repeating: b3))
        )
    }

    /// `A g`, the adjoint of `output`.
    @inline(__always)
    static func outputAdjoint<V: SIMD>(_ g0: V, _ g1: V, _ g2: V, _ g3: V) -> (V, V, V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA) = (g0.addingProduct(g2, V(repeating: a2)), (g1 * a).addingProduct(g3, V(repeating: a3)))
        let (evenB, oddB) = (g0.addingProduct(g2, V(repeating: b2)), (g1 * b).addingProduct(g3, V(repeating: b3)))
        return (g0, evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, g3)
    }

    /// `G w`.
    @inline(__always)
    static func weights<V: SIMD>(_ w0: V, _ w1: V, _ w2: V) -> (V, V, V, V, V, V) where V.Scalar == Float {
        let (evenA, oddA) = (w0.addingProduct(w2, V(repeating: a2)) * ga, w1 * (a * ga))
        let (evenB, oddB) = (w0.addingProduct(w2, V(repeating: b2)) * gb, w1 * (b * gb))
        return (w0 * g0, evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, w2)
    }

    /// `G' p`, the adjoint of `weights`.
    @inline(__always)
    static func weightsAdjoint<V: SIMD>(_ p0: V, _ p1: V, _ p2: V, _ p3: V, _ p4: V, _ p5: V) -> (V, V, V) where V.Scalar == Float {
        let (evenA, oddA, evenB, oddB) = ((p1 + p2) * ga, (p1 - p2) * (a * ga), (p3 + p4) * gb, (p3 - p4) * (b * gb))
        return (
            (p0 * g0) + evenA + evenB, oddA + oddB, p5.addingProduct(evenA, V(repeating: a2)).addingProduct(evenB, V(repeating: b2))
        )
    }
}
