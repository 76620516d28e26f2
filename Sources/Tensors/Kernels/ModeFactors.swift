extension Kernels {
    /// `y[b, m, c] = f[m] x[b, m, c]` for complex pairs (real, imaginary), or with the conjugate of `f`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func multiplyModes<T: Scalar>(
        batch: Int, modes: Int, channels: Int, _ x: UnsafePointer<T>, factors: UnsafePointer<T>, conjugated: Bool,
        _ y: UnsafeMutablePointer<T>
    ) {
        for block in 0..<batch {
            for mode in 0..<modes {
                let (real, imaginary) = (factors[2 * mode], conjugated ? -factors[2 * mode + 1] : factors[2 * mode + 1])
                let place = 2 * (block * modes + mode) * channels
                let (source, target) = (x + place, y + place)
                for channel in 0..<channels {
                    let (a, b) = (source[2 * channel], source[2 * channel + 1])
                    target[2 * channel] = real * a - imaginary * b
                    target[2 * channel + 1] = real * b + imaginary * a
                }
            }
        }
    }
}
