import Numerics

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

    /// Channels of one group.
    var segment: Int { channels / groups }
    /// Numbers of one sample.
    var count: Int { points * channels }
    /// Rows of channels after which both the channels and vectors of 16 start anew: factors tiled to this length need no vector tails.
    var tiledRows: Int {
        var rows = 16
        while rows > 1 && channels * (rows / 2) % 16 == 0 { rows /= 2 }
        return rows
    }
    var period: Int { tiledRows * channels }
}

extension Kernels {
    /// Mean and `1 / sqrt(variance + epsilon)` of every group of every sample, `[batch, groups]`, in one pass over memory.
    ///
    /// Each block of about 4096 numbers gives its own mean and squared deviations while it is in the cache; blocks are merged in double
    /// precision by the rule of Chan, Golub and LeVeque (1979).
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func groupStatistics<T: Scalar>(
        _ extents: ChannelGroups, _ x: UnsafePointer<T>, epsilon: Double, mean: UnsafeMutablePointer<T>,
        inverseDeviation: UnsafeMutablePointer<T>
    ) {
        // One group is contiguous: its rows may as well have 64 entries.
        let isContiguous = extents.groups == 1
        let (width, stride) = isContiguous ? (64, 64) : (extents.segment, extents.channels)
        let rows = isContiguous ? extents.count / 64 : extents.points
        let rest = isContiguous ? extents.count - rows * 64 : 0
        let rowsPerBlock = max(1, 4096 / width)
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * width) { partial in
            let (sums, squareSums) = (partial.baseAddress!, partial.baseAddress! + width)
            func total(_ partial: UnsafeMutablePointer<T>, _ columns: Int) -> Double {
                (0..<columns).reduce(0.0) { $0 + Double(partial[$1]) }
            }
            for sample in 0..<extents.batch {
                for group in 0..<extents.groups {
                    let start = x + sample * extents.count + group * extents.segment
                    var (count, average, squares) = (0.0, 0.0, 0.0)
                    func merge(_ rows: Int, _ columns: Int, _ block: UnsafePointer<T>) {
                        for c in 0..<columns { sums[c] = 0 }
                        for r in 0..<rows {
                            let row = block + r * stride
                            for c in 0..<columns { sums[c] += row[c] }
                        }
                        let number = Double(rows * columns)
                        let centre = T(total(sums, columns) / number)
                        for c in 0..<columns { (sums[c], squareSums[c]) = (0, 0) }
                        for r in 0..<rows {
                            let row = block + r * stride
                            for c in 0..<columns {
                                let difference = row[c] - centre
                                sums[c] += difference
                                squareSums[c] = squareSums[c].addingProduct(difference, difference)
                            }
                        }
                        // The centre is rounded; the mean of what is left corrects it.
                        let offset = total(sums, columns) / number
                        let deviation = total(squareSums, columns) - number * offset * offset
                        let distance = Double(centre) + offset - average
                        let merged = count + number
                        average += distance * number / merged
                        squares += deviation + distance * distance * count * number / merged
                        count = merged
                    }
                    var row = 0
                    while row < rows {
                        let length = min(rowsPerBlock, rows - row)
                        merge(length, width, start + row * stride)
                        row += length
                    }
                    if rest > 0 { merge(1, rest, start + rows * stride) }
                    mean[sample * extents.groups + group] = T(average)
                    inverseDeviation[sample * extents.groups + group] = T(1 / (max(squares, 0) / count + epsilon).squareRoot())
                }
            }
        }
    }

    /// `y = f((x - mean) inverseDeviation weight + bias)` with `f` GELU or the identity; `y` may be `x`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func groupNormalise<T: Scalar>(
        _ extents: ChannelGroups, _ x: UnsafePointer<T>, mean: UnsafePointer<T>, inverseDeviation: UnsafePointer<T>,
        weight: UnsafePointer<T>, bias: UnsafePointer<T>, gelu: Bool, _ y: UnsafeMutablePointer<T>
    ) {
        let period = extents.period
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * period) { tiled in
            let (factor, shift) = (tiled.baseAddress!, tiled.baseAddress! + period)
            for sample in 0..<extents.batch {
                tileAffine(extents, sample, mean: mean, inverseDeviation: inverseDeviation, weight: weight, bias: bias, factor, shift)
                for start in stride(from: 0, to: extents.count, by: period) {
                    let place = sample * extents.count + start
                    affine(min(period, extents.count - start), x + place, factor: factor, shift: shift, gelu: gelu, y + place)
                }
            }
        }
    }

    /// Gradients of `groupNormalise` given that of its result; `gx` may be `g`, and is left out when nil.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func groupNormaliseGradient<T: Scalar>(
        _ extents: ChannelGroups, _ x: UnsafePointer<T>, mean: UnsafePointer<T>, inverseDeviation: UnsafePointer<T>,
        weight: UnsafePointer<T>, bias: UnsafePointer<T>, gelu: Bool, _ g: UnsafePointer<T>, gx: UnsafeMutablePointer<T>,
        gWeight: UnsafeMutablePointer<T>, gBias: UnsafeMutablePointer<T>, needsInput: Bool
    ) {
        let (period, channels, segment) = (extents.period, extents.channels, extents.segment)
        // Sums run in single precision over this many tiles before they are added up in double precision.
        let tilesPerFlush = 32
        var slope = [Double](repeating: 0, count: 2 * channels)
        var weightSums = [Double](repeating: 0, count: channels)
        var biasSums = [Double](repeating: 0, count: channels)
        withUnsafeTemporaryAllocation(of: T.self, capacity: 5 * period) { tiled in
            let tile = (0..<5).map { tiled.baseAddress! + $0 * period }
            for sample in 0..<extents.batch {
                let (means, deviations) = (mean + sample * extents.groups, inverseDeviation + sample * extents.groups)
                tileAffine(extents, sample, mean: mean, inverseDeviation: inverseDeviation, weight: weight, bias: bias, tile[0], tile[1])
                for i in 0..<period {
                    tile[2][i] = means[i % channels / segment]
                    (tile[3][i], tile[4][i]) = (0, 0)
                }
                for c in 0..<(2 * channels) { slope[c] = 0 }
                for (number, start) in stride(from: 0, to: extents.count, by: period).enumerated() {
                    let place = sample * extents.count + start
                    let length = min(period, extents.count - start)
                    affineGradient(
                        length, x + place, factor: tile[0], shift: tile[1], centre: tile[2], gelu: gelu, g + place, gx + place,
                        sum: tile[3], moment: tile[4])
                    if number % tilesPerFlush == tilesPerFlush - 1 || start + period >= extents.count {
                        for i in 0..<period {
                            slope[i % channels] += Double(tile[3][i])
                            slope[channels + i % channels] += Double(tile[4][i])
                            (tile[3][i], tile[4][i]) = (0, 0)
                        }
                    }
                }
                for c in 0..<channels {
                    biasSums[c] += slope[c]
                    weightSums[c] += slope[channels + c] * Double(deviations[c / segment])
                }
                guard needsInput else { continue }
                // dL/dx = s (w u - mean(w u) - xhat mean(w u xhat)) with u = dL/d(affine result), s the inverse deviation.
                for group in 0..<extents.groups {
                    let number = Double(extents.points * segment)
                    let s = Double(deviations[group])
                    let range = (group * segment)..<((group + 1) * segment)
                    let first = range.reduce(0.0) { $0 + Double(weight[$1]) * slope[$1] } / number
                    let second = range.reduce(0.0) { $0 + Double(weight[$1]) * slope[channels + $1] } * s / number
                    for c in range {
                        tile[0][c] = T(s * Double(weight[c]))
                        tile[1][c] = T(-s * s * second)
                        tile[2][c] = T(s * (s * second * Double(means[group]) - first))
                    }
                }
                for i in channels..<max(period, channels) {
                    for t in 0..<3 { tile[t][i] = tile[t][i - channels] }
                }
                for start in stride(from: 0, to: extents.count, by: period) {
                    let place = sample * extents.count + start
                    combine(min(period, extents.count - start), gx + place, tile[0], x + place, tile[1], tile[2])
                }
            }
        }
        for c in 0..<channels {
            gWeight[c] = T(weightSums[c])
            gBias[c] = T(biasSums[c])
        }
    }

    /// The affine map of one sample as factors and shifts of a tile.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func tileAffine<T: Scalar>(
        _ extents: ChannelGroups, _ sample: Int, mean: UnsafePointer<T>, inverseDeviation: UnsafePointer<T>, weight: UnsafePointer<T>,
        bias: UnsafePointer<T>, _ factor: UnsafeMutablePointer<T>, _ shift: UnsafeMutablePointer<T>
    ) {
        for c in 0..<extents.channels {
            let group = sample * extents.groups + c / extents.segment
            let scale = Double(inverseDeviation[group]) * Double(weight[c])
            factor[c] = T(scale)
            shift[c] = T(Double(bias[c]) - Double(mean[group]) * scale)
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
                let z = load(shift + i, lanes).addingProduct(load(x + i, lanes), load(factor + i, lanes))
                store(z * vectorNormal(z).distribution, y + i, lanes)
            }
        } else {
            for i in 0..<count {
                let z = Double(shift[i]) + Double(x[i]) * Double(factor[i])
                y[i] = T(z * 0.5 * Double.erfc(-z * 0.5.squareRoot()))
            }
        }
    }

    /// `u = g f'(x factor + shift)` into `gx`, `sum += u`, `moment += u (x - centre)`.
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
            func run(_ slope: (Vector) -> Vector) {
                forEachVector(count) { i, lanes in
                    let value = load(x + i, lanes)
                    let u = load(g + i, lanes) * slope(load(shift + i, lanes).addingProduct(value, load(factor + i, lanes)))
                    store(u, gx + i, lanes)
                    store(load(sum + i, lanes) + u, sum + i, lanes)
                    store(load(moment + i, lanes).addingProduct(u, value - load(centre + i, lanes)), moment + i, lanes)
                }
            }
            if gelu {
                run {
                    let normal = vectorNormal($0)
                    return normal.distribution.addingProduct($0, normal.density)
                }
            } else {
                run { _ in Vector(repeating: 1) }
            }
        } else {
            let densityFactor = 1 / (2 * Double.pi).squareRoot()
            for i in 0..<count {
                var u = Double(g[i])
                if gelu {
                    let z = Double(shift[i]) + Double(x[i]) * Double(factor[i])
                    u *= 0.5 * Double.erfc(-z * 0.5.squareRoot()) + z * densityFactor * Double.exp(-0.5 * z * z)
                }
                gx[i] = T(u)
                sum[i] += T(u)
                moment[i] += T(u) * (x[i] - centre[i])
            }
        }
    }

    /// `y = y a + x b + c`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func combine<T: Scalar>(
        _ count: Int, _ y: UnsafeMutablePointer<T>, _ a: UnsafePointer<T>, _ x: UnsafePointer<T>, _ b: UnsafePointer<T>,
        _ c: UnsafePointer<T>
    ) {
        for i in 0..<count { y[i] = c[i].addingProduct(x[i], b[i]).addingProduct(y[i], a[i]) }
    }

    /// Calls `body` with the start of every vector and its number of lanes, 16 save for the last one.
    @inline(__always)
    private static func forEachVector(_ count: Int, _ body: (Int, Int) -> Void) {
        let whole = count & ~15
        var i = 0
        while i < whole {
            body(i, 16)
            i += 16
        }
        if whole < count { body(whole, count - whole) }
    }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>, _ lanes: Int) -> Vector {
        if lanes == 16 { return UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self) }
        var v = Vector()
        for lane in 0..<lanes { v[lane] = pointer[lane] }
        return v
    }

    @inline(__always)
    private static func store(_ v: Vector, _ pointer: UnsafeMutablePointer<Float>, _ lanes: Int) {
        if lanes == 16 { return UnsafeMutableRawPointer(pointer).storeBytes(of: v, as: Vector.self) }
        for lane in 0..<lanes { pointer[lane] = v[lane] }
    }
}
