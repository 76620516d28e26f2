/// What Winograd's algorithms share that interpolate at the points `+-a` and `+-b`, and perhaps at zero and infinity: even and odd parts
/// of a polynomial serve both points of a pair.
protocol PairedPoints {
    static var a: Float { get }
    static var b: Float { get }
}

extension PairedPoints {
    /// Values of the input at the pairs: the rows `M(x) / (x - p)` of `B'` with `M = (x^2 - a^2)(x^2 - b^2)`.
    @inline(__always)
    static func pairs<V: FloatVector>(ofInput x0: V, _ x1: V, _ x2: V, _ x3: V) -> (V, V, V, V) {
        let (evenA, oddA) = (x3.addingProduct(x1, V(repeating: -b * b)), x2.addingProduct(x0, V(repeating: -b * b)))
        let (evenB, oddB) = (x3.addingProduct(x1, V(repeating: -a * a)), x2.addingProduct(x0, V(repeating: -a * a)))
        return (
            evenA.addingProduct(oddA, V(repeating: a)), evenA.addingProduct(oddA, V(repeating: -a)),
            evenB.addingProduct(oddB, V(repeating: b)), evenB.addingProduct(oddB, V(repeating: -b))
        )
    }

    /// Value of the input at zero or infinity: the row `M` of `B'`.
    @inline(__always)
    static func end<V: FloatVector>(ofInput x0: V, _ x2: V, _ x4: V) -> V {
        x4.addingProduct(x2, V(repeating: -(a * a + b * b))).addingProduct(x0, V(repeating: a * a * b * b))
    }

    /// What the products at the pairs add to the four outputs: the powers 0 to 3 of the points, columns of `A'`.
    @inline(__always)
    static func output<V: FloatVector>(ofPairs m0: V, _ m1: V, _ m2: V, _ m3: V) -> (V, V, V, V) {
        let (evenA, oddA, evenB, oddB) = (m0 + m1, m0 - m1, m2 + m3, m2 - m3)
        return (
            evenA + evenB, (oddA * a).addingProduct(oddB, V(repeating: b)),
            (evenA * (a * a)).addingProduct(evenB, V(repeating: b * b)),
            (oddA * (a * a * a)).addingProduct(oddB, V(repeating: b * b * b))
        )
    }

    /// Values of the outputs' gradient at the pairs, the adjoint of `output`.
    @inline(__always)
    static func pairs<V: FloatVector>(ofGradient g0: V, _ g1: V, _ g2: V, _ g3: V) -> (V, V, V, V) {
        let (evenA, oddA) = (g0.addingProduct(g2, V(repeating: a * a)), (g1 * a).addingProduct(g3, V(repeating: a * a * a)))
        let (evenB, oddB) = (g0.addingProduct(g2, V(repeating: b * b)), (g1 * b).addingProduct(g3, V(repeating: b * b * b)))
        return (evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB)
    }
}
