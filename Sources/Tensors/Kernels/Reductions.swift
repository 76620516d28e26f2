extension Kernels {
    /// `sum_i x[i]` in 64 interleaved partial sums (a fixed order, close to pairwise summation).
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func sum<T: Scalar>(_ count: Int, _ x: UnsafePointer<T>) -> T {
        reduce(count) { (x + $0).withMemoryRebound(to: T.self, capacity: 1) { $0.pointee } }
    }

    /// `sum_i a[i] b[i]` in 64 interleaved partial sums.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func dot<T: Scalar>(_ count: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>) -> T {
        reduce(count) { a[$0] * b[$0] }
    }

    /// `sum_i (a[i] - b[i])^2` in 64 interleaved partial sums.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func squaredDistance<T: Scalar>(_ count: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>) -> T {
        reduce(count) {
            let difference = a[$0] - b[$0]
            return difference * difference
        }
    }

    /// Sums `term(i)`; the 64 partial sums let the compiler use vectors without reordering anything.
    @inline(__always)
    private static func reduce<T: Scalar>(_ count: Int, _ term: (Int) -> T) -> T {
        withUnsafeTemporaryAllocation(of: T.self, capacity: 64) { partial in
            let sums = partial.baseAddress!
            for lane in 0..<64 { sums[lane] = 0 }
            let whole = count / 64
            for block in 0..<whole {
                let start = block * 64
                for lane in 0..<64 { sums[lane] += term(start + lane) }
            }
            for index in (whole * 64)..<count { sums[index % 64] += term(index) }
            var width = 32
            while width > 0 {
                for lane in 0..<width { sums[lane] += sums[lane + width] }
                width /= 2
            }
            return sums[0]
        }
    }

    /// Sums the rows of a matrix: `y[j] (+)= sum_i x[i, j]`, four rows at a time in the order of `i`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func sumRows<T: Scalar>(
        rows: Int, columns: Int, _ x: UnsafePointer<T>, accumulate: Bool = false, _ y: UnsafeMutablePointer<T>
    ) {
        if !accumulate { for j in 0..<columns { y[j] = 0 } }
        // Four rows for each time that the sums are read and written.
        var i = 0
        while i + 4 <= rows {
            let row = x + i * columns
            for j in 0..<columns {
                y[j] += (row[j] + row[columns + j]) + (row[2 * columns + j] + row[3 * columns + j])
            }
            i += 4
        }
        while i < rows {
            let row = x + i * columns
            for j in 0..<columns { y[j] += row[j] }
            i += 1
        }
    }

    /// Sums over the middle axis: `y[o, i] = sum_m x[o, m, i]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func sumMiddle<T: Scalar>(outer: Int, middle: Int, inner: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        for o in 0..<outer {
            let block = x + o * middle * inner
            if inner == 1 { y[o] = sum(middle, block) } else { sumRows(rows: middle, columns: inner, block, y + o * inner) }
        }
    }
}
