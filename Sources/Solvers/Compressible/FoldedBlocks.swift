import Tensors

/// A block folded about its middle column: cell `(i, j)` and its mirror `(columns - 1 - i, j)` are the two halves of one pair.
///
/// Both halves are then treated by the same instructions in the same order, so a symmetric flow stays symmetric through every linear
/// solve, and the cells that face each other across the cut of a C-grid are in one pair. Pair `(m, j)` has index `j * width + m`, with
/// `m = i` in the first half; a vector holds eight numbers for a pair, four components of each half.
package struct FoldedLayout {
    /// Pairs in a row: half the columns.
    package let width: Int
    package let rows: Int
    package let wakeCells: Int

    init(_ topology: BlockTopology) {
        width = topology.columns / 2
        rows = topology.rows
        wakeCells = topology.wakeCells
    }

    package var pairs: Int { width * rows }
    /// Numbers in a vector.
    package var count: Int { 8 * pairs }

    /// `vector = scale * (field + offset)`; `field` has four planes, `offset` (another vector, or nil for 0) may be `vector`.
    func gather(
        _ field: UnsafePointer<Double>, _ padded: PaddedLayout, scale: Double = 1, offset: UnsafePointer<Double>? = nil,
        into vector: UnsafeMutablePointer<Double>
    ) {
        for j in 0..<rows {
            let (first, last) = (padded.index(0, j), padded.index(padded.columns - 1, j))
            for component in 0..<4 {
                let plane = field + component * padded.count
                let start = 8 * j * width + component
                let target = vector + start
                if let source = offset.map({ $0 + start }) {
                    for m in 0..<width {
                        target[8 * m] = scale * (plane[first + m] + source[8 * m])
                        target[8 * m + 4] = scale * (plane[last - m] + source[8 * m + 4])
                    }
                } else {
                    for m in 0..<width {
                        target[8 * m] = scale * plane[first + m]
                        target[8 * m + 4] = scale * plane[last - m]
                    }
                }
            }
        }
    }

    /// `field = base + scale * vector` in the cells of the block.
    func scatter(
        _ vector: UnsafePointer<Double>, scale: Double, adding base: UnsafePointer<Double>, _ padded: PaddedLayout,
        _ field: UnsafeMutablePointer<Double>
    ) {
        for j in 0..<rows {
            let (first, last) = (padded.index(0, j), padded.index(padded.columns - 1, j))
            for component in 0..<4 {
                let source = base + component * padded.count
                let plane = field + component * padded.count
                let values = vector + 8 * j * width + component
                for m in 0..<width {
                    plane[first + m] = source[first + m] + scale * values[8 * m]
                    plane[last - m] = source[last - m] + scale * values[8 * m + 4]
                }
            }
        }
    }
}

/// Two 4 x 4 matrices side by side, four columns of eight rows.
///
/// Lanes 0 to 3 of vector `k` hold column `k` of the first half's matrix, lanes 4 to 7 column `k` of the second half's.
package typealias BlockPointer = UnsafeMutablePointer<Lanes>

/// Products and inverses of pairs of 4 x 4 blocks and of 8 x 8 blocks, stored by columns.
enum FoldedBlock {
    /// Element `k` of each half in all lanes of the half (one permutation instruction).
    @inline(__always)
    static func broadcast0(_ x: Lanes) -> Lanes { Lanes(lowHalf: .init(repeating: x[0]), highHalf: .init(repeating: x[4])) }
    @inline(__always)
    static func broadcast1(_ x: Lanes) -> Lanes { Lanes(lowHalf: .init(repeating: x[1]), highHalf: .init(repeating: x[5])) }
    @inline(__always)
    static func broadcast2(_ x: Lanes) -> Lanes { Lanes(lowHalf: .init(repeating: x[2]), highHalf: .init(repeating: x[6])) }
    @inline(__always)
    static func broadcast3(_ x: Lanes) -> Lanes { Lanes(lowHalf: .init(repeating: x[3]), highHalf: .init(repeating: x[7])) }

