/// The one-dimensional transforms of Winograd's algorithm F(4, 2): four outputs of a two-point kernel from five inputs, five products
/// instead of eight, `y = A' [(G w) * (B' x)]`.
///
/// From the interpolation points +-a, +-b and infinity with a = 3/8, b = 9/8, which round least among small fractions. At infinity the
/// kernel's value is its second tap, the input's `end`, and the product is added to the last output; without a second tap, four inputs
/// and the pairs do.
enum TwoTapTransforms: PairedPoints {
    static var a: Float { 3.0 / 8 }
    static var b: Float { 9.0 / 8 }
    /// `1 / (2 a (a^2 - b^2))` and `1 / (2 b (b^2 - a^2))`.
    private static let ga: Float = -32.0 / 27
    private static let gb: Float = 32.0 / 81

    /// `G w` at the pairs; at infinity it is `w1`.
    @inline(__always)
    static func weights<V: FloatVector>(_ w0: V, _ w1: V) -> (V, V, V, V) {
        let (evenA, oddA, evenB, oddB) = (w1 * (a * ga), w0 * ga, w1 * (b * gb), w0 * gb)
        return (evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB)
    }

    /// `G' p` of the pairs, the adjoint of `weights`; the value at infinity is to be added to the second.
    @inline(__always)
    static func weightsAdjoint<V: FloatVector>(_ p0: V, _ p1: V, _ p2: V, _ p3: V) -> (V, V) {
        (
            ((p0 - p1) * ga).addingProduct(p2 - p3, V(repeating: gb)),
            ((p0 + p1) * (a * ga)).addingProduct(p2 + p3, V(repeating: b * gb))
        )
    }
}
