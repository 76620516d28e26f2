import Tensors

/// A coarse grid of the preconditioner: a scaled nine-point operator in Float32 and the passes of a symmetric V-cycle over it.
///
/// One four-colour Gauss-Seidel sweep before the coarser grid, in the order d, a, b, c from a zero guess, and one after it in the order c, b, a, d.
/// Before: each class needs only the classes relaxed before it, and the residual only those relaxed after it, so that sweep and residual
/// together read every link twice; class c ends without residual. Each half of the cycle is one pass over the rows, all stages a row or two apart.
final class MultigridLevel {
    let layout: SplitLayout
    /// Unscaled operator.
    let stencil: SplitStencil
    /// Right-hand side and solution of the scaled operator, classes a, b, c, d.
    let source: SplitField<Float>
    let solution: SplitField<Float>
    private let links: SplitField<Float>
    private let transfer: SplitField<Float>
    /// Residuals of a and b.
    private let residual: SplitField<Float>
    private let row: PaddedRow<Float>
    private let row2: PaddedRow<Float>

    init(_ layout: SplitLayout) {
        self.layout = layout
        stencil = SplitStencil(layout, ninePoint: true)
        source = SplitField(layout, classes: 4)
        solution = SplitField(layout, classes: 4)
        links = SplitField(layout, classes: 16)
        transfer = SplitField(layout, classes: 7)
        residual = SplitField(layout, classes: 2)
        row = PaddedRow(width: layout.stride)
        row2 = PaddedRow(width: layout.stride)
    }

    /// Prepares the cycle once the coarser grid has been computed by `coarsening`.
    func prepare(_ coarsening: BlackBoxCoarsening) {
        stencil.writeScaledLinks(single: links, double: nil)
        coarsening.writeTransfer(to: transfer)
    }

    /// Relaxes from zero in the order d, a, b, c and writes the restricted residual to the source of the coarser grid.
    func relaxAndRestrict(to coarser: MultigridLevel) {
        // Of a block: relaxing a and b 16, c 16, residuals of a, b and d 29, restriction 13.
        Flops.addOther(74 * layout.blockCount)
        let w = layout.stride
        let r = LinkRows(layout)
        let t = TransferRows(layout)
        let (b, c, d) = (w, 2 * w, 3 * w)
        for m in 0..<coarser.layout.ny + 2 {
            if m < layout.rows {
                let k = links.block(m)
                let kS = links.block(m - 1)
                let f = source.block(m)
                let fS = source.block(m - 1)
                let u = solution.block(m)
                for i in stride(from: 0, to: w, by: 16) {
                    var sum = f[lanes: i]
                    sum.addProduct(k[lanes: r.aNE + i], f[lanes: d + i])
                    sum.addProduct(k[lanes: r.aNW + i], f[lanes: d + i - 1])
                    sum.addProduct(kS[lanes: r.dNE + i - 1], fS[lanes: d + i - 1])
                    sum.addProduct(kS[lanes: r.dNW + i], fS[lanes: d + i])
                    u[lanes: i] = sum
                }
                for i in stride(from: 0, to: w, by: 16) {
                    var sum = f[lanes: b + i]
                    sum.addProduct(k[lanes: r.aE + i], u[lanes: i])
                    sum.addProduct(k[lanes: r.bE + i], u[lanes: i + 1])
                    sum.addProduct(k[lanes: r.bN + i], f[lanes: d + i])
                    sum.addProduct(kS[lanes: r.dN + i], fS[lanes: d + i])
                    u[lanes: b + i] = sum
                }
            }
            let lagged = m - 1
            if lagged >= 0 && lagged < layout.rows { relaxLastClass(lagged) }
            let restricted = m - 2
            guard restricted >= 0 else { continue }
            let k = links.block(restricted)
            let (u, uN) = (solution.block(restricted), solution.block(restricted + 1))
            let (res, resN) = (residual.block(restricted), residual.block(restricted + 1))
            let (p, pN) = (transfer.block(restricted), transfer.block(restricted + 1))
            let target = row.pointer
            for i in stride(from: 0, to: w, by: 16) {
                var own = k[lanes: r.aNE + i] * u[lanes: i]
                own.addProduct(k[lanes: r.aNW + i + 1], u[lanes: i + 1])
                own.addProduct(k[lanes: r.dNE + i], uN[lanes: i + 1])
                own.addProduct(k[lanes: r.dNW + i], uN[lanes: i])
                own.addProduct(k[lanes: r.bN + i], u[lanes: b + i])
                own.addProduct(k[lanes: r.dN + i], uN[lanes: b + i])
                own.addProduct(k[lanes: r.cE + i], u[lanes: c + i])
                own.addProduct(k[lanes: r.dE + i], u[lanes: c + i + 1])
                var sum = p[lanes: t.d + i] * own
                sum.addProduct(p[lanes: t.aNE + i], res[lanes: i])
                sum.addProduct(p[lanes: t.aNW + i + 1], res[lanes: i + 1])
                sum.addProduct(pN[lanes: t.aSE + i], resN[lanes: i])
                sum.addProduct(pN[lanes: t.aSW + i + 1], resN[lanes: i + 1])
                sum.addProduct(p[lanes: t.bN + i], res[lanes: b + i])
                sum.addProduct(pN[lanes: t.bS + i], resN[lanes: b + i])
                target[lanes: i] = sum
            }
            coarser.receive(target, row: restricted)
        }
    }

