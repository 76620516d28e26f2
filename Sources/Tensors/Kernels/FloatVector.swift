import CIntrinsics

/// Vectors of single-precision numbers whose arithmetic is one instruction for all lanes.
///
/// The operators of the standard library are loops over lanes; the compiler puts them together again, but at times in quarters of a
/// register. Those here stand in their place for concrete vectors and in functions that are generic over this protocol.
protocol FloatVector: SIMD where Scalar == Float {
    static func sum(_ a: Self, _ b: Self) -> Self
    static func difference(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    static func quotient(_ a: Self, _ b: Self) -> Self
    /// `a + b c`, rounded once.
    static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self
}

extension FloatVector {
    @inline(__always) static func + (a: Self, b: Self) -> Self { sum(a, b) }
    @inline(__always) static func - (a: Self, b: Self) -> Self { difference(a, b) }
    @inline(__always) static func * (a: Self, b: Self) -> Self { product(a, b) }
    @inline(__always) static func / (a: Self, b: Self) -> Self { quotient(a, b) }
    @inline(__always) static func * (a: Self, b: Float) -> Self { product(a, Self(repeating: b)) }
    @inline(__always) static func * (a: Float, b: Self) -> Self { product(Self(repeating: a), b) }
    @inline(__always) static func + (a: Self, b: Float) -> Self { sum(a, Self(repeating: b)) }
    @inline(__always) static func - (a: Self, b: Float) -> Self { difference(a, Self(repeating: b)) }
    @inline(__always) static func - (a: Float, b: Self) -> Self { difference(Self(repeating: a), b) }
    @inline(__always) static prefix func - (a: Self) -> Self { product(a, Self(repeating: -1)) }
    @inline(__always) static func += (a: inout Self, b: Self) { a = sum(a, b) }
    @inline(__always) static func -= (a: inout Self, b: Self) { a = difference(a, b) }
    @inline(__always) static func *= (a: inout Self, b: Self) { a = product(a, b) }
    @inline(__always) func addingProduct(_ a: Self, _ b: Self) -> Self { Self.fused(self, a, b) }
}

extension SIMD2: FloatVector where Scalar == Float {
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { eddy_floatx2_sum(a, b) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { eddy_floatx2_difference(a, b) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { eddy_floatx2_product(a, b) }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { eddy_floatx2_quotient(a, b) }
    @inline(__always) static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self { eddy_floatx2_fused(a, b, c) }
}

extension SIMD4: FloatVector where Scalar == Float {
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { eddy_floatx4_sum(a, b) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { eddy_floatx4_difference(a, b) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { eddy_floatx4_product(a, b) }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { eddy_floatx4_quotient(a, b) }
    @inline(__always) static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self { eddy_floatx4_fused(a, b, c) }
}

extension SIMD8: FloatVector where Scalar == Float {
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { eddy_floatx8_sum(a, b) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { eddy_floatx8_difference(a, b) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { eddy_floatx8_product(a, b) }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { eddy_floatx8_quotient(a, b) }
    @inline(__always) static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self { eddy_floatx8_fused(a, b, c) }
}

extension SIMD16: FloatVector where Scalar == Float {
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { eddy_floatx16_sum(a, b) }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { eddy_floatx16_difference(a, b) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { eddy_floatx16_product(a, b) }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { eddy_floatx16_quotient(a, b) }
    @inline(__always) static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self { eddy_floatx16_fused(a, b, c) }
}

/// Vectors of whose lanes some may be chosen.
protocol ChoosingVector: FloatVector {
    /// `other` where `b` is larger than `a`, or a NaN that `a` is not, and `value` elsewhere.
    static func whereLarger(_ a: Self, _ b: Self, _ value: Self, _ other: Self) -> Self
    /// `other` where `a` equals `b`, and `value` elsewhere.
    static func whereEqual(_ a: Self, _ b: Self, _ value: Self, _ other: Self) -> Self
}

extension SIMD8: ChoosingVector where Scalar == Float {
    @inline(__always) static func whereLarger(_ a: Self, _ b: Self, _ x: Self, _ y: Self) -> Self { eddy_floatx8_larger(a, b, x, y) }
    @inline(__always) static func whereEqual(_ a: Self, _ b: Self, _ x: Self, _ y: Self) -> Self { eddy_floatx8_equal(a, b, x, y) }
}

extension SIMD16: ChoosingVector where Scalar == Float {
    @inline(__always) static func whereLarger(_ a: Self, _ b: Self, _ x: Self, _ y: Self) -> Self { eddy_floatx16_larger(a, b, x, y) }
    @inline(__always) static func whereEqual(_ a: Self, _ b: Self, _ x: Self, _ y: Self) -> Self { eddy_floatx16_equal(a, b, x, y) }
}
