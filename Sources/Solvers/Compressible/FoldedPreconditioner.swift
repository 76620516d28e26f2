import Tensors

/// A block incomplete factorisation, `P = (D + L) D^-1 (D + U)`, of the first-order Jacobian plus the pseudo-time term.
///
/// `L` and `U` are the blocks of the Jacobian itself and `D` is chosen so that the diagonal of `P` is that of the Jacobian: ILU(0) of a
/// five-point stencil, which has no triangles and so no other fill. The blocks between the two halves of a pair (across the middle
/// column and across the cut) belong to the pivot, an 8 x 8 block there, so the factorisation is symmetric under reflection and exact
/// on a grid line through the cut.
///
/// ## References
/// Y. Saad, Iterative Methods for Sparse Linear Systems (2003), section 10.3.
package final class FoldedPreconditioner {
    package let folded: FoldedLayout
    let mesh: CurvilinearMesh
    private let storage: Storage<Double>
    private let workStorage: Storage<Double>
    /// Jacobian blocks of a pair: diagonal, and towards `m - 1`, `m + 1`, `j - 1`, `j + 1`.
    package let diagonal, outward, inward, down, up: BlockPointer
    /// Full inverse pivots of the pairs whose halves are neighbours: first those on the cut, then those in the middle column.
    private let coupled: BlockPointer
    /// Sum of `(|u_n| + a) |face| / 2` over the faces of both cells of a pair.
    let wave: UnsafeMutablePointer<SIMD2<Double>>
    private let work: UnsafeMutablePointer<Lanes>

    package init(_ mesh: CurvilinearMesh) {
        self.mesh = mesh
        folded = FoldedLayout(mesh.topology)
        let pairs = folded.pairs
        let full = folded.wakeCells + folded.rows
        storage = Storage(count: 5 * 32 * pairs + 64 * full + 2 * pairs)
        let base = UnsafeMutableRawPointer(storage.pointer).bindMemory(to: Lanes.self, capacity: 20 * pairs + 8 * full)
        (diagonal, outward, inward) = (base, base + 4 * pairs, base + 8 * pairs)
        (down, up) = (base + 12 * pairs, base + 16 * pairs)
        coupled = base + 20 * pairs
        wave = UnsafeMutableRawPointer(base + 20 * pairs + 8 * full).bindMemory(to: SIMD2<Double>.self, capacity: pairs)
        // A guard of one row before and after, read through zero blocks.
        let guarded = pairs + 2 * (folded.width + 1)
        workStorage = Storage(count: 8 * guarded)
        workStorage.pointer.initialize(repeating: 0, count: 8 * guarded)
        work =
            UnsafeMutableRawPointer(workStorage.pointer).bindMemory(to: Lanes.self, capacity: guarded) + folded.width + 1
    }

    /// Index of the full pivot of a pair, or nil where its halves are not neighbours.
    @inline(__always)
    private func coupledIndex(_ m: Int, _ j: Int) -> Int? {
        if m == folded.width - 1 { return folded.wakeCells + j }
        return j == 0 && m < folded.wakeCells ? m : nil
    }

    /// Assembles the Jacobian at `state` (ghost cells filled) with the pseudo-time term of Courant number `cfl`, and factorises it.
    package func factorise(_ state: UnsafePointer<Double>, gamma: Double, cfl: Double) {
        assemble(state, gamma: gamma, cfl: cfl)
        // What a failed solve may have left there would spread through products with blocks that are zero.
        workStorage.pointer.update(repeating: 0, count: workStorage.count)
        eliminate()
    }

    /// Eliminates pair by pair, from the outer boundary to the wall and from the ends to the middle column; afterwards the off-diagonal
    /// blocks of ordinary pairs hold `D^-1 A`.
    private func eliminate() {
        let width = folded.width
        for j in stride(from: folded.rows - 1, through: 0, by: -1) {
            for m in 0..<width {
                let pair = j * width + m
                let here = coupledIndex(m, j)
                if let here { spread(pair, m, j, coupled + 8 * here) }
                if m > 0 { subtract(pair, here, outward, pair - 1, coupledIndex(m - 1, j), inward) }
                if j < folded.rows - 1 { subtract(pair, here, up, pair + width, coupledIndex(m, j + 1), down) }
                if let here {
                    FoldedBlock.invertFull(coupled + 8 * here)
                } else {
                    let block = diagonal + 4 * pair
                    FoldedBlock.invert(block)
                    for other in [outward, inward, down, up] {
                        FoldedBlock.multiply(block, other + 4 * pair, into: other + 4 * pair)
                    }
                }
            }
        }
    }

    /// Writes the diagonal blocks and the blocks between the halves of a pair into an 8 x 8 block, and clears the latter in their place.
    private func spread(_ pair: Int, _ m: Int, _ j: Int, _ full: BlockPointer) {
        for k in 0..<4 {
            full[k] = Lanes(lowHalf: diagonal[4 * pair + k].lowHalf, highHalf: .zero)
            full[k + 4] = Lanes(lowHalf: .zero, highHalf: diagonal[4 * pair + k].highHalf)
        }
        func take(_ blocks: BlockPointer) {
            for k in 0..<4 {
                let column = blocks[4 * pair + k]
                full[k + 4].lowHalf += column.lowHalf
                full[k].highHalf += column.highHalf
                blocks[4 * pair + k] = .zero
            }
        }
        if m == folded.width - 1 { take(inward) }
        if j == 0 && m < folded.wakeCells { take(down) }
    }

    /// Subtracts `A_ce D_e^-1 A_ec` from the pivot of pair `c`, for a neighbour `e` eliminated before.
    private func subtract(
        _ pair: Int, _ here: Int?, _ toNeighbour: BlockPointer, _ neighbour: Int, _ there: Int?, _ back: BlockPointer
    ) {
        let a = UnsafePointer(toNeighbour + 4 * pair)
        let b = UnsafePointer(back + 4 * neighbour)
        switch (here, there) {
        case (nil, nil):
            // `b` already holds D_e^-1 A_ec.
            FoldedBlock.subtractProduct(a, b, from: diagonal + 4 * pair)
        case (let here?, nil):
            for k in 0..<4 {
                let product = FoldedBlock.multiply(a, b[k], adding: .zero)
                coupled[8 * here + k].lowHalf -= product.lowHalf
                coupled[8 * here + k + 4].highHalf -= product.highHalf
            }
        case (_, let there?):
            for k in 0..<4 {
                let low = FoldedBlock.multiplyFull(coupled + 8 * there, Lanes(lowHalf: b[k].lowHalf, highHalf: .zero))
                let high = FoldedBlock.multiplyFull(coupled + 8 * there, Lanes(lowHalf: .zero, highHalf: b[k].highHalf))
                let first = FoldedBlock.multiply(a, low, adding: .zero)
                let second = FoldedBlock.multiply(a, high, adding: .zero)
                if let here {
                    coupled[8 * here + k] -= first
                    coupled[8 * here + k + 4] -= second
                } else {
                    diagonal[4 * pair + k] -= Lanes(lowHalf: first.lowHalf, highHalf: second.highHalf)
                }
            }
        }
    }

    /// `result = P^-1 b`.
    package func solve(_ b: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        let width = folded.width
        let source = UnsafeRawPointer(b).assumingMemoryBound(to: Lanes.self)
        for j in stride(from: folded.rows - 1, through: 0, by: -1) {
            for m in 0..<width {
                let pair = j * width + m
                let sum = FoldedBlock.multiply(
                    outward + 4 * pair, work[pair - 1], adding: FoldedBlock.multiply(up + 4 * pair, work[pair + width], adding: .zero))
                if let here = coupledIndex(m, j) {
                    work[pair] = FoldedBlock.multiplyFull(coupled + 8 * here, source[pair] - sum)
                } else {
                    work[pair] = FoldedBlock.multiply(diagonal + 4 * pair, source[pair], adding: -sum)
                }
            }
        }
        for j in 0..<folded.rows {
            for m in stride(from: width - 1, through: 0, by: -1) {
                let pair = j * width + m
                let sum = FoldedBlock.multiply(
                    inward + 4 * pair, work[pair + 1], adding: FoldedBlock.multiply(down + 4 * pair, work[pair - width], adding: .zero))
                if let here = coupledIndex(m, j) {
                    work[pair] -= FoldedBlock.multiplyFull(coupled + 8 * here, sum)
                } else {
                    work[pair] -= sum
                }
            }
        }
        UnsafeMutableRawPointer(result).copyMemory(from: work, byteCount: folded.count * MemoryLayout<Double>.stride)
    }
}
