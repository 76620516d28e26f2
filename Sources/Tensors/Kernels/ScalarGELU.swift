import Numerics

/// GELU and its derivative, `x Phi(x)` and `Phi(x) + x phi(x)`, to the accuracy of double precision: the slow twin of
/// `vectorGELUWithDerivative`.
func scalarGELUWithDerivative<T: Scalar>(_ x: T) -> (value: T, derivative: T) {
    let x = Double(x)
    let distribution = 0.5 * Double.erfc(-x * 0.5.squareRoot())
    return (T(x * distribution), T(distribution + x * Double.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()))
}

/// GELU, `x Phi(x)`.
func scalarGELU<T: Scalar>(_ x: T) -> T {
    let x = Double(x)
    return T(x * 0.5 * Double.erfc(-x * 0.5.squareRoot()))
}
