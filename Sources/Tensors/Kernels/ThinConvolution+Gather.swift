extension ThinConvolution {
    /// A thick field to gather from: one sample as it lies, or a copy with margins.
    private struct Source {
        var base: UnsafePointer<Float>
        var grid: Convolution.Extent
        /// Where the first point of the field lies.
        var origin: Convolution.Extent
    }

    /// `y[i, j, t] (+)= bias[t] + sum over tap, c of w[t, tap, c] x[i s + dy, j s + dx, c]`.
    func gather(
        _ accumulates: Bool, _ x: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ workers: Workers
    ) {
        // On a narrow grid most points are near an edge: a copy with margins, wide enough for whole blocks, is cheaper than the edges.
        guard thinGrid.x < 24 else {
            gather(accumulates, Source(base: x, grid: thickGrid, origin: .init(0)), packed, bias, y, workers)
            return
        }
        let columns = (thinGrid.x + 7) / 8 * 8
        let (ys, xs) = (taps.map(\.dy), taps.map(\.dx))
        let (top, left) = (max(0, -ys.min()!), max(0, -xs.min()!))
        let margins = Convolution.Padding(
            top: top, left: left, bottom: max(0, (thinGrid.y - 1) * stride.y + ys.max()! - thickGrid.y + 1),
            right: max(0, (columns - 1) * stride.x + xs.max()! - thickGrid.x + 1))
        let grid = Convolution.Extent(y: top + thickGrid.y + margins.bottom, x: left + thickGrid.x + margins.right)
        let copy = Storage<Float>(count: grid.y * grid.x * thick)
        Kernels.pad(
            FieldPadding(.zeros, margins), batch: 1, height: thickGrid.y, width: thickGrid.x, channels: thick, x, copy.pointer)
        gather(accumulates, Source(base: copy.pointer, grid: grid, origin: .init(y: top, x: left)), packed, bias, y, workers)
    }

    private func gather(
        _ accumulates: Bool, _ source: Source, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ workers: Workers
    ) {
        // Invariant of the workers: each writes its own rows.
        nonisolated(unsafe) let (source, packed, bias, y) = (source, packed, bias, y)
        workers.run(parts: thinGrid.y, cost: thinGrid.x * thick) { gather($0, accumulates, source, packed, bias, y) }
    }

    private func gather(
        _ lines: Range<Int>, _ accumulates: Bool, _ source: Source, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>
    ) {
        let row = Storage<Float>(count: thinGrid.x + 8)
        let (ys, xs) = (taps.map { $0.dy + source.origin.y }, taps.map { $0.dx + source.origin.x })
        let (least, most) = (xs.min()!, xs.max()!)
        // Columns inside read nothing outside the source.
        let first = min(thinGrid.x, max(0, (stride.x - 1 - least) / stride.x))
        let inside = first..<max(first, min((thinGrid.x + 7) / 8 * 8, (source.grid.x - 1 - most + stride.x) / stride.x))
        let blocks = inside.count < 8 ? inside.lowerBound..<inside.lowerBound : inside
        // The taps of one kernel row are one run of numbers if the kernel is dense.
        let dense = shape.dilation.x == 1
        let (runs, length) = dense ? (shape.kernel.y, shape.kernel.x * thick) : (taps.count, thick)
        let offsets = (0..<runs).map { run in
            let tap = run * length / thick
            return (ys[tap] * source.grid.x + xs[tap]) * thick
        }
        offsets.withUnsafeBufferPointer { offsets in
            for i in lines {
                let start = source.base + i * stride.y * source.grid.x * thick
                var valid = 0..<runs
                let isInside = { (run: Int) in (0..<source.grid.y).contains(i * stride.y + ys[run * length / thick]) }
                while !valid.isEmpty && !isInside(valid.lowerBound) { valid = (valid.lowerBound + 1)..<valid.upperBound }
                while !valid.isEmpty && !isInside(valid.upperBound - 1) { valid = valid.lowerBound..<(valid.upperBound - 1) }
                let rows = UnsafeBufferPointer(rebasing: offsets[valid])
                for t in 0..<thin {
                    let w = packed + t * planeOffsets.count * thick
                    var j = blocks.lowerBound
                    while j < blocks.upperBound {
                        // The last block overlaps the one before.
                        let first = min(j, blocks.upperBound - 8)
                        let sums = eightPoints(start + first * stride.x * thick, rows, length, w + valid.lowerBound * length)
                        UnsafeMutableRawPointer(row.pointer + first).storeBytes(of: sums, as: SIMD8<Float>.self)
                        j = first + 8
                    }
                    for j in 0..<thinGrid.x where !blocks.contains(j) {
                        var sum: Float = 0
                        for tap in (valid.lowerBound * length / thick)..<(valid.upperBound * length / thick) {
                            let column = j * stride.x + xs[tap]
                            guard column >= 0 && column < source.grid.x else { continue }
                            sum += onePoint(start + (ys[tap] * source.grid.x + column) * thick, w + tap * thick)
                        }
                        row.pointer[j] = sum
                    }
                    let shift = bias?[t] ?? 0
                    let target = y + i * thinGrid.x * thin + t
                    if accumulates {
                        for j in 0..<thinGrid.x { target[j * thin] += row.pointer[j] + shift }
                    } else {
                        for j in 0..<thinGrid.x { target[j * thin] = row.pointer[j] + shift }
                    }
                }
            }
        }
    }

    /// Eight neighbouring points at once: eight sums of vectors, added up across at the end.
    @inline(__always)
    private func eightPoints(
        _ x: UnsafePointer<Float>, _ offsets: UnsafeBufferPointer<Int>, _ length: Int, _ w: UnsafePointer<Float>
    ) -> SIMD8<Float> {
        typealias V = SIMD8<Float>
        let step = stride.x * thick
        var (s0, s1, s2, s3, s4, s5, s6, s7) = (V(), V(), V(), V(), V(), V(), V(), V())
        var weights = w
        for offset in offsets {
            let (a, b, c, d) = (x + offset, x + (offset + step), x + (offset + 2 * step), x + (offset + 3 * step))
            let (e, f, g, h) = (a + 4 * step, b + 4 * step, c + 4 * step, d + 4 * step)
            var k = 0
            while k < length & ~7 {
                let v = V.load(weights + k)
                s0 = s0.addingProduct(v, V.load(a + k))
                s1 = s1.addingProduct(v, V.load(b + k))
                s2 = s2.addingProduct(v, V.load(c + k))
                s3 = s3.addingProduct(v, V.load(d + k))
                s4 = s4.addingProduct(v, V.load(e + k))
                s5 = s5.addingProduct(v, V.load(f + k))
                s6 = s6.addingProduct(v, V.load(g + k))
                s7 = s7.addingProduct(v, V.load(h + k))
                k += 8
            }
            if length % 8 != 0 {
                let v = half(weights + k)
                s0 = s0.addingProduct(v, half(a + k))
                s1 = s1.addingProduct(v, half(b + k))
                s2 = s2.addingProduct(v, half(c + k))
                s3 = s3.addingProduct(v, half(d + k))
                s4 = s4.addingProduct(v, half(e + k))
                s5 = s5.addingProduct(v, half(f + k))
                s6 = s6.addingProduct(v, half(g + k))
                s7 = s7.addingProduct(v, half(h + k))
            }
            weights += length
        }
        return pairs(pairs(pairs(s0, s1), pairs(s2, s3)), pairs(pairs(s4, s5), pairs(s6, s7)))
    }

    /// One tap of one point, for the edges.
    @inline(__always)
    private func onePoint(_ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>) -> Float {
        typealias V = SIMD8<Float>
        var sum = thick % 8 == 0 ? V() : half(x + thick - 4) * half(w + thick - 4)
        var c = 0
        while c < thick & ~7 {
            sum = sum.addingProduct(V.load(w + c), V.load(x + c))
            c += 8
        }
        let halves = sum.lowHalf + sum.highHalf
        let quarters = halves.lowHalf + halves.highHalf
        return quarters[0] + quarters[1]
    }

    /// `(a0 + a1, a2 + a3, ..., b0 + b1, ...)`.
    @inline(__always)
    private func pairs(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float> {
        SIMD8(lowHalf: a.evenHalf, highHalf: b.evenHalf) + SIMD8(lowHalf: a.oddHalf, highHalf: b.oddHalf)
    }

    @inline(__always)
    private func half(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
        SIMD8(lowHalf: SIMD4<Float>.load(pointer), highHalf: SIMD4())
    }
}
