import Numerics

/// GELU, `x Phi(x)`, to the accuracy of double precision: the slow twin of `vectorGELU`.
func scalarGELU<T: Scalar>(_ x: T) -> T {
    let x = Double(x)
    return T(x * 0.5 * Double.erfc(-x * 0.5.squareRoot()))
}

/// The derivative of GELU, `Phi(x) + x phi(x)`.
func scalarGELUDerivative<T: Scalar>(_ x: T) -> T {
    let x = Double(x)
    return T(0.5 * Double.erfc(-x * 0.5.squareRoot()) + x * Double.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot())
}
