import Tensors

/// The finest grid: the five-point operator with its black unknowns eliminated, and conjugate gradients on the red ones.
///
/// Red unknowns (classes a and d) are linked to black ones (b and c) only. In scaled form, with `C` the links between them,
///
///     red:   x - C y = f,      black:   y - C^T x = g,      hence   S x = (I - C C^T) x = f + C g ,
///
/// a system of half the size and a fraction of the condition number, whose residual is the red residual of the full one (the black residual
/// is zero). One Jacobi step on `S` is one red-black Gauss-Seidel sweep, and because the cycle always relaxes the black points first, only
/// red points take part in restriction and interpolation. `C C^T` is applied row by row with the black values in a cache-resident ring.
///
/// Vectors of the conjugate gradients are Float64, the preconditioner (one V-cycle) works in Float32.
///
/// ## References
/// Y. Saad, "Iterative methods for sparse linear systems", 2nd ed., SIAM 2003, sections 12.4.1 (red-black ordering, reduced system) and 9.2
/// (preconditioned conjugate gradients). M. Ries, U. Trottenberg, G. Winter, "A note on MGR methods", Linear Algebra Appl. 49 (1983) 1.
final class RedBlackSystem {
    let layout: SplitLayout
    /// The operator: unscaled while the coarse grids are built, scaled afterwards.
    let stencil: SplitStencil
    private let links: SplitField<Float>
    private let transfer: SplitField<Float>
    /// Diagonal of the red points over its maximum: turns squares of scaled residuals into squares of residuals.
    private let weight: SplitField<Float>
    /// The largest diagonal element of the unscaled operator.
    private(set) var largestDiagonal = 1.0
    /// Scaled right-hand sides and solutions: rows a, d (red) and b, c (black).
    private let red: (source: SplitField<Double>, solution: SplitField<Double>)
    private let black: (source: SplitField<Double>, solution: SplitField<Double>)
    private let residual: SplitField<Double>
    private let direction: SplitField<Double>
    private let image: SplitField<Double>
    private let residual32: SplitField<Float>
    private let preconditioned: SplitField<Float>
    private let ring: [PaddedRow<Float>]
    private let ring64: [PaddedRow<Double>]

    init(_ layout: SplitLayout) {
        self.layout = layout
        stencil = SplitStencil(layout, ninePoint: false)
        links = SplitField(layout, classes: 8)
        transfer = SplitField(layout, classes: 5)
        weight = SplitField(layout, classes: 2)
        red = (SplitField(layout, classes: 2), SplitField(layout, classes: 2))
        black = (SplitField(layout, classes: 2), SplitField(layout, classes: 2))
        residual = SplitField(layout, classes: 2)
        direction = SplitField(layout, classes: 2)
        image = SplitField(layout, classes: 2)
        residual32 = SplitField(layout, classes: 2)
        preconditioned = SplitField(layout, classes: 2)
        ring = (0..<8).map { _ in PaddedRow(width: 2 * layout.stride) }
        ring64 = (0..<2).map { _ in PaddedRow(width: 2 * layout.stride) }
    }

    // MARK: - Set-up

    /// Scales the operator and prepares the grid transfer, once the coarser grid has been computed by `coarsening`.
    func prepare(_ coarsening: BlackBoxCoarsening) {
        let w = layout.stride
        stencil.computeScaling()
        coarsening.writeTransfer(to: transfer)
        stencil.writeScaledLinks(single: links, double: stencil.links)
        var largest = 0.0
        for m in 0..<layout.rows {
            let d = stencil.diagonal.block(m)
            var most = SIMD8<Double>.zero
            for i in stride(from: 0, to: 4 * w, by: 8) {
                let value = d[lanes: i]
                most = most.replacing(with: value, where: value .> most)
            }
            largest = Swift.max(largest, most.max())
        }
        largestDiagonal = largest
        for m in 0..<layout.rows {
            let d = stencil.diagonal.block(m)
            let target = weight.block(m)
            for i in 0..<w {
                target[i] = Float(d[i] / largest)
                target[w + i] = Float(d[3 * w + i] / largest)
            }
        }
    }

    // MARK: - Natural rows

    /// Stores natural row `j` of the right-hand side, times `factor` and the scaling.
    func receive(_ values: UnsafeMutablePointer<Double>, row j: Int, factor: Double) {
        let w = layout.stride
        let (even, odd) = rows(j, red.source, black.source)
        deinterleave(layout.nx, values, even, odd)
        let s = stencil.inverseRoot.block(j >> 1) + (j & 1) * 2 * w
        for i in stride(from: 0, to: w, by: 8) {
            even[lanes: i] *= factor * s[lanes: i]
            odd[lanes: i] *= factor * s[lanes: w + i]
        }
    }

