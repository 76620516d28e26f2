import Tensors

/// Operator-dependent interpolation and the Galerkin operator `P^T A P` of the next coarser grid ("black-box multigrid").
///
/// Coarse points are the unknowns of class d, every second one along each axis whatever the size. An edge point (b, c) is interpolated from its
/// two coarse neighbours with the weights of the one-dimensional equation that arises when its stencil is summed across the line,
///
///     u_c = (W u_west + E u_east) / (W + E),   W = k_W + k_NW + k_SW,   E = k_E + k_NE + k_SE
///
/// (beside the boundary the link to the boundary counts in the denominator), a centre point (a) from its equation with zero right-hand side,
/// `u_a = sum of k_ak u_k / d_a`. So the flux `a du/dn` of the interpolated field is continuous where `a` jumps, and the coarse operator has nine
/// points again. Because the a rows are satisfied exactly, `P^T A P` is a sum over the cells around the a points of
/// `-g g^T / d_a` with `g = sum of k_ak phi_k` (`phi_k`: the weights of neighbour `k`), plus terms of single b and c points.
///
/// ## References
/// n. E. Alcouffe, A. Brandt, m. E. Dendy, m. W. Painter, SIAM m. Sci. Stat. Comput. 2 (1981) 430, doi:10.1137/0902035.
/// m. E. Dendy, "Black box multigrid", m. Comput. Phys. 48 (1982) 366, doi:10.1016/0021-9991(82)90057-2.
struct BlackBoxCoarsening {
    private let fine: SplitStencil
    private let coarse: SplitStencil
    /// Weights of the a points from their corners SW, SE, NW, NE.
    private let centres: SplitField<Double>
    /// Weights of the b points from S and N, of the c points from W and E.
    private let edges: SplitField<Double>
    private let cells: [CellTerms]
    private let natural: [PaddedRow<Double>]

    /// What one row of cells adds to the coarse operator: the links between the four corners, then the corners' diagonals.
    private struct CellTerms {
        let top, bottom, right, left, rising, falling, sw, se, nw, ne: PaddedRow<Double>

        init(width: Int) {
            let rows = (0..<10).map { _ in PaddedRow<Double>(width: width) }
            (top, bottom, right, left, rising, falling) = (rows[0], rows[1], rows[2], rows[3], rows[4], rows[5])
            (sw, se, nw, ne) = (rows[6], rows[7], rows[8], rows[9])
        }
    }

    init(fine: SplitStencil, coarse: SplitStencil) {
        self.fine = fine
        self.coarse = coarse
        centres = SplitField(fine.layout, classes: 4)
        edges = SplitField(fine.layout, classes: 4)
        cells = [CellTerms(width: fine.layout.stride), CellTerms(width: fine.layout.stride)]
        natural = (0..<5).map { _ in PaddedRow(width: fine.layout.stride) }
    }

    /// Computes the interpolation and the coarse operator from the unscaled fine operator, then the coarse scaling.
    func run() {
        for m in 0..<fine.layout.rows { edgeWeights(m) }
        for m in 0...coarse.layout.ny {
            cellRow(m, into: cells[m & 1])
            if m > 0 { coarseRow(m - 1, below: cells[(m - 1) & 1], above: cells[m & 1]) }
        }
        coarse.computeScaling()
    }

