import Tensors

/// `values[i] *= factor`.
@specialized(where S == Float)
@specialized(where S == Double)
func scale<S: Scalar>(_ count: Int, _ values: UnsafeMutablePointer<S>, by factor: S) {
    for index in 0..<count { values[index] *= factor }
}
