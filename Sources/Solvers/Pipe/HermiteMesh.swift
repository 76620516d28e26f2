import Tensors

/// Bicubic Hermite elements (Bogner, Fox and Schmit) on a rectangle of `along x across` equal cells.
///
/// A function has four numbers at each node: value, `hx` times its derivative along `xi`, `hy` times that along `eta`, and `hx hy` times
/// the mixed one. It has continuous first derivatives everywhere. Number `k` of node `(i, j)` is at `4 (i (across + 1) + j) + k`.
///
/// ## References
/// F. K. Bogner, R. L. Fox, L. A. Schmit, "The generation of interelement compatible stiffness and mass matrices by the use of
/// interpolation formulas", Proc. Conf. Matrix Methods in Structural Mechanics, AFFDL-TR-66-80 (1965) 397-443.
struct HermiteMesh: Sendable {
    let along: Int
    let across: Int
    let spacing: (xi: Double, eta: Double)

    /// The rectangle `[0, length] x [-width / 2, width / 2]`.
    let length: Double
    let width: Double

    init(along: Int, across: Int, length: Double, width: Double) {
        (self.along, self.across, self.length, self.width) = (along, across, length, width)
        spacing = (length / Double(along), width / Double(across))
    }

    /// Numbers of a function.
    var count: Int { 4 * (along + 1) * (across + 1) }
    /// Numbers of a column of nodes.
    var columnCount: Int { 4 * (across + 1) }
    /// Largest distance of two numbers of an element.
    var band: Int { columnCount + 7 }

    /// The 16 numbers of element `(i, j)`: the nodes `(i, j)`, `(i, j + 1)`, `(i + 1, j)`, `(i + 1, j + 1)`, four each.
    @inline(__always)
    func element(_ i: Int, _ j: Int, of values: UnsafePointer<Double>) -> SIMD16<Double> {
        let first = UnsafeRawPointer(values + i * columnCount + 4 * j)
        return SIMD16(
            lowHalf: first.loadUnaligned(as: SIMD8<Double>.self),
            highHalf: (first + columnCount * MemoryLayout<Double>.stride).loadUnaligned(as: SIMD8<Double>.self))
    }

    /// Values and derivatives of the 16 functions of an element at a point.
    struct Basis: Sendable {
        let value: SIMD16<Double>
        let xi: SIMD16<Double>
        let eta: SIMD16<Double>
        let xiXi: SIMD16<Double>
        let xiEta: SIMD16<Double>
        let etaEta: SIMD16<Double>
    }

    /// The functions at the point `(s, t)` of an element, both from 0 to 1.
    func basis(_ s: Double, _ t: Double) -> Basis {
        let (x, y) = (Self.hermite(s), Self.hermite(t))
        func products(_ dx: Int, _ dy: Int) -> SIMD16<Double> {
            var result = SIMD16<Double>.zero
            for a in 0..<2 {
                for b in 0..<2 {
                    for k in 0..<4 { result[4 * (2 * a + b) + k] = x[dx][2 * a + k % 2] * y[dy][2 * b + k / 2] }
                }
            }
            return result
        }
        let (hx, hy) = spacing
        return Basis(
            value: products(0, 0), xi: products(1, 0) / hx, eta: products(0, 1) / hy, xiXi: products(2, 0) / (hx * hx),
            xiEta: products(1, 1) / (hx * hy), etaEta: products(0, 2) / (hy * hy))
    }

    /// The cubics with value or slope 1 at 0, then at 1, and their derivatives: `[derivative][function]`.
    private static func hermite(_ s: Double) -> [[Double]] {
        [
            [1 - 3 * s * s + 2 * s * s * s, s - 2 * s * s + s * s * s, 3 * s * s - 2 * s * s * s, s * s * s - s * s],
            [6 * s * (s - 1), (1 - s) * (1 - 3 * s), 6 * s * (1 - s), s * (3 * s - 2)],
            [12 * s - 6, 6 * s - 4, 6 - 12 * s, 6 * s - 2],
        ]
    }

    /// Gauss points and weights on [0, 1], exact for polynomials of degree 7.
    static let gauss: [(position: Double, weight: Double)] = {
        let (a, b) = ((3.0 / 7 - 2.0 / 7 * 1.2.squareRoot()).squareRoot(), (3.0 / 7 + 2.0 / 7 * 1.2.squareRoot()).squareRoot())
        let (heavy, light) = ((18 + 30.0.squareRoot()) / 72, (18 - 30.0.squareRoot()) / 72)
        return [(-b, light), (-a, heavy), (a, heavy), (b, light)].map { ((1 + $0.0) / 2, $0.1) }
    }()

    /// The element that holds a point of the rectangle, and where in it the point lies.
    func locate(xi: Double, eta: Double) -> (i: Int, j: Int, s: Double, t: Double) {
        let (x, y) = (xi / spacing.xi, (eta + width / 2) / spacing.eta)
        let (i, j) = (min(max(Int(x), 0), along - 1), min(max(Int(y), 0), across - 1))
        return (i, j, x - Double(i), y - Double(j))
    }
}