    /// Writes the interpolation between scaled unknowns, `d_fine^(1/2) P d_coarse^(-1/2)`, rows as in `TransferRows`.
    func writeTransfer(to transfer: SplitField<Float>) {
        let w = fine.layout.stride
        let t = TransferRows(fine.layout)
        var below = natural[0].pointer
        var here = natural[1].pointer
        for i in 0..<w { below[i] = 0 }
        for m in 0..<fine.layout.rows {
            for i in 0..<w { here[i] = 0 }
            if m < coarse.layout.ny {
                let s = coarse.inverseRoot.block(m >> 1) + (m & 1) * 2 * coarse.layout.stride
                interleave(coarse.layout.nx, s, s + coarse.layout.stride, here)
            }
            let d = fine.diagonal.block(m)
            let s = fine.inverseRoot.block(m)
            let p = centres.block(m)
            let e = edges.block(m)
            let target = transfer.block(m)
            @inline(__always)
            func store(_ row: Int, _ i: Int, _ value: SIMD8<Double>) {
                UnsafeMutableRawPointer(target + row + i).storeBytes(of: SIMD8<Float>(value), as: SIMD8<Float>.self)
            }
            for i in stride(from: 0, to: w, by: 8) {
                let a = d[lanes: i] * s[lanes: i]
                store(t.aSW, i, a * p[lanes: i] * below[lanes: i - 1])
                store(t.aSE, i, a * p[lanes: w + i] * below[lanes: i])
                store(t.aNW, i, a * p[lanes: 2 * w + i] * here[lanes: i - 1])
                store(t.aNE, i, a * p[lanes: 3 * w + i] * here[lanes: i])
                store(t.d, i, d[lanes: 3 * w + i] * s[lanes: 3 * w + i] * here[lanes: i])
                guard fine.ninePoint else { continue }
                let b = d[lanes: w + i] * s[lanes: w + i]
                store(t.bS, i, b * e[lanes: i] * below[lanes: i])
                store(t.bN, i, b * e[lanes: w + i] * here[lanes: i])
            }
            swap(&below, &here)
        }
    }

    /// Interpolation weights of the b and c points of block `m`.
    private func edgeWeights(_ m: Int) {
        let layout = fine.layout
        let w = layout.stride
        let r = LinkRows(layout)
        let k = fine.links.block(m)
        let kSouth = fine.links.block(m - 1)
        let d = fine.diagonal.block(m)
        let e = edges.block(m)
        let nine = fine.ninePoint
        // Where a b point has the boundary to its kSouth or north, its link to the boundary is what its diagonal has in excess.
        let besideBoundary = m == 0 || 2 * m == layout.ny - 1
        for i in stride(from: 0, to: w, by: 8) {
            var south = kSouth[lanes: r.dN + i]
            var north = k[lanes: r.bN + i]
            var west = k[lanes: r.dE + i - 1]
            var east = k[lanes: r.cE + i]
            if nine {
                south += kSouth[lanes: r.cNE + i] + kSouth[lanes: r.cNW + i + 1]
                north += k[lanes: r.bNE + i] + k[lanes: r.bNW + i]
                west += k[lanes: r.bNE + i - 1] + k[lanes: r.cNW + i]
                east += k[lanes: r.bNW + i] + k[lanes: r.cNE + i]
            }
            var excess = SIMD8<Double>.zero
            if besideBoundary { excess = d[lanes: w + i] - k[lanes: r.aE + i] - k[lanes: r.bE + i] - south - north }
            (e[lanes: i], e[lanes: w + i]) = shares(south, north, excess)
            (e[lanes: 2 * w + i], e[lanes: 3 * w + i]) = shares(west, east, .zero)
        }
        let last = (layout.nx - 1) / 2
        for i in layout.nx % 2 == 1 ? [0, last] : [0] {
            var west = k[r.dE + i - 1]
            var east = k[r.cE + i]
            if nine {
                west += k[r.bNE + i - 1] + k[r.cNW + i]
                east += k[r.bNW + i] + k[r.cNE + i]
            }
            let excess = d[2 * w + i] - k[r.aN + i] - k[r.cN + i] - west - east
            let (fromWest, fromEast) = shares(.init(repeating: west), .init(repeating: east), .init(repeating: excess))
            (e[2 * w + i], e[3 * w + i]) = (fromWest[0], fromEast[0])
        }
    }