    /// Class c of block `lagged` in the first sweep, then the residuals of a and b there.
    private func relaxLastClass(_ lagged: Int) {
        let w = layout.stride
        let r = LinkRows(layout)
        let (b, c, d) = (w, 2 * w, 3 * w)
        let (k, kS) = (links.block(lagged), links.block(lagged - 1))
        let f = source.block(lagged)
        let (u, uN, uS) = (solution.block(lagged), solution.block(lagged + 1), solution.block(lagged - 1))
        let res = residual.block(lagged)
        for i in stride(from: 0, to: w, by: 16) {
            var sum = f[lanes: c + i]
            sum.addProduct(k[lanes: r.cE + i], f[lanes: d + i])
            sum.addProduct(k[lanes: r.dE + i - 1], f[lanes: d + i - 1])
            sum.addProduct(k[lanes: r.aN + i], u[lanes: i])
            sum.addProduct(k[lanes: r.cN + i], uN[lanes: i])
            sum.addProduct(k[lanes: r.bNW + i], u[lanes: b + i])
            sum.addProduct(k[lanes: r.bNE + i - 1], u[lanes: b + i - 1])
            sum.addProduct(k[lanes: r.cNE + i], uN[lanes: b + i])
            sum.addProduct(k[lanes: r.cNW + i], uN[lanes: b + i - 1])
            u[lanes: c + i] = sum
        }
        for i in stride(from: 0, to: w, by: 16) {
            var ofB = k[lanes: r.bNW + i] * u[lanes: c + i]
            ofB.addProduct(k[lanes: r.bNE + i], u[lanes: c + i + 1])
            ofB.addProduct(kS[lanes: r.cNE + i], uS[lanes: c + i])
            ofB.addProduct(kS[lanes: r.cNW + i + 1], uS[lanes: c + i + 1])
            res[lanes: b + i] = ofB
            var ofA = k[lanes: r.aE + i] * u[lanes: b + i]
            ofA.addProduct(k[lanes: r.bE + i - 1], u[lanes: b + i - 1])
            ofA.addProduct(k[lanes: r.aN + i], u[lanes: c + i])
            ofA.addProduct(kS[lanes: r.cN + i], uS[lanes: c + i])
            res[lanes: i] = ofA
        }
    }

