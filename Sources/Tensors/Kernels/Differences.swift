extension Kernels {
    /// First derivative along one axis of `[outer, extent, inner]` by second-order differences of `y = D x`, `factor = 1 / (2 h)`:
    /// central ones, wrapped along a periodic axis, otherwise three-point one-sided ones at the ends (`-3 4 -1`).
    ///
    /// Two points of a non-periodic axis give one slope, a single point the slope zero.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func difference<T: Scalar>(
        outer: Int, extent: Int, inner: Int, periodic: Bool, factor: T, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for block in 0..<outer {
            let (source, target) = (x + block * extent * inner, y + block * extent * inner)
            if extent >= 3 {
                for index in inner..<((extent - 1) * inner) { target[index] = factor * (source[index + inner] - source[index - inner]) }
            }
            for isUpper in extent == 1 ? [false] : [false, true] {
                let end = DifferenceEnd(extent: extent, periodic: periodic, isUpper: isUpper)
                let (f0, f1, f2) = (factor * T(end.factors.0), factor * T(end.factors.1), factor * T(end.factors.2))
                let (a, b, c) = (source + end.rows.0 * inner, source + end.rows.1 * inner, source + end.rows.2 * inner)
                let row = target + (isUpper ? extent - 1 : 0) * inner
                for index in 0..<inner { row[index] = f0 * a[index] + f1 * b[index] + f2 * c[index] }
            }
        }
    }

    /// The adjoint `y = D^T x` of `difference`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func differenceTransposed<T: Scalar>(
        outer: Int, extent: Int, inner: Int, periodic: Bool, factor: T, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for block in 0..<outer {
            let (source, target) = (x + block * extent * inner, y + block * extent * inner)
            for index in 0..<(extent * inner) { target[index] = 0 }
            if extent >= 3 {
                for index in inner..<((extent - 1) * inner) { target[index + inner] += factor * source[index] }
                for index in inner..<((extent - 1) * inner) { target[index - inner] -= factor * source[index] }
            }
            for isUpper in extent == 1 ? [false] : [false, true] {
                let end = DifferenceEnd(extent: extent, periodic: periodic, isUpper: isUpper)
                let (f0, f1, f2) = (factor * T(end.factors.0), factor * T(end.factors.1), factor * T(end.factors.2))
                let (a, b, c) = (target + end.rows.0 * inner, target + end.rows.1 * inner, target + end.rows.2 * inner)
                let row = source + (isUpper ? extent - 1 : 0) * inner
                for index in 0..<inner { a[index] += f0 * row[index] }
                for index in 0..<inner { b[index] += f1 * row[index] }
                for index in 0..<inner { c[index] += f2 * row[index] }
            }
        }
    }
}

/// The stencil `2 h u'` at the first or last point of a line.
private struct DifferenceEnd {
    let rows: (Int, Int, Int)
    let factors: (Double, Double, Double)

    init(extent: Int, periodic: Bool, isUpper: Bool) {
        let last = extent - 1
        if periodic {
            rows = isUpper ? (last - 1, last, 0) : (last, 0, min(1, last))
            factors = (-1, 0, 1)
        } else if extent < 3 {
            rows = (0, 0, last)
            factors = (-2, 0, 2)
        } else if isUpper {
            rows = (last - 2, last - 1, last)
            factors = (1, -4, 3)
        } else {
            rows = (0, 1, 2)
            factors = (-3, 4, -1)
        }
    }
}

extension Kernels {
    /// `y[i] = factor (a[i] - b[i])`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func scaledDifference<T: Scalar>(
        _ count: Int, _ factor: T, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<count { y[i] = factor * (a[i] - b[i]) }
    }
}
