extension Kernels {
    /// `y[o, i, r] = sum over t in starts[i]..<starts[i + 1] of weights[t] x[o, indices[t], r]` for the lines `o outputCount + i`, terms added in the
    /// order of `t`.
    @specialized(where E == Float)
    @specialized(where E == Double)
    package static func resample<E: Scalar>(
        lines: Range<Int>, inner: Int, inputCount: Int, outputCount: Int, starts: [Int], indices: [Int], weights: UnsafePointer<E>,
        _ x: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>
    ) {
        starts.withUnsafeBufferPointer { starts in
            indices.withUnsafeBufferPointer { indices in
                for line in lines {
                    let (o, i) = (line / outputCount, line % outputCount)
                    let terms = UnsafeBufferPointer(rebasing: indices[starts[i]..<starts[i + 1]])
                    weightedSum(terms, weights + starts[i], x + o * inputCount * inner, stride: inner, y + line * inner)
                }
            }
        }
    }

    /// `y[r] = sum over t of weights[t] x[indices[t] stride + r]` for `r < stride`, with the sums in registers.
    @inline(__always)
    private static func weightedSum<E: Scalar>(
        _ indices: UnsafeBufferPointer<Int>, _ weights: UnsafePointer<E>, _ x: UnsafePointer<E>, stride: Int, _ y: UnsafeMutablePointer<E>
    ) {
        var r = 0
        func advance<V: SIMD>(_ type: V.Type) where V.Scalar == E {
            while r + V.scalarCount <= stride {
                var sum = V()
                for t in 0..<indices.count {
                    let term = UnsafeRawPointer(x + indices[t] * stride + r).loadUnaligned(as: V.self)
                    sum = sum.addingProduct(term, V(repeating: weights[t]))
                }
                UnsafeMutableRawPointer(y + r).storeBytes(of: sum, as: V.self)
                r += V.scalarCount
            }
        }
        advance(SIMD16<E>.self)
        advance(SIMD8<E>.self)
        advance(SIMD4<E>.self)
        while r < stride {
            var sum: E = 0
            for t in 0..<indices.count { sum = sum.addingProduct(x[indices[t] * stride + r], weights[t]) }
            y[r] = sum
            r += 1
        }
    }
}
