import CIntrinsics

/// The correctly rounded square root in a form that loops are vectorised over; `squareRoot()` of the standard library may set `errno`.
@inline(__always)
func vectorisableSquareRoot<T: Scalar>(_ x: T) -> T {
    if T.self == Float.self { return unsafeBitCast(eddy_sqrtf(unsafeBitCast(x, to: Float.self)), to: T.self) }
    return unsafeBitCast(eddy_sqrt(unsafeBitCast(x, to: Double.self)), to: T.self)
}
