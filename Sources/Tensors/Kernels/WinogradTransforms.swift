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
enum WinogradTransforms: PairedPoints {
    static var a: Float { 3.0 / 4 }
    static var b: Float { 3.0 / 2 }
    /// `1 / (a^2 b^2)`, `1 / (2 a^2 (a^2 - b^2))`, `1 / (2 b^2 (b^2 - a^2))`.
    private static let g0: Float = 64.0 / 81
    private static let ga: Float = -128.0 / 243
    private static let gb: Float = 32.0 / 243

    /// Values at the six points, `B' x`.
    @inline(__always)
    static func input<V: FloatVector>(_ x0: V, _ x1: V, _ x2: V, _ x3: V, _ x4: V, _ x5: V) -> (V, V, V, V, V, V) {
        let values = pairs(ofInput: x1, x2, x3, x4)
        return (end(ofInput: x0, x2, x4), values.0, values.1, values.2, values.3, end(ofInput: x1, x3, x5))
    }

    /// `A' m`.
    @inline(__always)
    static func output<V: FloatVector>(_ m0: V, _ m1: V, _ m2: V, _ m3: V, _ m4: V, _ m5: V) -> (V, V, V, V) {
        let y = output(ofPairs: m1, m2, m3, m4)
        return (m0 + y.0, y.1, y.2, m5 + y.3)
    }

    /// `A g`, the adjoint of `output`.
    @inline(__always)
    static func outputAdjoint<V: FloatVector>(_ g0: V, _ g1: V, _ g2: V, _ g3: V) -> (V, V, V, V, V, V) {
        let values = pairs(ofGradient: g0, g1, g2, g3)
        return (g0, values.0, values.1, values.2, values.3, g3)
    }

    /// `G w`.
    @inline(__always)
    static func weights<V: FloatVector>(_ w0: V, _ w1: V, _ w2: V) -> (V, V, V, V, V, V) {
        let (evenA, oddA) = (w0.addingProduct(w2, V(repeating: a * a)) * ga, w1 * (a * ga))
        let (evenB, oddB) = (w0.addingProduct(w2, V(repeating: b * b)) * gb, w1 * (b * gb))
        return (w0 * g0, evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, w2)
    }

    /// Value of `w0 + w1 x + w2 x^2` at a point: one of `G w`, but for its `scale`.
    @inline(__always)
    static func polynomial<V: FloatVector>(_ w0: V, _ w1: V, _ w2: V, at point: Float) -> V {
        w0.addingProduct(w2, V(repeating: point * point)).addingProduct(w1, V(repeating: point))
    }

    /// Factor of the kernel's value at each of the six points in `G w`.
    static func scale(_ point: Int) -> Float { [g0, ga, ga, gb, gb, 1][point] }

    /// `G' p`, the adjoint of `weights`.
    @inline(__always)
    static func weightsAdjoint<V: FloatVector>(_ p0: V, _ p1: V, _ p2: V, _ p3: V, _ p4: V, _ p5: V) -> (V, V, V) {
        let (evenA, oddA, evenB, oddB) = ((p1 + p2) * ga, (p1 - p2) * (a * ga), (p3 + p4) * gb, (p3 - p4) * (b * gb))
        return (
            (p0 * g0) + evenA + evenB, oddA + oddB, p5.addingProduct(evenA, V(repeating: a * a)).addingProduct(evenB, V(repeating: b * b))
        )
    }
}
