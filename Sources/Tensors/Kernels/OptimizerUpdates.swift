/// Updates of optimisers on flat vectors, one pass over parameters, gradients and moments; `scale` multiplies every gradient first.
///
/// Each entry depends on its own values alone, so a vector may be updated in pieces in any order.
extension Kernels {
    /// Stochastic gradient descent without momentum: `p -= rate (g + decay p)`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func gradientDescent<T: Scalar>(
        _ count: Int, _ p: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, scale: T, rate: T, decay: T
    ) {
        for i in 0..<count { p[i] -= rate * (g[i] * scale).addingProduct(decay, p[i]) }
    }

    /// Stochastic gradient descent with momentum: `b = momentum b + g + decay p`, then `p -= rate b`, or with Nesterov's variant
    /// `p -= rate (g + decay p + momentum b)`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func momentumDescent<T: Scalar>(
        _ count: Int, _ p: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ b: UnsafeMutablePointer<T>, scale: T, rate: T, decay: T,
        momentum: T, nesterov: Bool
    ) {
        // Nesterov adds the momentum once more; a factor of zero or one keeps one branchless loop for both.
        let (lookahead, direct): (T, T) = nesterov ? (momentum, 1) : (1, 0)
        for i in 0..<count {
            let gradient = (g[i] * scale).addingProduct(decay, p[i])
            let velocity = gradient.addingProduct(momentum, b[i])
            b[i] = velocity
            p[i] -= rate * (lookahead * velocity).addingProduct(direct, gradient)
        }
    }

    /// Adam: `g' = scale g + l2 p`, `m = m + (1 - beta1)(g' - m)`, `v = beta2 v + (1 - beta2) g'^2`,
    /// `p = keep p - rate m / (sqrt(v) / rootCorrection + epsilon)`.
    ///
    /// `rate` is the learning rate over the bias correction of `m`, `rootCorrection` the root of that of `v`; `keep < 1` is the
    /// decoupled weight decay.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func adam<T: Scalar>(
        _ count: Int, _ p: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ m: UnsafeMutablePointer<T>, _ v: UnsafeMutablePointer<T>,
        scale: T, rate: T, rootCorrection: T, beta1: T, beta2: T, epsilon: T, l2: T, keep: T
    ) {
        let (weight1, weight2, inverse) = (1 - beta1, 1 - beta2, 1 / rootCorrection)
        for i in 0..<count {
            let gradient = (g[i] * scale).addingProduct(l2, p[i])
            let first = m[i].addingProduct(weight1, gradient - m[i])
            let second = (beta2 * v[i]).addingProduct(weight2 * gradient, gradient)
            m[i] = first
            v[i] = second
            p[i] = keep * p[i] - rate * first / epsilon.addingProduct(vectorisableSquareRoot(second), inverse)
        }
    }

    /// Lion: `p = keep p - rate sign(beta1 m + (1 - beta1) g)`, then `m = beta2 m + (1 - beta2) g`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func lion<T: Scalar>(
        _ count: Int, _ p: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ m: UnsafeMutablePointer<T>, scale: T, rate: T, beta1: T,
        beta2: T, keep: T
    ) {
        let (weight1, weight2) = (1 - beta1, 1 - beta2)
        for i in 0..<count {
            let gradient = g[i] * scale
            let direction = (beta1 * m[i]).addingProduct(weight1, gradient)
            let step: T = direction > 0 ? rate : direction < 0 ? -rate : 0
            p[i] = keep * p[i] - step
            m[i] = (beta2 * m[i]).addingProduct(weight2, gradient)
        }
    }

    /// `average += weight (p - average)`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func moveAverage<T: Scalar>(_ count: Int, _ p: UnsafePointer<T>, _ average: UnsafeMutablePointer<T>, weight: T) {
        for i in 0..<count { average[i] = average[i].addingProduct(weight, p[i] - average[i]) }
    }
}
