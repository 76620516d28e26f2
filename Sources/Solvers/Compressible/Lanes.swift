/// Eight cells or faces handled by one instruction: the unit of work of the compressible kernels.
package typealias Lanes = SIMD8<Double>

/// Eight consecutive values from index `i`, at any alignment.
@inline(__always)
package func load(_ pointer: UnsafePointer<Double>, _ i: Int) -> Lanes {
    UnsafeRawPointer(pointer + i).loadUnaligned(as: Lanes.self)
}

/// Writes eight consecutive values from index `i`, at any alignment.
@inline(__always)
package func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Double>, _ i: Int) {
    UnsafeMutableRawPointer(pointer + i).storeBytes(of: value, as: Lanes.self)
}

/// The larger of two values in every lane (`pointwiseMax` compiles to scalar code).
@inline(__always)
package func maximum(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: a .< b) }

/// The absolute value of every lane.
@inline(__always)
package func magnitude(_ a: Lanes) -> Lanes { maximum(a, -a) }

/// `1 / sqrt(x)` of positive normal numbers to an accuracy of about two units in the last place.
///
/// `squareRoot()` of a SIMD vector compiles to one scalar instruction and one branch per lane; this is a bit-level first guess (error
/// 3.4 %) and four Newton steps, all of them vector instructions.
@inline(__always)
package func inverseSquareRoot(_ x: Lanes) -> Lanes {
    let bits = unsafeBitCast(x, to: SIMD8<Int64>.self)
    var y = unsafeBitCast(SIMD8<Int64>(repeating: 0x5FE6_EB50_C7B5_37A9) &- (bits &>> 1), to: Lanes.self)
    let half = x * -0.5
    let threeHalves = Lanes(repeating: 1.5)
    y *= threeHalves.addingProduct(half * y, y)
    y *= threeHalves.addingProduct(half * y, y)
    y *= threeHalves.addingProduct(half * y, y)
    // The last step adds a correction instead of multiplying, which keeps the rounding error of the product out.
    return y.addingProduct(y * 0.5, Lanes(repeating: 1).addingProduct(half * 2 * y, y))
}