    /// Adds natural row `j` of the solution, times `factor` and the scaling, to `values`; `scratch` holds at least `3 * stride` values.
    func addSolution(to values: UnsafeMutablePointer<Double>, row j: Int, factor: Double, scratch: UnsafeMutablePointer<Double>) {
        let w = layout.stride
        let (even, odd) = rows(j, red.solution, black.solution)
        let s = stencil.inverseRoot.block(j >> 1) + (j & 1) * 2 * w
        for i in stride(from: 0, to: w, by: 8) {
            scratch[lanes: i] = even[lanes: i] * (factor * s[lanes: i])
            scratch[lanes: w + i] = odd[lanes: i] * (factor * s[lanes: w + i])
        }
        let natural = scratch + 2 * w
        interleave(layout.nx, scratch, scratch + w, natural)
        for i in 0..<layout.nx { values[i] += natural[i] }
    }

    /// The rows that hold even and odd columns of natural row `j`.
    private func rows(
        _ j: Int, _ red: SplitField<Double>, _ black: SplitField<Double>
    ) -> (even: UnsafeMutablePointer<Double>, odd: UnsafeMutablePointer<Double>) {
        let m = j >> 1
        return j & 1 == 0 ? (red.block(m), black.block(m)) : (black.block(m) + layout.stride, red.block(m) + layout.stride)
    }

    // MARK: - Conjugate gradients

    /// Solves the system for the stored right-hand side from a zero guess.
    ///
    /// - Returns: iterations done and the norm of the red residual, `(sum of d / d_max r^2)^(1/2)` in scaled quantities; the norm is above `target`
    ///   if `limit` iterations did not suffice and NaN if the iteration broke down.
    func solve(target: Double, limit: Int, preconditioner: CoarseGrids) -> (iterations: Int, norm: Double) {
        var norm = reduceRightHandSide().squareRoot()
        var iterations = 0
        var product = 1.0
        // Of a block of two by two points: right-hand side 22 and black unknowns 16; of an iteration restriction 37, interpolation and
        // relaxation 44, direction and its image 38, update 14.
        Flops.addOther(38 * layout.blockCount)
        while norm > target && iterations < limit {
            Flops.addOther(133 * layout.blockCount)
            let next = precondition(preconditioner)
            let curvature = advanceDirection(beta: iterations == 0 ? 0 : next / product)
            product = next
            let alpha = next / curvature
            guard curvature > 0 && next > 0 && alpha.isFinite else { return (iterations, .nan) }
            norm = update(alpha).squareRoot()
            iterations += 1
        }
        substituteBlack()
        return (iterations, norm)
    }

    /// Replaces the stored right-hand side by one application of the preconditioner to it, as the solution.
    func applyPreconditioner(_ grids: CoarseGrids) {
        _ = reduceRightHandSide()
        _ = precondition(grids)
        for m in 0..<layout.rows {
            let (x, z) = (red.solution.block(m), preconditioned.block(m))
            for i in 0..<2 * layout.stride { x[i] = Double(z[i]) }
        }
        substituteBlack()
    }

    /// One application of the preconditioner to the stored residual; returns its product with the residual.
    private func precondition(_ grids: CoarseGrids) -> Double {
        restrictResidual(to: grids.finest)
        grids.cycle()
        return prolongAndRelax(from: grids.finest)
    }

    /// `r = f + C g`, `x = 0`; returns the weighted square of `r`.
    private func reduceRightHandSide() -> Double {
        let w = layout.stride
        let r = LinkRows(layout)
        var total = 0.0
        for m in 0..<layout.rows {
            let (k, kS) = (stencil.links.block(m), stencil.links.block(m - 1))
            let (y, yS, yN) = (black.source.block(m), black.source.block(m - 1), black.source.block(m + 1))
            let f = red.source.block(m)
            let (res, res32, x, scale) = (residual.block(m), residual32.block(m), red.solution.block(m), weight.block(m))
            for i in 0..<2 * w { x[i] = 0 }
            var sum = SIMD8<Double>.zero
            for i in stride(from: 0, to: w, by: 8) {
                let a = f[lanes: i] + redA(r, k, kS, y, yS, w, i)
                let d = f[lanes: w + i] + redD(r, k, y, yN, w, i)
                (res[lanes: i], res[lanes: w + i]) = (a, d)
                storeRounded(res32 + i, a)
                storeRounded(res32 + w + i, d)
                sum += a * a * widened(scale + i) + d * d * widened(scale + w + i)
            }
            total += sum.sum()
        }
        return total
    }

