/// Vectors of 16 single-precision numbers: one AVX-512 register.
@usableFromInline
typealias Vector = SIMD16<Float>

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
    p = Vector(repeating: 1.0 / 720).addingProduct(p, r)
    p = Vector(repeating: 1.0 / 120).addingProduct(p, r)
    p = Vector(repeating: 1.0 / 24).addingProduct(p, r)
    p = Vector(repeating: 1.0 / 6).addingProduct(p, r)
    p = Vector(repeating: 0.5).addingProduct(p, r)
    p = Vector(repeating: 1).addingProduct(p, r)
    p = Vector(repeating: 1).addingProduct(p, r)
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
    p = Vector(repeating: 0.360_886_054).addingProduct(p, t)
    p = Vector(repeating: -0.640_985_746).addingProduct(p, t)
    p = Vector(repeating: 0.398_996_282).addingProduct(p, t)
    p = Vector(repeating: -0.057_931_724).addingProduct(p, t)
    p = Vector(repeating: 0.264_470_994).addingProduct(p, t)
    p = Vector(repeating: 0.300_376_045).addingProduct(p, t)
    p = Vector(repeating: 0.350_581_772).addingProduct(p, t)
    p = Vector(repeating: 0.349_978_957).addingProduct(p, t)
    let tail = density * p * t
    return (tail.replacing(with: 1 - tail, where: x .> 0), density)
}

/// GELU, `x Phi(x)`.
@inline(__always)
func vectorGELU(_ x: Vector) -> Vector {
    let normal = vectorNormal(x)
    return x * normal.distribution
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
