import CIntrinsics
import Tensors

/// One AVX-512 register (or two or four narrower ones) of consecutive scalars, with exactly the operations of the folded kernels.
///
/// The SIMD operators of the standard library are loops over lanes; here each operation is one instruction.
protocol Lanes: SendableMetatype {
    associatedtype Scalar: Tensors.Scalar
    /// Scalars in a register.
    static var count: Int { get }
    static var zero: Self { get }
    static func load(_ source: UnsafePointer<Scalar>) -> Self
    func store(_ target: UnsafeMutablePointer<Scalar>)
    /// Separates the real and imaginary parts of `count` pairs.
    static func loadPairs(_ source: UnsafePointer<Scalar>) -> (Self, Self)
    /// Interleaves real and imaginary parts.
    static func storePairs(_ real: Self, _ imaginary: Self, _ target: UnsafeMutablePointer<Scalar>)
    static func sum(_ a: Self, _ b: Self) -> Self
    static func difference(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    /// a + x s, rounded once.
    static func fused(_ a: Self, _ x: Self, times s: Scalar) -> Self
}

extension SIMD16: Lanes where Scalar == Float {
    @inline(__always) static var count: Int { 16 }
    @inline(__always) static var zero: Self { SIMD16(repeating: 0) }
    @inline(__always) static func load(_ source: UnsafePointer<Float>) -> Self { UnsafeRawPointer(source).loadUnaligned(as: Self.self) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(target).storeBytes(of: self, as: Self.self)
    }
    @inline(__always) static func loadPairs(_ source: UnsafePointer<Float>) -> (Self, Self) {
        let pairs = UnsafeRawPointer(source).loadUnaligned(as: SIMD32<Float>.self)
        return (pairs.evenHalf, pairs.oddHalf)
    }
    @inline(__always) static func storePairs(_ real: Self, _ imaginary: Self, _ target: UnsafeMutablePointer<Float>) {
        var pairs = SIMD32<Float>()
        pairs.evenHalf = real
        pairs.oddHalf = imaginary
        UnsafeMutableRawPointer(target).storeBytes(of: pairs, as: SIMD32<Float>.self)
    }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { eddy_floatx16_sum(a, b) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { eddy_floatx16_difference(a, b) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { eddy_floatx16_product(a, b) }
    @inline(__always) static func fused(_ a: Self, _ x: Self, times s: Float) -> Self { eddy_floatx16_fused(a, x, Self(repeating: s)) }
}

extension SIMD8: Lanes where Scalar == Double {
    @inline(__always) static var count: Int { 8 }
    @inline(__always) static var zero: Self { SIMD8(repeating: 0) }
    @inline(__always) static func load(_ source: UnsafePointer<Double>) -> Self { UnsafeRawPointer(source).loadUnaligned(as: Self.self) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(target).storeBytes(of: self, as: Self.self)
    }
    @inline(__always) static func loadPairs(_ source: UnsafePointer<Double>) -> (Self, Self) {
        let pairs = UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Double>.self)
        return (pairs.evenHalf, pairs.oddHalf)
    }
    @inline(__always) static func storePairs(_ real: Self, _ imaginary: Self, _ target: UnsafeMutablePointer<Double>) {
        var pairs = SIMD16<Double>()
        pairs.evenHalf = real
        pairs.oddHalf = imaginary
        UnsafeMutableRawPointer(target).storeBytes(of: pairs, as: SIMD16<Double>.self)
    }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { eddy_doublex8_sum(a, b) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { eddy_doublex8_difference(a, b) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { eddy_doublex8_product(a, b) }
    @inline(__always) static func fused(_ a: Self, _ x: Self, times s: Double) -> Self { eddy_doublex8_fused(a, x, Self(repeating: s)) }
}

/// One scalar: what is left after the full registers.
struct SingleLane<Scalar: Tensors.Scalar>: Lanes {
    private var value: Scalar

    @inline(__always) static var count: Int { 1 }
    @inline(__always) static var zero: Self { Self(value: 0) }
    @inline(__always) static func load(_ source: UnsafePointer<Scalar>) -> Self { Self(value: source[0]) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Scalar>) { target[0] = value }
    @inline(__always) static func loadPairs(_ source: UnsafePointer<Scalar>) -> (Self, Self) {
        (Self(value: source[0]), Self(value: source[1]))
    }
    @inline(__always) static func storePairs(_ real: Self, _ imaginary: Self, _ target: UnsafeMutablePointer<Scalar>) {
        target[0] = real.value
        target[1] = imaginary.value
    }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { Self(value: a.value + b.value) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { Self(value: a.value - b.value) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { Self(value: a.value * b.value) }
    @inline(__always) static func fused(_ a: Self, _ x: Self, times s: Scalar) -> Self { Self(value: a.value.addingProduct(x.value, s)) }
}
