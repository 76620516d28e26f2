/// Extents of fields `[batch, points, channels]` whose channels are normalised in equal groups.
package struct ChannelGroups: Sendable {
    package let batch: Int
    package let points: Int
    package let channels: Int
    package let groups: Int

    package init(batch: Int, points: Int, channels: Int, groups: Int) {
        precondition(groups > 0 && channels % groups == 0, "\(channels) channels in \(groups) groups")
        (self.batch, self.points, self.channels, self.groups) = (batch, points, channels, groups)
    }

    /// The fields of a standardisation of an array of this shape over `axes`, if its axes are, in this order, kept, reduced, kept and reduced ones,
    /// each of these four perhaps absent; nil for any other pattern.
    package init?(_ shape: [Int], standardising axes: [Int]) {
        var extents = [1, 1, 1, 1]
        var part = 0
        for (axis, extent) in shape.enumerated() where extent != 1 {
            let isReduced = axes.contains(axis)
            if isReduced == (part % 2 == 0) { part += 1 }
            guard part < 4 else { return nil }
            extents[part] *= extent
        }
        guard part > 0, !extents.contains(0) else { return nil }
        self.init(batch: extents[0], points: extents[1], channels: extents[2] * extents[3], groups: extents[2])
    }

    /// Channels of one group.
    package var segment: Int { channels / groups }
    /// Numbers of one sample.
    package var count: Int { points * channels }
    /// Rows of channels after which both the channels and vectors of 16 start anew, at least 64 numbers: factors tiled to this length need no
    /// vector tails, and sums of tiles are several vectors.
    var tiledRows: Int {
        var rows = 16
        while rows > 1 && channels * (rows / 2) % 16 == 0 { rows /= 2 }
        while channels * rows < 64 { rows *= 2 }
        return rows
    }
    var period: Int { tiledRows * channels }
    /// Numbers of one sample whose moments are taken together, and how many such blocks there are.
    var blockCount: Int { max(1, 4096 / period) * period }
    var blocks: Int { (count + blockCount - 1) / blockCount }
    func length(ofBlock block: Int) -> Int { min(blockCount, count - block * blockCount) }
}

extension Kernels {
    /// Mean and `1 / sqrt(variance + epsilon)` of every group of every sample, `[batch, groups]`, in one pass over memory.
    ///
    /// Each block of about 4096 numbers gives the mean and squared deviations of its groups while it is in the cache; workers share the blocks, which are
    /// merged in their order in double precision by the rule of Chan, Golub and LeVeque (1979).
    package static func groupStatistics<T: Scalar>(
        _ extents: ChannelGroups, _ x: UnsafePointer<T>, epsilon: Double, mean: UnsafeMutablePointer<T>,
        inverseDeviation: UnsafeMutablePointer<T>, workers: Workers
    ) {
        let blocks = extents.blocks
        let moments = Storage<Double>(count: 2 * extents.batch * blocks * extents.groups)
        // Invariant of the workers: each writes the moments of its own blocks.
        nonisolated(unsafe) let x = x
        workers.run(parts: extents.batch * blocks, cost: 2 * extents.blockCount) { blockMoments(extents, $0, x, moments.pointer) }
        mergeMoments(extents, moments.pointer, epsilon: epsilon, mean: mean, inverseDeviation: inverseDeviation)
        withExtendedLifetime(moments) {}
    }

