import COpenBLAS
import Tensors

/// Direct solver: Cholesky factors of the scaled operator in band storage (LAPACK `dpbtrf`, `dpbtrs`).
///
/// Unknowns are numbered along the shorter side, so that the band is as narrow as it can be.
final class BandedCholesky {
    private let layout: SplitLayout
    private let alongY: Bool
    private let count: Int
    private let band: Int
    private let factor: Storage<Double>
    private let vector: Storage<Double>

    /// Elements of the factor, and so the work of a solve up to a constant: unknowns times band width.
    static func work(_ layout: SplitLayout) -> Int { layout.nx * layout.ny * (min(layout.nx, layout.ny) + 2) }

    init(_ layout: SplitLayout, ninePoint: Bool) {
        self.layout = layout
        alongY = layout.ny < layout.nx
        count = layout.nx * layout.ny
        band = min(layout.nx, layout.ny) + (ninePoint ? 1 : 0)
        factor = Storage(count: (band + 1) * count)
        vector = Storage(count: count)
    }

    private func number(_ j: Int, _ i: Int) -> Int { alongY ? i * layout.ny + j : j * layout.nx + i }

    /// Factorises the scaled operator; false if it is not positive definite to working accuracy.
    func factorise(_ stencil: SplitStencil) -> Bool {
        factor.pointer.update(repeating: 0, count: factor.count)
        let s = layout.stride
        let r = LinkRows(layout)
        func put(_ first: Int, _ second: Int, _ value: Double) {
            let (low, high) = (min(first, second), max(first, second))
            factor.pointer[low * (band + 1) + high - low] = value
        }
        for j in 0..<layout.ny {
            let shift = (j & 1) * 2 * s
            let links = stencil.links.block(j >> 1) + shift
            let here = stencil.inverseRoot.block(j >> 1) + shift
            let north = stencil.inverseRoot.block((j + 1) >> 1) + ((j + 1) & 1) * 2 * s
            for i in 0..<layout.nx {
                let own = (i & 1) * s + (i >> 1)
                func scaling(_ row: UnsafeMutablePointer<Double>, _ i: Int) -> Double { row[(i & 1) * s + (i >> 1)] }
                put(number(j, i), number(j, i), 1)
                if i + 1 < layout.nx { put(number(j, i), number(j, i + 1), -links[r.aE + own] * here[own] * scaling(here, i + 1)) }
                guard j + 1 < layout.ny else { continue }
                put(number(j, i), number(j + 1, i), -links[r.aN + own] * here[own] * scaling(north, i))
                guard stencil.ninePoint else { continue }
                if i + 1 < layout.nx { put(number(j, i), number(j + 1, i + 1), -links[r.aNE + own] * here[own] * scaling(north, i + 1)) }
                if i > 0 { put(number(j, i), number(j + 1, i - 1), -links[r.aNW + own] * here[own] * scaling(north, i - 1)) }
            }
        }
        Flops.addOther(count * band * band)
        var (n, kd, ld, info) = (Int32(count), Int32(band), Int32(band + 1), Int32(0))
        dpbtrf_("L", &n, &kd, factor.pointer, &ld, &info)
        return info == 0
    }

    /// Solves in place for one right-hand side, `value(j, i)` at `number(j, i)` of `vector`.
    private func solve() {
        Flops.addOther(4 * count * band)
        var (n, kd, one, ld, info) = (Int32(count), Int32(band), Int32(1), Int32(band + 1), Int32(0))
        var lead = n
        dpbtrs_("L", &n, &kd, &one, factor.pointer, &ld, vector.pointer, &lead, &info)
    }

    /// Solves the scaled operator for a right-hand side in split layout (classes a, b, c, d of both fields).
    func solve(_ source: SplitField<Float>, into solution: SplitField<Float>) {
        for j in 0..<layout.ny {
            let f = source.block(j >> 1) + (j & 1) * 2 * layout.stride
            for i in 0..<layout.nx { vector.pointer[number(j, i)] = Double(f[(i & 1) * layout.stride + (i >> 1)]) }
        }
        solve()
        for j in 0..<layout.ny {
            let u = solution.block(j >> 1) + (j & 1) * 2 * layout.stride
            for i in 0..<layout.nx { u[(i & 1) * layout.stride + (i >> 1)] = Float(vector.pointer[number(j, i)]) }
        }
    }

    /// Solves `A u = f` for the unscaled operator and adds `u` to `solution`; both natural, rows `sourceStride` and `solutionStride` apart.
    func solveUnscaled(
        _ stencil: SplitStencil, source: UnsafePointer<Double>, sourceStride: Int, addingTo solution: UnsafeMutablePointer<Double>,
        solutionStride: Int
    ) {
        func scaling(_ j: Int, _ i: Int) -> Double {
            stencil.inverseRoot.block(j >> 1)[((j & 1) * 2 + (i & 1)) * layout.stride + (i >> 1)]
        }
        for j in 0..<layout.ny {
            for i in 0..<layout.nx { vector.pointer[number(j, i)] = source[j * sourceStride + i] * scaling(j, i) }
        }
        solve()
        for j in 0..<layout.ny {
            for i in 0..<layout.nx { solution[j * solutionStride + i] += vector.pointer[number(j, i)] * scaling(j, i) }
        }
    }
}