    /// `(p, q) / (p + q + excess)` with negative terms taken as zero; one half each where nothing is left.
    @inline(__always)
    private func shares(_ p: SIMD8<Double>, _ q: SIMD8<Double>, _ excess: SIMD8<Double>) -> (SIMD8<Double>, SIMD8<Double>) {
        let first = p.replacing(with: 0, where: p .< 0)
        let second = q.replacing(with: 0, where: q .< 0)
        let total = first + second + excess.replacing(with: 0, where: excess .< 0)
        let none = total .<= 0
        let inverse = 1 / total.replacing(with: 1, where: none)
        return ((first * inverse).replacing(with: 0.5, where: none), (second * inverse).replacing(with: 0.5, where: none))
    }

    /// Weights of the a points of block `m` and the terms of the cells around them.
    private func cellRow(_ m: Int, into cell: CellTerms) {
        let w = fine.layout.stride
        let r = LinkRows(fine.layout)
        let k = fine.links.block(m)
        let kSouth = fine.links.block(m - 1)
        let d = fine.diagonal.block(m)
        let e = edges.block(m)
        let eSouth = edges.block(m - 1)
        let p = centres.block(m)
        for i in stride(from: 0, to: w, by: 8) {
            let (kE, kW, kN, kS) = (k[lanes: r.aE + i], k[lanes: r.bE + i - 1], k[lanes: r.aN + i], kSouth[lanes: r.cN + i])
            // Interpolation of the four edge points from the corners: E from SE and NE, and so on.
            let (eS, eN) = (e[lanes: i], e[lanes: w + i])
            let (wS, wN) = (e[lanes: i - 1], e[lanes: w + i - 1])
            let (nW, nE) = (e[lanes: 2 * w + i], e[lanes: 3 * w + i])
            let (sW, sE) = (eSouth[lanes: 2 * w + i], eSouth[lanes: 3 * w + i])
            var gSW = kS * sW + kW * wS
            var gSE = kS * sE + kE * eS
            var gNW = kN * nW + kW * wN
            var gNE = kN * nE + kE * eN
            if fine.ninePoint {
                gSW += kSouth[lanes: r.dNE + i - 1]
                gSE += kSouth[lanes: r.dNW + i]
                gNW += k[lanes: r.aNW + i]
                gNE += k[lanes: r.aNE + i]
            }
            let diagonal = d[lanes: i]
            let inverse = 1 / diagonal.replacing(with: 1, where: diagonal .== 0)
            let (pSW, pSE, pNW, pNE) = (gSW * inverse, gSE * inverse, gNW * inverse, gNE * inverse)
            (p[lanes: i], p[lanes: w + i], p[lanes: 2 * w + i], p[lanes: 3 * w + i]) = (pSW, pSE, pNW, pNE)
            var (top, bottom, right, left, rising, falling) = (gNW * pNE, gSW * pSE, gSE * pNE, gSW * pNW, gSW * pNE, gSE * pNW)
            var (sw, se, nw, ne) = (-gSW * pSW, -gSE * pSE, -gNW * pNW, -gNE * pNE)
            if fine.ninePoint {
                let kNE = k[lanes: r.bNW + i]
                right += kNE * eS * nE
                falling += kNE * eS * nW
                top += kNE * eN * nW
                ne -= 2 * kNE * eN * nE
                let kNW = k[lanes: r.bNE + i - 1]
                left += kNW * wS * nW
                rising += kNW * wS * nE
                top += kNW * wN * nE
                nw -= 2 * kNW * wN * nW
                let kSE = kSouth[lanes: r.cNE + i]
                bottom += kSE * sW * eS
                rising += kSE * sW * eN
                right += kSE * sE * eN
                se -= 2 * kSE * sE * eS
                let kSW = kSouth[lanes: r.cNW + i]
                bottom += kSW * sE * wS
                left += kSW * sW * wN
                falling += kSW * sE * wN
                sw -= 2 * kSW * sW * wS
            }
            (cell.top.pointer[lanes: i], cell.bottom.pointer[lanes: i]) = (top, bottom)
            (cell.right.pointer[lanes: i], cell.left.pointer[lanes: i]) = (right, left)
            (cell.rising.pointer[lanes: i], cell.falling.pointer[lanes: i]) = (rising, falling)
            (cell.sw.pointer[lanes: i], cell.se.pointer[lanes: i]) = (sw, se)
            (cell.nw.pointer[lanes: i], cell.ne.pointer[lanes: i]) = (nw, ne)
        }
    }