    /// `x += alpha p`, `r -= alpha q`; returns the weighted square of `r`.
    private func update(_ alpha: Double) -> Double {
        let w = layout.stride
        var total = 0.0
        for m in 0..<layout.rows {
            let (p, q) = (direction.block(m), image.block(m))
            let (res, res32, x, scale) = (residual.block(m), residual32.block(m), red.solution.block(m), weight.block(m))
            var sum = SIMD8<Double>.zero
            for i in stride(from: 0, to: 2 * w, by: 8) {
                x[lanes: i] = x[lanes: i].addingProduct(alpha, p[lanes: i])
                let value = res[lanes: i].addingProduct(-alpha, q[lanes: i])
                res[lanes: i] = value
                storeRounded(res32 + i, value)
                sum.addProduct(value * value, widened(scale + i))
            }
            total += sum.sum()
        }
        return total
    }

    /// `p = z + beta p`, `q = p - C C^T p`; returns `p q`.
    private func advanceDirection(beta: Double) -> Double {
        let w = layout.stride
        let r = LinkRows(layout)
        func advance(_ m: Int) {
            let (p, z) = (direction.block(m), preconditioned.block(m))
            if beta == 0 {
                for i in stride(from: 0, to: 2 * w, by: 8) { p[lanes: i] = widened(z + i) }
            } else {
                for i in stride(from: 0, to: 2 * w, by: 8) { p[lanes: i] = widened(z + i).addingProduct(beta, p[lanes: i]) }
            }
        }
        var total = 0.0
        var (yS, y) = (ring64[0].pointer, ring64[1].pointer)
        y.update(repeating: 0, count: 2 * w)
        advance(0)
        for m in 0...layout.rows {
            swap(&yS, &y)
            let (k, kS) = (stencil.links.block(m), stencil.links.block(m - 1))
            let (p, pS, pN) = (direction.block(m), direction.block(m - 1), direction.block(m + 1))
            let (q, qS) = (image.block(m), image.block(m - 1))
            var sum = SIMD8<Double>.zero
            if m < layout.rows {
                if m + 1 < layout.rows { advance(m + 1) }
                for i in stride(from: 0, to: w, by: 8) {
                    y[lanes: i] = blackB(r, k, kS, p, pS, w, i)
                    y[lanes: w + i] = blackC(r, k, p, pN, w, i)
                }
                for i in stride(from: 0, to: w, by: 8) {
                    let value = p[lanes: i] - redA(r, k, kS, y, yS, w, i)
                    q[lanes: i] = value
                    sum.addProduct(value, p[lanes: i])
                }
            } else {
                y.update(repeating: 0, count: 2 * w)
            }
            if m > 0 {
                for i in stride(from: 0, to: w, by: 8) {
                    let value = pS[lanes: w + i] - redD(r, kS, yS, y, w, i)
                    qS[lanes: w + i] = value
                    sum.addProduct(value, pS[lanes: w + i])
                }
            }
            total += sum.sum()
        }
        return total
    }

    /// Black unknowns from the red ones, `y = g + C^T x`.
    private func substituteBlack() {
        let w = layout.stride
        let r = LinkRows(layout)
        for m in 0..<layout.rows {
            let (k, kS) = (stencil.links.block(m), stencil.links.block(m - 1))
            let (x, xS, xN) = (red.solution.block(m), red.solution.block(m - 1), red.solution.block(m + 1))
            let (g, y) = (black.source.block(m), black.solution.block(m))
            for i in stride(from: 0, to: w, by: 8) {
                y[lanes: i] = g[lanes: i] + blackB(r, k, kS, x, xS, w, i)
                y[lanes: w + i] = g[lanes: w + i] + blackC(r, k, x, xN, w, i)
            }
        }
    }

    // MARK: - Preconditioner, Float32

