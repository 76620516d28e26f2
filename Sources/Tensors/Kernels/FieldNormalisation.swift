extension Kernels {
    /// `y[i] = f((x[i] - mean) inverseDeviation weight[i] + bias[i])` with `f` GELU or the identity: one sample of a normalisation with factors and shifts
    /// of their own for every number.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func fieldNormalise<T: Scalar>(
        _ count: Int, _ x: UnsafePointer<T>, mean: T, inverseDeviation: T, weight: UnsafePointer<T>, bias: UnsafePointer<T>, gelu: Bool,
        _ y: UnsafeMutablePointer<T>
    ) {
        guard gelu else {
            for i in 0..<count { y[i] = bias[i].addingProduct((x[i] - mean) * inverseDeviation, weight[i]) }
            return
        }
        if T.self == Float.self {
            let (mean, scale) = (Float(mean), Float(inverseDeviation))
            let (x, weight, bias, y) = (floats(x), floats(weight), floats(bias), floats(y))
            forEachVector(count) { i, lanes in
                let z = Vector.load(bias + i, lanes: lanes).addingProduct(
                    (Vector.load(x + i, lanes: lanes) - mean) * scale, Vector.load(weight + i, lanes: lanes))
                vectorGELU(z).store(y + i, lanes: lanes, accumulate: false)
            }
        } else {
            for i in 0..<count { y[i] = scalarGELU(bias[i].addingProduct((x[i] - mean) * inverseDeviation, weight[i])) }
        }
    }

    /// Gradients of `fieldNormalise` of one sample given that of its result; those of factors and shifts are added to, and
    /// `gx` may be `g`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func fieldNormaliseGradient<T: Scalar>(
        _ count: Int, _ x: UnsafePointer<T>, mean: T, inverseDeviation: T, weight: UnsafePointer<T>, _ g: UnsafePointer<T>,
        gx: UnsafeMutablePointer<T>, gWeight: UnsafeMutablePointer<T>, gBias: UnsafeMutablePointer<T>
    ) {
        // Sums of `u = g weight` and of `u (x - mean)` in 64 lanes, added up in double precision block by block.
        let (lanes, block) = (64, 4096)
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * lanes) { buffer in
            let (sums, moments) = (buffer.baseAddress!, buffer.baseAddress! + lanes)
            var (sum, moment) = (0.0, 0.0)
            for start in stride(from: 0, to: count, by: block) {
                for lane in 0..<(2 * lanes) { sums[lane] = 0 }
                let end = min(start + block, count)
                for first in stride(from: start, to: end, by: lanes) {
                    let (xs, gs, ws) = (x + first, g + first, weight + first)
                    let (gw, gb) = (gWeight + first, gBias + first)
                    for lane in 0..<min(lanes, end - first) {
                        let centred = xs[lane] - mean
                        let u = gs[lane] * ws[lane]
                        sums[lane] += u
                        moments[lane] = moments[lane].addingProduct(u, centred)
                        gw[lane] = gw[lane].addingProduct(gs[lane], centred * inverseDeviation)
                        gb[lane] += gs[lane]
                    }
                }
                for lane in 0..<lanes {
                    sum += Double(sums[lane])
                    moment += Double(moments[lane])
                }
            }
            // s (u - mean(u) - (x - mean) s^2 mean(u (x - mean))) with the inverse deviation s.
            let s = Double(inverseDeviation)
            let slope = T(-s * s * s * moment / Double(count))
            let shift = T(-s * sum / Double(count))
            for i in 0..<count {
                gx[i] = (shift.addingProduct(x[i] - mean, slope)).addingProduct(g[i] * weight[i], inverseDeviation)
            }
        }
    }
}
