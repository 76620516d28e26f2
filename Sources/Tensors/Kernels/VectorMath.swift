/// Vectors of 16 single-precision numbers: one AVX-512 register.
@usableFromInline
typealias Vector = SIMD16<Float>

/// `p s + c`: a step of Horner's scheme. (Written out, because a loop over coefficients would stay one.)
@inline(__always)
private func horner(_ p: Vector, _ s: Vector, _ c: Float) -> Vector { Vector(repeating: c).addingProduct(p, s) }

/// `exp(x)` to about one unit in the last place for `x` in [-87, 88]; clamped outside (underflow to about 1e-38).
///
/// Cody-Waite reduction `x = n ln 2 + r`, a Taylor polynomial of degree 7 in `r`, and the exponent bits of `2^n`.
@inline(__always)
func vectorExp(_ argument: Vector) -> Vector {
    var x = argument
    x.replace(with: Vector(repeating: -87), where: x .< -87)
    x.replace(with: Vector(repeating: 88), where: x .> 88)
    // Adding 1.5 * 2^23 rounds to the nearest integer without a rounding instruction.
    let shifter: Float = 12_582_912
    let shifted = (x * 1.442_695_04).addingShift(shifter)
    let n = shifted - shifter
    var r = x.addingProduct(n, Vector(repeating: -0.693_359_375))
    r = r.addingProduct(n, Vector(repeating: 2.121_944_4e-4))
    var p = Vector(repeating: 1.0 / 5040)
    p = horner(p, r, 1.0 / 720)
    p = horner(p, r, 1.0 / 120)
    p = horner(p, r, 1.0 / 24)
    p = horner(p, r, 1.0 / 6)
    p = horner(p, r, 0.5)
    p = horner(p, r, 1)
    p = horner(p, r, 1)
    let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- SIMD16<Int32>(repeating: Int32(bitPattern: shifter.bitPattern)) &+ 127
    let scale = unsafeBitCast(bits &<< 23, to: Vector.self)
    return p * scale
}

extension SIMD16<Float> {
    @inline(__always)
    fileprivate func addingShift(_ shift: Float) -> SIMD16<Float> { self + SIMD16(repeating: shift) }
}

/// The standard normal distribution function and density, `(Phi(x), phi(x))`.
///
/// `Phi(-|x|) = phi(x) R(|x|)` with Mills' ratio `R`, here a polynomial of degree 9 in `1 / (1 + 0.35 |x|)` fitted to a relative
/// error of 3e-8 on [0, 14]; the tails keep their relative accuracy.
@inline(__always)
func vectorNormal(_ x: Vector) -> (distribution: Vector, density: Vector) {
    let negated = -x
    let magnitude = x.replacing(with: negated, where: x .< 0)
    let density = vectorExp(x * x * -0.5) * 0.398_942_28
    let t = Vector(repeating: 1) / Vector(repeating: 1).addingProduct(magnitude, Vector(repeating: 0.35))
    var p = Vector(repeating: -0.073_058_536_1)
    p = horner(p, t, 0.360_886_054)
    p = horner(p, t, -0.640_985_746)
    p = horner(p, t, 0.398_996_282)
    p = horner(p, t, -0.057_931_724)
    p = horner(p, t, 0.264_470_994)
    p = horner(p, t, 0.300_376_045)
    p = horner(p, t, 0.350_581_772)
    p = horner(p, t, 0.349_978_957)
    let tail = density * p * t
    return (tail.replacing(with: 1 - tail, where: x .> 0), density)
}

/// `x` between `-limit` and `limit`; NaN stays.
@inline(__always)
private func clamped(_ x: Vector, _ limit: Float) -> Vector {
    let above = x.replacing(with: limit, where: x .> limit)
    return above.replacing(with: -limit, where: above .< -limit)
}