    /// One red-black sweep from zero on `S z = r`, and the restriction of what remains, `C C^T r`, to the coarser grid.
    private func restrictResidual(to coarser: MultigridLevel) {
        let w = layout.stride
        let r = LinkRows(layout)
        let t = TransferRows(layout)
        var (yS, y) = (ring[0].pointer, ring[1].pointer)
        var (left, here) = (ring[2].pointer, ring[3].pointer)
        let row = ring[4].pointer
        y.update(repeating: 0, count: 2 * w)
        for m in 0...coarser.layout.ny {
            swap(&yS, &y)
            swap(&left, &here)
            let (k, kS) = (links.block(m), links.block(m - 1))
            if m < layout.rows {
                let (x, xS, xN) = (residual32.block(m), residual32.block(m - 1), residual32.block(m + 1))
                for i in stride(from: 0, to: w, by: 16) {
                    y[lanes: i] = blackB(r, k, kS, x, xS, w, i)
                    y[lanes: w + i] = blackC(r, k, x, xN, w, i)
                }
                for i in stride(from: 0, to: w, by: 16) { here[lanes: i] = redA(r, k, kS, y, yS, w, i) }
            } else {
                y.update(repeating: 0, count: 2 * w)
                here.update(repeating: 0, count: w)
            }
            guard m > 0 else { continue }
            let (p, pN) = (transfer.block(m - 1), transfer.block(m))
            for i in stride(from: 0, to: w, by: 16) {
                var sum = p[lanes: t.d + i] * redD(r, kS, yS, y, w, i)
                sum.addProduct(p[lanes: t.aNE + i], left[lanes: i])
                sum.addProduct(p[lanes: t.aNW + i + 1], left[lanes: i + 1])
                sum.addProduct(pN[lanes: t.aSE + i], here[lanes: i])
                sum.addProduct(pN[lanes: t.aSW + i + 1], here[lanes: i + 1])
                row[lanes: i] = sum
            }
            coarser.receive(row, row: m - 1)
        }
    }

    /// `z = r + C C^T (r + P e)` with the coarse correction `e`; returns `r z`.
    private func prolongAndRelax(from coarser: MultigridLevel) -> Double {
        let w = layout.stride
        let r = LinkRows(layout)
        let t = TransferRows(layout)
        var (yS, y) = (ring[0].pointer, ring[1].pointer)
        var (below, here) = (ring[2].pointer, ring[3].pointer)
        var (xS, x, xN) = (ring[4].pointer, ring[5].pointer, ring[6].pointer)
        func correct(_ m: Int) {
            swap(&below, &here)
            coarser.provide(row: m, into: here)
            let p = transfer.block(m)
            let res = residual32.block(m)
            for i in stride(from: 0, to: w, by: 16) {
                var a = res[lanes: i]
                a.addProduct(p[lanes: t.aSW + i], below[lanes: i - 1])
                a.addProduct(p[lanes: t.aSE + i], below[lanes: i])
                a.addProduct(p[lanes: t.aNW + i], here[lanes: i - 1])
                a.addProduct(p[lanes: t.aNE + i], here[lanes: i])
                xN[lanes: i] = a
                xN[lanes: w + i] = res[lanes: w + i].addingProduct(p[lanes: t.d + i], here[lanes: i])
            }
        }
        for row in [y, x] { row.update(repeating: 0, count: 2 * w) }
        for row in [below, here] { row.update(repeating: 0, count: w) }
        correct(0)
        var total = 0.0
        for m in 0...layout.rows {
            (xS, x, xN) = (x, xN, xS)
            swap(&yS, &y)
            let (k, kS) = (links.block(m), links.block(m - 1))
            let (res, z) = (residual32.block(m), preconditioned.block(m))
            var sum = SIMD16<Float>.zero
            if m < layout.rows {
                if m + 1 < layout.rows { correct(m + 1) } else { xN.update(repeating: 0, count: 2 * w) }
                for i in stride(from: 0, to: w, by: 16) {
                    y[lanes: i] = blackB(r, k, kS, x, xS, w, i)
                    y[lanes: w + i] = blackC(r, k, x, xN, w, i)
                }
                for i in stride(from: 0, to: w, by: 16) {
                    let own = res[lanes: i]
                    let value = own + redA(r, k, kS, y, yS, w, i)
                    z[lanes: i] = value
                    sum.addProduct(value, own)
                }
            } else {
                y.update(repeating: 0, count: 2 * w)
            }
            if m > 0 {
                let (resS, zS) = (residual32.block(m - 1), preconditioned.block(m - 1))
                for i in stride(from: 0, to: w, by: 16) {
                    let own = resS[lanes: w + i]
                    let value = own + redD(r, kS, yS, y, w, i)
                    zS[lanes: w + i] = value
                    sum.addProduct(value, own)
                }
            }
            total += Double(sum.sum())
        }
        return total
    }
}