    /// Adds the coarse correction and relaxes in the order c, b, a, d.
    func prolongAndRelax(from coarser: MultigridLevel) {
        // Of a block: interpolation 14, relaxing each class 16.
        Flops.addOther(78 * layout.blockCount)
        let w = layout.stride
        let r = LinkRows(layout)
        let (b, c, d) = (w, 2 * w, 3 * w)
        var below = row.pointer
        var here = row2.pointer
        below.update(repeating: 0, count: w)
        coarser.provide(row: 0, into: here)
        correct(0, below, here)
        for m in 0...layout.rows {
            swap(&below, &here)
            if m + 1 < layout.rows {
                coarser.provide(row: m + 1, into: here)
                correct(m + 1, below, here)
            }
            let (k, kS) = (links.block(m), links.block(m - 1))
            let f = source.block(m)
            let (u, uN, uS) = (solution.block(m), solution.block(m + 1), solution.block(m - 1))
            if m < layout.rows {
                for i in stride(from: 0, to: w, by: 16) {
                    var sum = f[lanes: c + i]
                    sum.addProduct(k[lanes: r.cE + i], u[lanes: d + i])
                    sum.addProduct(k[lanes: r.dE + i - 1], u[lanes: d + i - 1])
                    sum.addProduct(k[lanes: r.aN + i], u[lanes: i])
                    sum.addProduct(k[lanes: r.cN + i], uN[lanes: i])
                    sum.addProduct(k[lanes: r.bNW + i], u[lanes: b + i])
                    sum.addProduct(k[lanes: r.bNE + i - 1], u[lanes: b + i - 1])
                    sum.addProduct(k[lanes: r.cNE + i], uN[lanes: b + i])
                    sum.addProduct(k[lanes: r.cNW + i], uN[lanes: b + i - 1])
                    u[lanes: c + i] = sum
                }
                for i in stride(from: 0, to: w, by: 16) {
                    var sum = f[lanes: b + i]
                    sum.addProduct(k[lanes: r.aE + i], u[lanes: i])
                    sum.addProduct(k[lanes: r.bE + i], u[lanes: i + 1])
                    sum.addProduct(k[lanes: r.bN + i], u[lanes: d + i])
                    sum.addProduct(kS[lanes: r.dN + i], uS[lanes: d + i])
                    sum.addProduct(k[lanes: r.bNW + i], u[lanes: c + i])
                    sum.addProduct(k[lanes: r.bNE + i], u[lanes: c + i + 1])
                    sum.addProduct(kS[lanes: r.cNE + i], uS[lanes: c + i])
                    sum.addProduct(kS[lanes: r.cNW + i + 1], uS[lanes: c + i + 1])
                    u[lanes: b + i] = sum
                }
                for i in stride(from: 0, to: w, by: 16) {
                    var sum = f[lanes: i]
                    sum.addProduct(k[lanes: r.aE + i], u[lanes: b + i])
                    sum.addProduct(k[lanes: r.bE + i - 1], u[lanes: b + i - 1])
                    sum.addProduct(k[lanes: r.aN + i], u[lanes: c + i])
                    sum.addProduct(kS[lanes: r.cN + i], uS[lanes: c + i])
                    sum.addProduct(k[lanes: r.aNE + i], u[lanes: d + i])
                    sum.addProduct(k[lanes: r.aNW + i], u[lanes: d + i - 1])
                    sum.addProduct(kS[lanes: r.dNE + i - 1], uS[lanes: d + i - 1])
                    sum.addProduct(kS[lanes: r.dNW + i], uS[lanes: d + i])
                    u[lanes: i] = sum
                }
            }
            guard m > 0 else { continue }
            let fS = source.block(m - 1)
            for i in stride(from: 0, to: w, by: 16) {
                var sum = fS[lanes: d + i]
                sum.addProduct(kS[lanes: r.aNE + i], uS[lanes: i])
                sum.addProduct(kS[lanes: r.aNW + i + 1], uS[lanes: i + 1])
                sum.addProduct(kS[lanes: r.dNE + i], u[lanes: i + 1])
                sum.addProduct(kS[lanes: r.dNW + i], u[lanes: i])
                sum.addProduct(kS[lanes: r.bN + i], uS[lanes: b + i])
                sum.addProduct(kS[lanes: r.dN + i], u[lanes: b + i])
                sum.addProduct(kS[lanes: r.cE + i], uS[lanes: c + i])
                sum.addProduct(kS[lanes: r.dE + i], uS[lanes: c + i + 1])
                uS[lanes: d + i] = sum
            }
        }
    }

    /// Adds the interpolated coarse rows `m - 1` and `m` to classes d, a, b of block `m` (d of the first sweep is the source itself).
    private func correct(_ m: Int, _ below: UnsafeMutablePointer<Float>, _ here: UnsafeMutablePointer<Float>) {
        let w = layout.stride
        let t = TransferRows(layout)
        let (b, d) = (w, 3 * w)
        let p = transfer.block(m)
        let f = source.block(m)
        let u = solution.block(m)
        for i in stride(from: 0, to: w, by: 16) {
            let (sw, se, nw, ne) = (below[lanes: i - 1], below[lanes: i], here[lanes: i - 1], here[lanes: i])
            u[lanes: d + i] = f[lanes: d + i].addingProduct(p[lanes: t.d + i], ne)
            var sum = u[lanes: i]
            sum.addProduct(p[lanes: t.aSW + i], sw)
            sum.addProduct(p[lanes: t.aSE + i], se)
            sum.addProduct(p[lanes: t.aNW + i], nw)
            sum.addProduct(p[lanes: t.aNE + i], ne)
            u[lanes: i] = sum
            u[lanes: b + i] = u[lanes: b + i].addingProduct(p[lanes: t.bS + i], se).addingProduct(p[lanes: t.bN + i], ne)
        }
    }

    /// Stores one natural row of the right-hand side.
    func receive(_ values: UnsafeMutablePointer<Float>, row j: Int) {
        let f = source.block(j >> 1) + (j & 1) * 2 * layout.stride
        deinterleave(layout.nx, values, f, f + layout.stride)
    }

    /// Reads one natural row of the solution; zeros beyond the last row.
    func provide(row j: Int, into values: UnsafeMutablePointer<Float>) {
        guard j < layout.ny else {
            values.update(repeating: 0, count: layout.nx)
            return
        }
        let u = solution.block(j >> 1) + (j & 1) * 2 * layout.stride
        interleave(layout.nx, u, u + layout.stride, values)
    }
}
