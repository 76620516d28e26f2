extension Kernels {
    /// `y[i] = (x[i] - shift[i mod period]) factor[i mod period]`; the difference comes first, so that a large common offset costs no digits.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func shiftAndScale<T: Scalar>(
        _ count: Int, period: Int, _ x: UnsafePointer<T>, shift: UnsafePointer<T>, factor: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for start in stride(from: 0, to: count, by: period) {
            let (source, target) = (x + start, y + start)
            for i in 0..<min(period, count - start) { target[i] = (source[i] - shift[i]) * factor[i] }
        }
    }

    /// `y[i] = x[i] factor[i mod period] + shift[i mod period]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func scaleAndShift<T: Scalar>(
        _ count: Int, period: Int, _ x: UnsafePointer<T>, factor: UnsafePointer<T>, shift: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for start in stride(from: 0, to: count, by: period) {
            let (source, target) = (x + start, y + start)
            for i in 0..<min(period, count - start) { target[i] = shift[i].addingProduct(source[i], factor[i]) }
        }
    }

    /// `y[r, c] = x[r, c] factors[c]`.
    package static func scaleColumns<T: Scalar>(
        rows: Int, columns: Int, _ x: UnsafePointer<T>, factors: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        // Rows of factors side by side, so that the inner loop is long.
        let tiledRows = max(1, 64 / columns)
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * tiledRows * columns) { buffer in
            let (tiled, zeros) = (buffer.baseAddress!, buffer.baseAddress! + tiledRows * columns)
            for row in 0..<tiledRows { (tiled + row * columns).update(from: factors, count: columns) }
            zeros.update(repeating: 0, count: tiledRows * columns)
            scaleAndShift(rows * columns, period: tiledRows * columns, x, factor: tiled, shift: zeros, y)
        }
    }
}
