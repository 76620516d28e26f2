import Tensors

/// A symmetric five- or nine-point operator on one grid level, `(A u)_i = d_i u_i - sum over links k_ij u_j`, in split layout.
///
/// The links are stored once each, at the western or southern end. After `computeScaling`, `inverseRoot` holds `d^(-1/2)`; the multigrid cycle and the
/// conjugate gradients work on the scaled operator `d^(-1/2) A d^(-1/2)`, whose diagonal is 1, in the unknowns `d^(1/2) u`.
struct SplitStencil {
    let layout: SplitLayout
    /// Whether diagonal links exist.
    let ninePoint: Bool
    /// Links, rows as in `LinkRows`.
    let links: SplitField<Double>
    /// The diagonal `d` of classes a, b, c, d; zero where there is no unknown.
    let diagonal: SplitField<Double>
    /// `d^(-1/2)`; zero where there is no unknown.
    let inverseRoot: SplitField<Double>

    init(_ layout: SplitLayout, ninePoint: Bool) {
        self.layout = layout
        self.ninePoint = ninePoint
        links = SplitField(layout, classes: ninePoint ? 16 : 8)
        diagonal = SplitField(layout, classes: 4)
        inverseRoot = SplitField(layout, classes: 4)
    }

    /// Stores unknown row `j` of the operator: conductances west to east `x[0...nx]`, south `below[0..<nx]`, north `above[0..<nx]`.
    ///
    /// `scratch` holds at least `nx` values.
    func assemble(
        row j: Int, x: UnsafeMutablePointer<Double>, below: UnsafeMutablePointer<Double>, above: UnsafeMutablePointer<Double>,
        scratch: UnsafeMutablePointer<Double>
    ) {
        let nx = layout.nx
        let w = layout.stride
        let r = LinkRows(layout)
        let shift = (j & 1) * 2 * w
        let k = links.block(j >> 1) + shift
        let d = diagonal.block(j >> 1) + shift
        for i in 0..<nx { scratch[i] = (x[i] + x[i + 1]) + (below[i] + above[i]) }
        deinterleave(nx, scratch, d, d + w)
        deinterleave(nx - 1, x + 1, k + r.aE, k + r.bE)
        if j + 1 < layout.ny { deinterleave(nx, above, k + r.aN, k + r.bN) }
    }

    /// Sets `inverseRoot` from `diagonal`.
    func computeScaling() {
        for m in 0..<layout.rows {
            let d = diagonal.block(m)
            let s = inverseRoot.block(m)
            for i in stride(from: 0, to: 4 * layout.stride, by: 8) {
                let value = d[lanes: i]
                let absent = value .== 0
                s[lanes: i] = (1 / value.replacing(with: 1, where: absent).squareRoot()).replacing(with: 0, where: absent)
            }
        }
    }

    /// Writes the links of the scaled operator, `k_ij d_i^(-1/2) d_j^(-1/2)`, to `single` and, where given, `double` (which may be `links`).
    func writeScaledLinks(single: SplitField<Float>, double: SplitField<Double>?) {
        let r = LinkRows(layout)
        let w = layout.stride
        let (a, b, c, d) = (0, w, 2 * w, 3 * w)
        for m in 0..<layout.rows {
            let k = links.block(m)
            let s = inverseRoot.block(m)
            let above = inverseRoot.block(m + 1)
            let target = single.block(m)
            let target64 = double?.block(m)
            @inline(__always)
            func scale(_ row: Int, _ from: Int, _ end: UnsafeMutablePointer<Double>) {
                for i in Swift.stride(from: 0, to: w, by: 8) {
                    let value = k[lanes: row + i] * s[lanes: from + i] * end[lanes: i]
                    let rounded = SIMD8<Float>(value)
                    UnsafeMutableRawPointer(target + row + i).storeBytes(of: rounded, as: SIMD8<Float>.self)
                    if let target64 { target64[lanes: row + i] = value }
                }
            }
            scale(r.aE, a, s + b)
            scale(r.bE, b, s + a + 1)
            scale(r.cE, c, s + d)
            scale(r.dE, d, s + c + 1)
            scale(r.aN, a, s + c)
            scale(r.bN, b, s + d)
            scale(r.cN, c, above + a)
            scale(r.dN, d, above + b)
            guard ninePoint else { continue }
            scale(r.aNE, a, s + d)
            scale(r.bNE, b, s + c + 1)
            scale(r.cNE, c, above + b)
            scale(r.dNE, d, above + a + 1)
            scale(r.aNW, a, s + d - 1)
            scale(r.bNW, b, s + c)
            scale(r.cNW, c, above + b - 1)
            scale(r.dNW, d, above + a)
        }
    }
}
