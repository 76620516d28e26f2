extension Kernels {
    /// Transposes axes: axis `k` of the result is axis `order[k]` of the source.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func permute<T: Scalar>(_ shape: [Int], order: [Int], _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        let rank = shape.count
        guard rank > 0 else {
            y[0] = x[0]
            return
        }
        var strides = Array(repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let extents = order.map { shape[$0] }
        let steps = order.map { strides[$0] }
        let run = extents[rank - 1]
        let step = steps[rank - 1]
        var index = Array(repeating: 0, count: rank)
        var source = 0
        let runs = extents.dropLast().reduce(1, *)
        if run == 0 { return }
        for r in 0..<runs {
            let out = y + r * run
            let start = x + source
            if step == 1 { for i in 0..<run { out[i] = start[i] } } else { for i in 0..<run { out[i] = start[i * step] } }
            var axis = rank - 2
            while axis >= 0 {
                index[axis] += 1
                source += steps[axis]
                if index[axis] < extents[axis] { break }
                source -= steps[axis] * extents[axis]
                index[axis] = 0
                axis -= 1
            }
        }
    }

    /// Copies a window along one axis: `y[o, i, r] = x[o, start + i, r]` for `i < count`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func slice<T: Scalar>(
        outer: Int, extent: Int, inner: Int, start: Int, count: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for o in 0..<outer { (y + o * count * inner).update(from: x + (o * extent + start) * inner, count: count * inner) }
    }

    /// Writes a window along one axis: `y[o, start + i, r] = x[o, i, r]` for `i < count`; the rest of `y` stays.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func placeSlice<T: Scalar>(
        outer: Int, extent: Int, inner: Int, start: Int, count: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for o in 0..<outer { (y + (o * extent + start) * inner).update(from: x + o * count * inner, count: count * inner) }
    }

    /// `y[i, r] = x[indices[i], r]` for rows of `inner` scalars; a negative index gives zeros.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func gatherRows<T: Scalar>(
        _ indices: UnsafeBufferPointer<Int32>, inner: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for (row, index) in indices.enumerated() {
            if index < 0 {
                (y + row * inner).update(repeating: 0, count: inner)
            } else {
                (y + row * inner).update(from: x + Int(index) * inner, count: inner)
            }
        }
    }

    /// `y[indices[i], r] += x[i, r]`, the adjoint of `gatherRows`; `y` must be initialised.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func scatterAddRows<T: Scalar>(
        _ indices: UnsafeBufferPointer<Int32>, inner: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for (row, index) in indices.enumerated() where index >= 0 { accumulate(inner, x + row * inner, y + Int(index) * inner) }
    }

    /// `y[i] = x[p]`, or its conjugate where the code `2 p + 1` is odd, of pairs (real, imaginary).
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func gatherPairs<T: Scalar>(
        _ codes: UnsafeBufferPointer<Int32>, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<codes.count {
            let code = Int(codes[i])
            let source = x + (code & ~1)
            y[2 * i] = source[0]
            y[2 * i + 1] = source[1] * T(1 - 2 * (code & 1))
        }
    }

    /// `y[p] += x[i]`, or its conjugate: the adjoint of `gatherPairs`; `y` must be initialised.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func scatterAddPairs<T: Scalar>(
        _ codes: UnsafeBufferPointer<Int32>, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<codes.count {
            let code = Int(codes[i])
            let target = y + (code & ~1)
            target[0] += x[2 * i]
            target[1] += x[2 * i + 1] * T(1 - 2 * (code & 1))
        }
    }
}