/// GELU, `x Phi(x)`, to an absolute error of `2e-7 |x|`; exactly 0 and `x` beyond 5.45.
///
/// `Phi(x) - 1/2 = x P(x^2) / Q(x^2)`, a minimax fit on [-5.6, 5.6] to 1e-8. Where it is cut off single precision gives 1/2 exactly.
/// The exponential function that keeps the relative accuracy of the tails (`vectorNormal`) takes twice as long,
/// with the derivative five times.
@inline(__always)
func vectorGELU(_ x: Vector) -> Vector {
    let t = clamped(x, 5.4501)
    let s = t * t
    var p = Vector(repeating: 2.214_537_175_859_732e-08)
    p = horner(p, s, 6.356_532_594_509_06e-06)
    p = horner(p, s, 0.000_173_850_276_041_775_94)
    p = horner(p, s, 0.004_707_256_332_039_833)
    p = horner(p, s, 0.034_376_058_727_502_82)
    p = horner(p, s, 0.398_942_232_131_958)
    var q = Vector(repeating: 1.180_213_757_834_280_6e-06)
    q = horner(q, s, 7.510_180_148_528_889e-05)
    q = horner(q, s, 0.001_912_975_450_977_683)
    q = horner(q, s, 0.028_940_059_244_632_72)
    q = horner(q, s, 0.252_833_724_021_911_6)
    q = horner(q, s, 1)
    return x * (t * p / q + 0.5)
}

/// GELU and its derivative, `x Phi(x)` and `Phi(x) + x phi(x)`, to absolute errors of `2e-7 |x|` and 2e-7.
///
/// `Phi(x) - 1/2 = x P(x^2) / Q(x^2)` and `Phi(x) + x phi(x) - 1/2 = x A(x^2) / Q(x^2)`, odd with limits `+-1/2`: a joint minimax fit on
/// [-6, 6] to 1e-8, with one division for the two.
@inline(__always)
func vectorGELUWithDerivative(_ x: Vector) -> (value: Vector, derivative: Vector) {
    let t = clamped(x, 5.922001)
    let s = t * t
    var p = Vector(repeating: 1.8845007151990778e-11)
    p = horner(p, s, 1.0101523173489113e-08)
    p = horner(p, s, 6.920373607499641e-07)
    p = horner(p, s, 2.141146978829056e-05)
    p = horner(p, s, 0.0004260997229721397)
    p = horner(p, s, 0.006680842489004135)
    p = horner(p, s, 0.0505635067820549)
    p = horner(p, s, 0.39894235134124756)
    var a = Vector(repeating: 4.415746414354604e-12)
    a = horner(a, s, 1.3023400136091823e-08)
    a = horner(a, s, 4.3418941686468315e-07)
    a = horner(a, s, 3.431868753978051e-05)
    a = horner(a, s, 2.8671323889284395e-05)
    a = horner(a, s, 0.01423704344779253)
    a = horner(a, s, -0.03185306861996651)
    a = horner(a, s, 0.7978845238685608)
    var q = Vector(repeating: 1.2919885161721822e-09)
    q = horner(q, s, 1.9588817679050408e-07)
    q = horner(q, s, 8.124464329739567e-06)
    q = horner(q, s, 0.0002016195940086618)
    q = horner(q, s, 0.0034847224596887827)
    q = horner(q, s, 0.040646620094776154)
    q = horner(q, s, 0.29341158270835876)
    q = horner(q, s, 1)
    let scale = t / q
    return (x * (scale * p + 0.5), scale * a + 0.5)
}

/// `y[i] = body(x[i])` for 16 elements at a time; the rest goes through a padded vector, so every element sees the same arithmetic.
@inline(__always)
func mapVectors(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ body: (Vector) -> Vector) {
    let whole = count & ~15
    var index = 0
    while index < whole {
        let v = UnsafeRawPointer(x + index).loadUnaligned(as: Vector.self)
        UnsafeMutableRawPointer(y + index).storeBytes(of: body(v), as: Vector.self)
        index += 16
    }
    if whole < count {
        var v = Vector()
        for lane in 0..<(count - whole) { v[lane] = x[whole + lane] }
        let r = body(v)
        for lane in 0..<(count - whole) { y[whole + lane] = r[lane] }
    }
}

/// `y[i] = body(a[i], b[i])` for 16 elements at a time.
@inline(__always)
func mapVectors(
    _ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ body: (Vector, Vector) -> Vector
) {
    let whole = count & ~15
    var index = 0
    while index < whole {
        let v = UnsafeRawPointer(a + index).loadUnaligned(as: Vector.self)
        let w = UnsafeRawPointer(b + index).loadUnaligned(as: Vector.self)
        UnsafeMutableRawPointer(y + index).storeBytes(of: body(v, w), as: Vector.self)
        index += 16
    }
    if whole < count {
        var (v, w) = (Vector(), Vector())
        for lane in 0..<(count - whole) {
            v[lane] = a[whole + lane]
            w[lane] = b[whole + lane]
        }
        let r = body(v, w)
        for lane in 0..<(count - whole) { y[whole + lane] = r[lane] }
    }
}
