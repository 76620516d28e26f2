extension Kernels {
    /// Gradients of `groupNormalise` given that of its result.
    ///
    /// `gx` may be `g`. Gradients of the factors and shifts are left out where nil. Workers share the blocks of each sample, whose sums
    /// are added in their order in double precision.
    package static func groupNormaliseGradient<T: Scalar>(
        _ extents: ChannelGroups, _ x: UnsafePointer<T>, mean: UnsafePointer<T>, inverseDeviation: UnsafePointer<T>,
        weight: UnsafePointer<T>?, bias: UnsafePointer<T>?, gelu: Bool, _ g: UnsafePointer<T>, gx: UnsafeMutablePointer<T>,
        gWeight: UnsafeMutablePointer<T>?, gBias: UnsafeMutablePointer<T>?, needsInput: Bool, workers: Workers
    ) {
        let (channels, blocks) = (extents.channels, extents.blocks)
        let blockSums = Storage<Double>(count: 2 * channels * blocks)
        let slope = Storage<Double>(count: 2 * channels)
        let total = Storage<Double>(count: 2 * channels)
        for c in 0..<(2 * channels) { total.pointer[c] = 0 }
        // Invariant of the workers: each writes the sums and the points of its own blocks.
        nonisolated(unsafe) let (x, mean, deviation, weight, bias, g, gx) = (x, mean, inverseDeviation, weight, bias, g, gx)
        let cost = 2 * extents.blockCount
        for sample in 0..<extents.batch {
            workers.run(parts: blocks, cost: cost) {
                sumGradients(
                    extents, sample, $0, x, mean: mean, inverseDeviation: deviation, weight: weight, bias: bias, gelu: gelu, g, gx,
                    blockSums.pointer)
            }
            addBlocks(extents, deviation + sample * extents.groups, blockSums.pointer, slope.pointer, total.pointer)
            guard needsInput else { continue }
            workers.run(parts: blocks, cost: cost) {
                combineGradients(
                    extents, sample, $0, x, mean: mean, inverseDeviation: deviation, weight: weight, gelu ? UnsafePointer(gx) : g,
                    slope.pointer, gx)
            }
        }
        for c in 0..<channels {
            gBias?[c] = T(total.pointer[c])
            gWeight?[c] = T(total.pointer[channels + c])
        }
        withExtendedLifetime((blockSums, slope, total)) {}
    }

    /// Adds the sums `[block, 2, channel]` of a sample in the order of the blocks to `slope`, and these, the second ones times the inverse deviation, to
    /// `total`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func addBlocks<T: Scalar>(
        _ extents: ChannelGroups, _ inverseDeviation: UnsafePointer<T>, _ sums: UnsafePointer<Double>,
        _ slope: UnsafeMutablePointer<Double>, _ total: UnsafeMutablePointer<Double>
    ) {
        let (channels, segment) = (extents.channels, extents.segment)
        for c in 0..<(2 * channels) { slope[c] = 0 }
        for block in 0..<extents.blocks {
            for c in 0..<(2 * channels) { slope[c] += sums[2 * channels * block + c] }
        }
        for c in 0..<channels {
            total[c] += slope[c]
            total[channels + c] += slope[channels + c] * Double(inverseDeviation[c / segment])
        }
    }

    /// For some blocks of a sample the sums over points of `u = dL/d(affine result)` and of `u (x - mean)`, `[block, 2, channel]`; with GELU `u` goes
    /// into `gx`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func sumGradients<T: Scalar>(
        _ extents: ChannelGroups, _ sample: Int, _ blocks: Range<Int>, _ x: UnsafePointer<T>, mean: UnsafePointer<T>,
        inverseDeviation: UnsafePointer<T>, weight: UnsafePointer<T>?, bias: UnsafePointer<T>?, gelu: Bool, _ g: UnsafePointer<T>,
        _ gx: UnsafeMutablePointer<T>, _ sums: UnsafeMutablePointer<Double>
    ) {
        let (period, channels) = (extents.period, extents.channels)
        withUnsafeTemporaryAllocation(of: T.self, capacity: 5 * period) { tiled in
            let (factor, shift, centre) = (tiled.baseAddress!, tiled.baseAddress! + period, tiled.baseAddress! + 2 * period)
            let (sum, moment) = (tiled.baseAddress! + 3 * period, tiled.baseAddress! + 4 * period)
            tileAffine(extents, sample, mean: mean, inverseDeviation: inverseDeviation, weight: weight, bias: bias, factor, shift)
            for i in 0..<period { centre[i] = mean[sample * extents.groups + i % channels / extents.segment] }
            for block in blocks {
                for i in 0..<period { (sum[i], moment[i]) = (0, 0) }
                let first = sample * extents.count + block * extents.blockCount
                let length = extents.length(ofBlock: block)
                for start in stride(from: 0, to: length, by: period) {
                    let place = first + start
                    affineGradient(
                        min(period, length - start), x + place, factor: factor, shift: shift, centre: centre, gelu: gelu, g + place,
                        gx + place, sum: sum, moment: moment)
                }
                let result = sums + 2 * channels * block
                for c in 0..<(2 * channels) { result[c] = 0 }
                for row in stride(from: 0, to: period, by: channels) {
                    for c in 0..<channels {
                        result[c] += Double(sum[row + c])
                        result[channels + c] += Double(moment[row + c])
                    }
                }
            }
        }
    }

    /// `dL/dx = s (w u - mean(w u) - xhat mean(w u xhat))` for some blocks of a sample, with `s` the inverse deviation and the sums `slope` of `u` and
    /// of `u (x - mean)`, `[2, channel]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func combineGradients<T: Scalar>(
        _ extents: ChannelGroups, _ sample: Int, _ blocks: Range<Int>, _ x: UnsafePointer<T>, mean: UnsafePointer<T>,
        inverseDeviation: UnsafePointer<T>, weight: UnsafePointer<T>?, _ u: UnsafePointer<T>, _ slope: UnsafePointer<Double>,
        _ gx: UnsafeMutablePointer<T>
    ) {
        let (period, channels, segment) = (extents.period, extents.channels, extents.segment)
        func factor(_ channel: Int) -> Double { weight.map { Double($0[channel]) } ?? 1 }
        withUnsafeTemporaryAllocation(of: T.self, capacity: 3 * period) { tiled in
            let tile = (tiled.baseAddress!, tiled.baseAddress! + period, tiled.baseAddress! + 2 * period)
            for group in 0..<extents.groups {
                let number = Double(extents.points * segment)
                let s = Double(inverseDeviation[sample * extents.groups + group])
                let range = (group * segment)..<((group + 1) * segment)
                let first = range.reduce(0.0) { $0 + factor($1) * slope[$1] } / number
                let second = range.reduce(0.0) { $0 + factor($1) * slope[channels + $1] } * s / number
                for c in range {
                    tile.0[c] = T(s * factor(c))
                    tile.1[c] = T(-s * s * second)
                    tile.2[c] = T(s * (s * second * Double(mean[sample * extents.groups + group]) - first))
                }
            }
            for i in channels..<max(period, channels) {
                (tile.0[i], tile.1[i], tile.2[i]) = (tile.0[i - channels], tile.1[i - channels], tile.2[i - channels])
            }
            for block in blocks {
                let first = sample * extents.count + block * extents.blockCount
                let length = extents.length(ofBlock: block)
                for start in stride(from: 0, to: length, by: period) {
                    let place = first + start
                    combine(min(period, length - start), u + place, tile.0, x + place, tile.1, tile.2, gx + place)
                }
            }
        }
    }

    /// `u = g f'(x factor + shift)`, `sum += u`, `moment += u (x - centre)`; with GELU `u` goes into `gx`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func affineGradient<T: Scalar>(
        _ count: Int, _ x: UnsafePointer<T>, factor: UnsafePointer<T>, shift: UnsafePointer<T>, centre: UnsafePointer<T>, gelu: Bool,
        _ g: UnsafePointer<T>, _ gx: UnsafeMutablePointer<T>, sum: UnsafeMutablePointer<T>, moment: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            let (x, factor, shift, centre, g) = (floats(x), floats(factor), floats(shift), floats(centre), floats(g))
            let (gx, sum, moment) = (floats(gx), floats(sum), floats(moment))
            @inline(__always)
            func add(_ u: Vector, _ value: Vector, _ i: Int, _ lanes: Int) {
                u.store(sum + i, lanes: lanes, accumulate: true)
                Vector.load(moment + i, lanes: lanes).addingProduct(u, value - Vector.load(centre + i, lanes: lanes))
                    .store(moment + i, lanes: lanes, accumulate: false)
            }
            if gelu {
                forEachVector(count) { i, lanes in
                    let value = Vector.load(x + i, lanes: lanes)
                    let z = Vector.load(shift + i, lanes: lanes).addingProduct(value, Vector.load(factor + i, lanes: lanes))
                    let u = Vector.load(g + i, lanes: lanes) * vectorGELUWithDerivative(z).derivative
                    u.store(gx + i, lanes: lanes, accumulate: false)
                    add(u, value, i, lanes)
                }
            } else {
                forEachVector(count) { i, lanes in add(Vector.load(g + i, lanes: lanes), Vector.load(x + i, lanes: lanes), i, lanes) }
            }
        } else {
            for i in 0..<count {
                var u = Double(g[i])
                if gelu {
                    u *= scalarGELUWithDerivative(Double(shift[i]) + Double(x[i]) * Double(factor[i])).derivative
                    gx[i] = T(u)
                }
                sum[i] += T(u)
                moment[i] += T(u) * (x[i] - centre[i])
            }
        }
    }

    /// `y = u a + x b + c`; `y` may be `u`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func combine<T: Scalar>(
        _ count: Int, _ u: UnsafePointer<T>, _ a: UnsafePointer<T>, _ x: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafePointer<T>,
        _ y: UnsafeMutablePointer<T>
    ) {
        for i in 0..<count { y[i] = c[i].addingProduct(x[i], b[i]).addingProduct(u[i], a[i]) }
    }
}
