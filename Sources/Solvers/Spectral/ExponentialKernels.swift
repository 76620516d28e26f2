import Tensors

/// The linear combinations of ETDRK4 on blocks of complex pairs; `count` counts scalars.
enum ExponentialKernels {
    /// `sum_i x_i (l_i x_i + n_i)` in 32 interleaved partial sums.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func power<T: Scalar>(_ count: Int, _ l: UnsafePointer<T>, _ x: UnsafePointer<T>, _ n: UnsafePointer<T>) -> T {
        withUnsafeTemporaryAllocation(of: T.self, capacity: 32) { partial in
            let sums = partial.baseAddress!
            for lane in 0..<32 { sums[lane] = 0 }
            let whole = count / 32
            for block in 0..<whole {
                let start = block * 32
                for lane in 0..<32 {
                    let i = start + lane
                    sums[lane] += x[i] * n[i].addingProduct(l[i], x[i])
                }
            }
            for i in (whole * 32)..<count { sums[i % 32] += x[i] * n[i].addingProduct(l[i], x[i]) }
            var total: T = 0
            for lane in 0..<32 { total += sums[lane] }
            return total
        }
    }

    /// `y = e x + q (2 n - m)` with real tables; y may be x.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func extrapolatedStage<T: Scalar>(
        _ count: Int, _ e: UnsafePointer<T>, _ x: UnsafePointer<T>, _ q: UnsafePointer<T>, _ n: UnsafePointer<T>, _ m: UnsafePointer<T>,
        into y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<count { y[i] = (e[i] * x[i]).addingProduct(q[i], 2 * n[i] - m[i]) }
    }

    /// `y = e x + q n` with real tables.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func stage<T: Scalar>(
        _ count: Int, _ e: UnsafePointer<T>, _ x: UnsafePointer<T>, _ q: UnsafePointer<T>, _ n: UnsafePointer<T>,
        into y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<count { y[i] = (e[i] * x[i]).addingProduct(q[i], n[i]) }
    }

    /// `y = e x + f1 n1 + f2 (n2 + n3) + f3 n4` with real tables.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func finalStage<T: Scalar>(
        _ count: Int, _ e: UnsafePointer<T>, _ x: UnsafePointer<T>, _ f1: UnsafePointer<T>, _ n1: UnsafePointer<T>,
        _ f2: UnsafePointer<T>, _ n2: UnsafePointer<T>, _ n3: UnsafePointer<T>, _ f3: UnsafePointer<T>, _ n4: UnsafePointer<T>,
        into y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<count {
            y[i] = (e[i] * x[i]).addingProduct(f1[i], n1[i]).addingProduct(f2[i], n2[i] + n3[i]).addingProduct(f3[i], n4[i])
        }
    }

    /// `y = f (n - m)` with a real table.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func weightedDifference<T: Scalar>(
        _ count: Int, _ f: UnsafePointer<T>, _ n: UnsafePointer<T>, _ m: UnsafePointer<T>, into y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<count { y[i] = f[i] * (n[i] - m[i]) }
    }

    /// `y = e x + q (2 n - m)` with tables of pairs.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func complexExtrapolatedStage<T: Scalar>(
        _ count: Int, _ e: UnsafePointer<T>, _ x: UnsafePointer<T>, _ q: UnsafePointer<T>, _ n: UnsafePointer<T>, _ m: UnsafePointer<T>,
        into y: UnsafeMutablePointer<T>
    ) {
        for k in 0..<count / 2 {
            let (r, i) = (2 * k, 2 * k + 1)
            let (dr, di) = (2 * n[r] - m[r], 2 * n[i] - m[i])
            let (xr, xi) = (x[r], x[i])
            y[r] = e[r] * xr - e[i] * xi + (q[r] * dr - q[i] * di)
            y[i] = e[r] * xi + e[i] * xr + (q[r] * di + q[i] * dr)
        }
    }

    /// `y = e x + q n` with tables of pairs.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func complexStage<T: Scalar>(
        _ count: Int, _ e: UnsafePointer<T>, _ x: UnsafePointer<T>, _ q: UnsafePointer<T>, _ n: UnsafePointer<T>,
        into y: UnsafeMutablePointer<T>
    ) {
        for k in 0..<count / 2 {
            let (r, i) = (2 * k, 2 * k + 1)
            let (xr, xi, nr, ni) = (x[r], x[i], n[r], n[i])
            y[r] = e[r] * xr - e[i] * xi + (q[r] * nr - q[i] * ni)
            y[i] = e[r] * xi + e[i] * xr + (q[r] * ni + q[i] * nr)
        }
    }

    /// `y = e x + f1 n1 + f2 (n2 + n3) + f3 n4` with tables of pairs.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func complexFinalStage<T: Scalar>(
        _ count: Int, _ e: UnsafePointer<T>, _ x: UnsafePointer<T>, _ f1: UnsafePointer<T>, _ n1: UnsafePointer<T>,
        _ f2: UnsafePointer<T>, _ n2: UnsafePointer<T>, _ n3: UnsafePointer<T>, _ f3: UnsafePointer<T>, _ n4: UnsafePointer<T>,
        into y: UnsafeMutablePointer<T>
    ) {
        for k in 0..<count / 2 {
            let (r, i) = (2 * k, 2 * k + 1)
            let (mr, mi) = (n2[r] + n3[r], n2[i] + n3[i])
            let real = e[r] * x[r] - e[i] * x[i] + (f1[r] * n1[r] - f1[i] * n1[i])
            let imaginary = e[r] * x[i] + e[i] * x[r] + (f1[r] * n1[i] + f1[i] * n1[r])
            y[r] = real + (f2[r] * mr - f2[i] * mi) + (f3[r] * n4[r] - f3[i] * n4[i])
            y[i] = imaginary + (f2[r] * mi + f2[i] * mr) + (f3[r] * n4[i] + f3[i] * n4[r])
        }
    }

    /// `y = f (n - m)` with a table of pairs.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func complexWeightedDifference<T: Scalar>(
        _ count: Int, _ f: UnsafePointer<T>, _ n: UnsafePointer<T>, _ m: UnsafePointer<T>, into y: UnsafeMutablePointer<T>
    ) {
        for k in 0..<count / 2 {
            let (r, i) = (2 * k, 2 * k + 1)
            let (dr, di) = (n[r] - m[r], n[i] - m[i])
            y[r] = f[r] * dr - f[i] * di
            y[i] = f[r] * di + f[i] * dr
        }
    }
}
