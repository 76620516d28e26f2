import Tensors

/// `values[i] *= factor`.
@specialized(where S == Float)
@specialized(where S == Double)
func scale<S: Scalar>(_ count: Int, _ values: UnsafeMutablePointer<S>, by factor: S) {
    for index in 0..<count { values[index] *= factor }
}

/// `target[i] = factor * source[i]`.
@specialized(where S == Float)
@specialized(where S == Double)
func scaled<S: Scalar>(_ count: Int, _ source: UnsafePointer<S>, by factor: S, into target: UnsafeMutablePointer<S>) {
    for index in 0..<count { target[index] = factor * source[index] }
}

/// `target[i] += source[i]`.
@specialized(where S == Float)
@specialized(where S == Double)
func add<S: Scalar>(_ count: Int, _ source: UnsafePointer<S>, to target: UnsafeMutablePointer<S>) {
    for index in 0..<count { target[index] += source[index] }
}

/// `target[i] += factor * source[i]` for complex pairs, with the source conjugated if asked.
@specialized(where S == Float)
@specialized(where S == Double)
func addScaledPairs<S: Scalar>(
    _ pairs: Int, _ source: UnsafePointer<S>, by factor: S, conjugate: Bool, to target: UnsafeMutablePointer<S>
) {
    let imaginaryFactor = conjugate ? -factor : factor
    for index in 0..<pairs {
        target[2 * index] += factor * source[2 * index]
        target[2 * index + 1] += imaginaryFactor * source[2 * index + 1]
    }
}
