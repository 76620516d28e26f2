extension Kernels {
    /// `y[r, c] = exp(x[r, c] - max_c x[r, c]) / sum_c exp(x[r, c] - max_c x[r, c])`; `y` may be `x`.
    package static func softmax<T: Scalar>(rows: Int, columns: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        for r in 0..<rows {
            let (source, target) = (x + r * columns, y + r * columns)
            subtractMaximum(columns, source, target)
            unary(.exp, columns, target, target)
            binary(.multiply, columns, target, scalar: 1 / sum(columns, target), target)
        }
    }

    /// `gx = y (g - sum_c g y)`, the gradient of `softmax` with the result `y`; `gx` may be `g`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func softmaxGradient<T: Scalar>(
        rows: Int, columns: Int, _ y: UnsafePointer<T>, _ g: UnsafePointer<T>, _ gx: UnsafeMutablePointer<T>
    ) {
        for r in 0..<rows {
            let (value, gradient, target) = (y + r * columns, g + r * columns, gx + r * columns)
            let projection = dot(columns, value, gradient)
            for c in 0..<columns { target[c] = value[c] * (gradient[c] - projection) }
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func subtractMaximum<T: Scalar>(_ count: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        var largest = x[0]
        for i in 0..<count { largest = x[i] > largest ? x[i] : largest }
        for i in 0..<count { y[i] = x[i] - largest }
    }
}