    /// Row `n` of the coarse operator from the cells below and above it and the b and c points on its lines.
    private func coarseRow(_ n: Int, below: CellTerms, above: CellTerms) {
        let w = fine.layout.stride
        let r = LinkRows(fine.layout)
        let k = fine.links.block(n)
        let kNorth = fine.links.block(n + 1)
        let d = fine.diagonal.block(n)
        let dNorth = fine.diagonal.block(n + 1)
        let e = edges.block(n)
        let eNorth = edges.block(n + 1)
        let (east, north, northEast, northWest) = (natural[0].pointer, natural[1].pointer, natural[2].pointer, natural[3].pointer)
        let diagonal = natural[4].pointer
        /// What an edge point of diagonal `d`, linked by `k` and with weight `p` to a coarse point, adds to the diagonal there.
        @inline(__always)
        func ownTerm(_ d: SIMD8<Double>, _ k: SIMD8<Double>, _ p: SIMD8<Double>) -> SIMD8<Double> { (d * p - 2 * k) * p }
        for i in stride(from: 0, to: w, by: 8) {
            // The c point to the east of coarse point i, with its weights from west and east.
            let (cd, cw, ce) = (d[lanes: 2 * w + i + 1], e[lanes: 2 * w + i + 1], e[lanes: 3 * w + i + 1])
            let (toWest, toEast) = (k[lanes: r.dE + i], k[lanes: r.cE + i + 1])
            east[lanes: i] = below.top.pointer[lanes: i + 1] + above.bottom.pointer[lanes: i + 1] + toWest * ce + toEast * cw - cd * cw * ce
            // The b point to the north, from kSouth and north.
            let (bd, bs, bn) = (dNorth[lanes: w + i], eNorth[lanes: i], eNorth[lanes: w + i])
            let (toSouth, toNorth) = (k[lanes: r.dN + i], kNorth[lanes: r.bN + i])
            north[lanes: i] = above.right.pointer[lanes: i] + above.left.pointer[lanes: i + 1] + toSouth * bn + toNorth * bs - bd * bs * bn
            northEast[lanes: i] = above.rising.pointer[lanes: i + 1]
            northWest[lanes: i] = above.falling.pointer[lanes: i]
            var sum = d[lanes: 3 * w + i] + below.ne.pointer[lanes: i] + below.nw.pointer[lanes: i + 1]
            sum += above.se.pointer[lanes: i] + above.sw.pointer[lanes: i + 1]
            sum += ownTerm(d[lanes: w + i], k[lanes: r.bN + i], e[lanes: w + i])
            sum += ownTerm(bd, toSouth, bs)
            sum += ownTerm(d[lanes: 2 * w + i], k[lanes: r.cE + i], e[lanes: 3 * w + i])
            sum += ownTerm(cd, toWest, cw)
            diagonal[lanes: i] = sum
        }
        let count = coarse.layout.nx
        let s = coarse.layout.stride
        let c = LinkRows(coarse.layout)
        let target = coarse.links.block(n >> 1) + (n & 1) * 2 * s
        let targetDiagonal = coarse.diagonal.block(n >> 1) + (n & 1) * 2 * s
        deinterleave(count, east, target + c.aE, target + c.bE)
        deinterleave(count, north, target + c.aN, target + c.bN)
        deinterleave(count, northEast, target + c.aNE, target + c.bNE)
        deinterleave(count, northWest, target + c.aNW, target + c.bNW)
        deinterleave(count, diagonal, targetDiagonal, targetDiagonal + s)
    }
}