    /// `sum + A x` of both halves.
    @inline(__always)
    static func multiply(_ a: UnsafePointer<Lanes>, _ x: Lanes, adding sum: Lanes) -> Lanes {
        let even = sum.addingProduct(a[0], broadcast0(x)).addingProduct(a[2], broadcast2(x))
        let odd = (a[1] * broadcast1(x)).addingProduct(a[3], broadcast3(x))
        return even + odd
    }

    /// `C = A B` of both halves; `C` may be `B`.
    @inline(__always)
    static func multiply(_ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, into c: BlockPointer) {
        for k in 0..<4 { c[k] = multiply(a, b[k], adding: .zero) }
    }

    /// `C -= A B` of both halves.
    @inline(__always)
    static func subtractProduct(_ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, from c: BlockPointer) {
        for k in 0..<4 { c[k] -= multiply(a, b[k], adding: .zero) }
    }

    /// Replaces both halves by their inverses (Gauss-Jordan without pivoting: the blocks are diagonally dominant).
    @inline(__always)
    static func invert(_ a: BlockPointer) {
        var (c0, c1, c2, c3) = (a[0], a[1], a[2], a[3])
        let rows = SIMD8<Int64>(0, 1, 2, 3, 0, 1, 2, 3)
        eliminate(broadcast0, rows .== 0, &c0, &c1, &c2, &c3)
        eliminate(broadcast1, rows .== 1, &c1, &c0, &c2, &c3)
        eliminate(broadcast2, rows .== 2, &c2, &c0, &c1, &c3)
        eliminate(broadcast3, rows .== 3, &c3, &c0, &c1, &c2)
        (a[0], a[1], a[2], a[3]) = (c0, c1, c2, c3)
    }

    @inline(__always)
    private static func eliminate(
        _ broadcast: (Lanes) -> Lanes, _ row: SIMDMask<SIMD8<Int64>>, _ pivot: inout Lanes, _ x: inout Lanes, _ y: inout Lanes,
        _ z: inout Lanes
    ) {
        let inverse = 1 / broadcast(pivot)
        let column = -pivot
        let (fx, fy, fz) = (broadcast(x) * inverse, broadcast(y) * inverse, broadcast(z) * inverse)
        x = x.addingProduct(column, fx).replacing(with: fx, where: row)
        y = y.addingProduct(column, fy).replacing(with: fy, where: row)
        z = z.addingProduct(column, fz).replacing(with: fz, where: row)
        pivot = (column * inverse).replacing(with: inverse, where: row)
    }

    /// `A x` of an 8 x 8 block.
    @inline(__always)
    static func multiplyFull(_ a: UnsafePointer<Lanes>, _ x: Lanes) -> Lanes {
        var (even, odd) = (a[0] * x[0], a[1] * x[1])
        even.addProduct(a[2], Lanes(repeating: x[2]))
        odd.addProduct(a[3], Lanes(repeating: x[3]))
        even.addProduct(a[4], Lanes(repeating: x[4]))
        odd.addProduct(a[5], Lanes(repeating: x[5]))
        even.addProduct(a[6], Lanes(repeating: x[6]))
        odd.addProduct(a[7], Lanes(repeating: x[7]))
        return even + odd
    }

    /// Replaces an 8 x 8 block by its inverse (Gauss-Jordan without pivoting).
    static func invertFull(_ a: BlockPointer) {
        for k in 0..<8 {
            let inverse = 1 / a[k][k]
            let column = -a[k]
            for l in 0..<8 where l != k {
                let factor = a[l][k] * inverse
                var value = a[l].addingProduct(column, Lanes(repeating: factor))
                value[k] = factor
                a[l] = value
            }
            var pivot = column * inverse
            pivot[k] = inverse
            a[k] = pivot
        }
    }
}