    /// `[block, mean or squared deviations, group]` of some blocks of all samples.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func blockMoments<T: Scalar>(
        _ extents: ChannelGroups, _ blocks: Range<Int>, _ x: UnsafePointer<T>, _ moments: UnsafeMutablePointer<Double>
    ) {
        let (period, channels, segment, groups) = (extents.period, extents.channels, extents.segment, extents.groups)
        withUnsafeTemporaryAllocation(of: T.self, capacity: 3 * period) { tiles in
            let (sums, squareSums, centre) = (tiles.baseAddress!, tiles.baseAddress! + period, tiles.baseAddress! + 2 * period)
            for block in blocks {
                let start = block % extents.blocks * extents.blockCount
                let length = extents.length(ofBlock: block % extents.blocks)
                let values = x + block / extents.blocks * extents.count + start
                let (first, second) = (moments + 2 * block * groups, moments + (2 * block + 1) * groups)
                addTiles(length, period: period, values, sums)
                totals(sums, period, channels, segment, first, groups)
                let number = Double(length / channels * segment)
                for i in 0..<channels { centre[i] = T(first[i / segment] / number) }
                for i in channels..<max(period, channels) { centre[i] = centre[i - channels] }
                addDeviations(length, period: period, values, centre: centre, sums, squareSums)
                totals(sums, period, channels, segment, first, groups)
                totals(squareSums, period, channels, segment, second, groups)
                for g in 0..<groups {
                    // The centre is rounded; the mean of what is left corrects it.
                    let offset = first[g] / number
                    first[g] = Double(centre[g * segment]) + offset
                    second[g] -= number * offset * offset
                }
            }
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func mergeMoments<T: Scalar>(
        _ extents: ChannelGroups, _ moments: UnsafePointer<Double>, epsilon: Double, mean: UnsafeMutablePointer<T>,
        inverseDeviation: UnsafeMutablePointer<T>
    ) {
        let (segment, groups) = (extents.segment, extents.groups)
        for sample in 0..<extents.batch {
            for g in 0..<groups {
                var (average, squares) = (0.0, 0.0)
                for block in 0..<extents.blocks {
                    let place = moments + 2 * (sample * extents.blocks + block) * groups + g
                    let before = Double(block * extents.blockCount / extents.channels * segment)
                    let number = Double(extents.length(ofBlock: block) / extents.channels * segment)
                    let distance = place[0] - average
                    average += distance * number / (before + number)
                    squares += place[groups] + distance * distance * before * number / (before + number)
                }
                let variance = max(squares, 0) / Double(extents.points * segment)
                mean[sample * groups + g] = T(average)
                inverseDeviation[sample * groups + g] = T(1 / (variance + epsilon).squareRoot())
            }
        }
    }

    /// `sums[i] = sum over tiles of x[tile + i]`.
    @inline(__always)
    private static func addTiles<T: Scalar>(_ count: Int, period: Int, _ x: UnsafePointer<T>, _ sums: UnsafeMutablePointer<T>) {
        var start = 0
        if T.self == Float.self, count >= period {
            start = count / period * period
            let (x, sums) = (floats(x), floats(sums))
            forEachFourVectors(period) { column, last in
                var (a, b, c, d) = (Vector(), Vector(), Vector(), Vector())
                for tile in stride(from: column, to: start, by: period) {
                    a += Vector.load(x + tile)
                    if last > 0 { b += Vector.load(x + tile + 16) }
                    if last > 1 { c += Vector.load(x + tile + 32) }
                    if last > 2 { d += Vector.load(x + tile + 48) }
                }
                store((a, b, c, d), last: last, sums + column)
            }
        } else {
            for i in 0..<period { sums[i] = 0 }
        }
        while start < count {
            let tile = x + start
            for i in 0..<min(period, count - start) { sums[i] += tile[i] }
            start += period
        }
    }

    /// Sums of `d = x - centre` and of `d^2` over tiles.
    @inline(__always)
    private static func addDeviations<T: Scalar>(
        _ count: Int, period: Int, _ x: UnsafePointer<T>, centre: UnsafePointer<T>, _ sums: UnsafeMutablePointer<T>,
        _ squareSums: UnsafeMutablePointer<T>
    ) {
        var start = 0
        if T.self == Float.self, count >= period {
            start = count / period * period
            let (x, centre, sums, squareSums) = (floats(x), floats(centre), floats(sums), floats(squareSums))
            forEachFourVectors(period) { column, last in
                var (a, b, c, d) = (Vector(), Vector(), Vector(), Vector())
                var (aa, bb, cc, dd) = (Vector(), Vector(), Vector(), Vector())
                @inline(__always)
                func add(_ x: UnsafePointer<Float>, _ place: Int, _ sum: inout Vector, _ squares: inout Vector) {
                    let difference = Vector.load(x) - Vector.load(centre + column + place)
                    sum += difference
                    squares = squares.addingProduct(difference, difference)
                }
                for tile in stride(from: column, to: start, by: period) {
                    add(x + tile, 0, &a, &aa)
                    if last > 0 { add(x + tile + 16, 16, &b, &bb) }
                    if last > 1 { add(x + tile + 32, 32, &c, &cc) }
                    if last > 2 { add(x + tile + 48, 48, &d, &dd) }
                }
                store((a, b, c, d), last: last, sums + column)
                store((aa, bb, cc, dd), last: last, squareSums + column)
            }
        } else {
            for i in 0..<period { (sums[i], squareSums[i]) = (0, 0) }
        }
        while start < count {
            let tile = x + start
            for i in 0..<min(period, count - start) {
                let difference = tile[i] - centre[i]
                sums[i] += difference
                squareSums[i] = squareSums[i].addingProduct(difference, difference)
            }
            start += period
        }
    }

    /// Calls `body` with the first column of every four vectors of a period, whose sums stay in registers, and the number of the last of the four that
    /// lies in it.
    @inline(__always)
    private static func forEachFourVectors(_ period: Int, _ body: (_ column: Int, _ last: Int) -> Void) {
        for column in stride(from: 0, to: period, by: 64) {
            if column + 64 <= period { body(column, 3) } else { body(column, (period - column) / 16 - 1) }
        }
    }

    @inline(__always)
    private static func store(_ values: (Vector, Vector, Vector, Vector), last: Int, _ target: UnsafeMutablePointer<Float>) {
        Tensors.store(values.0, target)
        if last > 0 { Tensors.store(values.1, target + 16) }
        if last > 1 { Tensors.store(values.2, target + 32) }
        if last > 2 { Tensors.store(values.3, target + 48) }
    }

    /// Sums of a tile over each group.
    @inline(__always)
    private static func totals<T: Scalar>(
        _ tile: UnsafePointer<T>, _ period: Int, _ channels: Int, _ segment: Int, _ result: UnsafeMutablePointer<Double>, _ groups: Int
    ) {
        for g in 0..<groups {
            var total = 0.0
            for row in stride(from: g * segment, to: period, by: channels) {
                for i in 0..<segment { total += Double(tile[row + i]) }
            }
            result[g] = total
        }
    }

    /// `y = f((x - mean) inverseDeviation weight + bias)` with `f` GELU or the identity.
    ///
    /// `y` may be `x`. Without factors and shifts these are one and zero. Workers share the points of each sample.
    package static func groupNormalise<T: Scalar>(
        _ extents: ChannelGroups, _ x: UnsafePointer<T>, mean: UnsafePointer<T>, inverseDeviation: UnsafePointer<T>,
        weight: UnsafePointer<T>?, bias: UnsafePointer<T>?, gelu: Bool, _ y: UnsafeMutablePointer<T>, workers: Workers
    ) {
        // Invariant of the workers: each writes its own points.
        nonisolated(unsafe) let (x, mean, deviation, weight, bias, y) = (x, mean, inverseDeviation, weight, bias, y)
        for sample in 0..<extents.batch {
            workers.run(parts: (extents.count + extents.period - 1) / extents.period, cost: extents.period) {
                groupNormalise(
                    extents, sample, tiles: $0, x, mean: mean, inverseDeviation: deviation, weight: weight, bias: bias, gelu: gelu, y)
            }
        }
    }

    /// Some tiles of one sample.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func groupNormalise<T: Scalar>(
        _ extents: ChannelGroups, _ sample: Int, tiles: Range<Int>, _ x: UnsafePointer<T>, mean: UnsafePointer<T>,
        inverseDeviation: UnsafePointer<T>, weight: UnsafePointer<T>?, bias: UnsafePointer<T>?, gelu: Bool, _ y: UnsafeMutablePointer<T>
    ) {
        let period = extents.period
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * period) { tiled in
            let (factor, shift) = (tiled.baseAddress!, tiled.baseAddress! + period)
            tileAffine(extents, sample, mean: mean, inverseDeviation: inverseDeviation, weight: weight, bias: bias, factor, shift)
            for tile in tiles {
                let start = tile * period
                let place = sample * extents.count + start
                affine(min(period, extents.count - start), x + place, factor: factor, shift: shift, gelu: gelu, y + place)
            }
        }
    }

    /// The affine map of one sample as factors and shifts of a tile.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func tileAffine<T: Scalar>(
        _ extents: ChannelGroups, _ sample: Int, mean: UnsafePointer<T>, inverseDeviation: UnsafePointer<T>, weight: UnsafePointer<T>?,
        bias: UnsafePointer<T>?, _ factor: UnsafeMutablePointer<T>, _ shift: UnsafeMutablePointer<T>
    ) {
        for c in 0..<extents.channels {
            let group = sample * extents.groups + c / extents.segment
            let scale = Double(inverseDeviation[group]) * (weight.map { Double($0[c]) } ?? 1)
            factor[c] = T(scale)
            shift[c] = T((bias.map { Double($0[c]) } ?? 0) - Double(mean[group]) * scale)
        }
        for i in extents.channels..<max(extents.period, extents.channels) {
            factor[i] = factor[i - extents.channels]
            shift[i] = shift[i - extents.channels]
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func affine<T: Scalar>(
        _ count: Int, _ x: UnsafePointer<T>, factor: UnsafePointer<T>, shift: UnsafePointer<T>, gelu: Bool, _ y: UnsafeMutablePointer<T>
    ) {
        if !gelu { return scaleAndShift(count, period: count, x, factor: factor, shift: shift, y) }
        if T.self == Float.self {
            let (x, factor, shift, y) = (floats(x), floats(factor), floats(shift), floats(y))
            forEachVector(count) { i, lanes in
                let z = Vector.load(shift + i, lanes: lanes).addingProduct(
                    Vector.load(x + i, lanes: lanes), Vector.load(factor + i, lanes: lanes))
                vectorGELU(z).store(y + i, lanes: lanes, accumulate: false)
            }
        } else {
            for i in 0..<count {
                y[i] = T(scalarGELU(Double(shift[i]) + Double(x[i]) * Double(factor[i])))
            }
        }
    }
}
