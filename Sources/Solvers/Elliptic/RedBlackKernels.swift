// The four halves of C^T (black from red) and C (red from black) of `RedBlackSystem`, for sixteen (Float) or eight (Double) points from index `i` on.

typealias Floats = UnsafeMutablePointer<Float>
typealias Doubles = UnsafeMutablePointer<Double>

/// Row b of `C^T x`; `x`, `xS` are blocks (a, d) here and south, `k`, `kS` the links.
@inline(__always)
func blackB(_ r: LinkRows, _ k: Floats, _ kS: Floats, _ x: Floats, _ xS: Floats, _ w: Int, _ i: Int) -> SIMD16<Float> {
    var sum = k[lanes: r.aE + i] * x[lanes: i]
    sum.addProduct(k[lanes: r.bE + i], x[lanes: i + 1])
    sum.addProduct(k[lanes: r.bN + i], x[lanes: w + i])
    sum.addProduct(kS[lanes: r.dN + i], xS[lanes: w + i])
    return sum
}

/// Row c of `C^T x`; `xN` is the block to the north.
@inline(__always)
func blackC(_ r: LinkRows, _ k: Floats, _ x: Floats, _ xN: Floats, _ w: Int, _ i: Int) -> SIMD16<Float> {
    var sum = k[lanes: r.cE + i] * x[lanes: w + i]
    sum.addProduct(k[lanes: r.dE + i - 1], x[lanes: w + i - 1])
    sum.addProduct(k[lanes: r.aN + i], x[lanes: i])
    sum.addProduct(k[lanes: r.cN + i], xN[lanes: i])
    return sum
}

/// Row a of `C y`; `y`, `yS` are blocks (b, c) here and south.
@inline(__always)
func redA(_ r: LinkRows, _ k: Floats, _ kS: Floats, _ y: Floats, _ yS: Floats, _ w: Int, _ i: Int) -> SIMD16<Float> {
    var sum = k[lanes: r.aE + i] * y[lanes: i]
    sum.addProduct(k[lanes: r.bE + i - 1], y[lanes: i - 1])
    sum.addProduct(k[lanes: r.aN + i], y[lanes: w + i])
    sum.addProduct(kS[lanes: r.cN + i], yS[lanes: w + i])
    return sum
}

/// Row d of `C y`; `yN` is the block to the north.
@inline(__always)
func redD(_ r: LinkRows, _ k: Floats, _ y: Floats, _ yN: Floats, _ w: Int, _ i: Int) -> SIMD16<Float> {
    var sum = k[lanes: r.cE + i] * y[lanes: w + i]
    sum.addProduct(k[lanes: r.dE + i], y[lanes: w + i + 1])
    sum.addProduct(k[lanes: r.bN + i], y[lanes: i])
    sum.addProduct(k[lanes: r.dN + i], yN[lanes: i])
    return sum
}

/// Row b of `C^T x`; `x`, `xS` are blocks (a, d) here and south, `k`, `kS` the links.
@inline(__always)
func blackB(_ r: LinkRows, _ k: Doubles, _ kS: Doubles, _ x: Doubles, _ xS: Doubles, _ w: Int, _ i: Int) -> SIMD8<Double> {
    var sum = k[lanes: r.aE + i] * x[lanes: i]
    sum.addProduct(k[lanes: r.bE + i], x[lanes: i + 1])
    sum.addProduct(k[lanes: r.bN + i], x[lanes: w + i])
    sum.addProduct(kS[lanes: r.dN + i], xS[lanes: w + i])
    return sum
}

/// Row c of `C^T x`; `xN` is the block to the north.
@inline(__always)
func blackC(_ r: LinkRows, _ k: Doubles, _ x: Doubles, _ xN: Doubles, _ w: Int, _ i: Int) -> SIMD8<Double> {
    var sum = k[lanes: r.cE + i] * x[lanes: w + i]
    sum.addProduct(k[lanes: r.dE + i - 1], x[lanes: w + i - 1])
    sum.addProduct(k[lanes: r.aN + i], x[lanes: i])
    sum.addProduct(k[lanes: r.cN + i], xN[lanes: i])
    return sum
}

/// Row a of `C y`; `y`, `yS` are blocks (b, c) here and south.
@inline(__always)
func redA(_ r: LinkRows, _ k: Doubles, _ kS: Doubles, _ y: Doubles, _ yS: Doubles, _ w: Int, _ i: Int) -> SIMD8<Double> {
    var sum = k[lanes: r.aE + i] * y[lanes: i]
    sum.addProduct(k[lanes: r.bE + i - 1], y[lanes: i - 1])
    sum.addProduct(k[lanes: r.aN + i], y[lanes: w + i])
    sum.addProduct(kS[lanes: r.cN + i], yS[lanes: w + i])
    return sum
}

/// Row d of `C y`; `yN` is the block to the north.
@inline(__always)
func redD(_ r: LinkRows, _ k: Doubles, _ y: Doubles, _ yN: Doubles, _ w: Int, _ i: Int) -> SIMD8<Double> {
    var sum = k[lanes: r.cE + i] * y[lanes: w + i]
    sum.addProduct(k[lanes: r.dE + i], y[lanes: w + i + 1])
    sum.addProduct(k[lanes: r.bN + i], y[lanes: i])
    sum.addProduct(k[lanes: r.dN + i], yN[lanes: i])
    return sum
}

/// Eight Float32 values, widened.
@inline(__always)
func widened(_ p: Floats) -> SIMD8<Double> { SIMD8<Double>(UnsafeRawPointer(p).loadUnaligned(as: SIMD8<Float>.self)) }

/// Eight values, rounded to Float32.
@inline(__always)
func storeRounded(_ p: Floats, _ value: SIMD8<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: SIMD8<Float>(value), as: SIMD8<Float>.self)
}
