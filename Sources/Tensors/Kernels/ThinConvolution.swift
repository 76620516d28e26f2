/// Convolutions between a field of few channels ("thin", at most `maximumThinChannels`) and one of many ("thick").
///
/// Libraries vectorise over output channels and waste most of a register on one or two of them. Here the vectors always run along the
/// thick side's channels. The six cases of pass and side come down to three loops over taps `t` with offsets `(dy, dx)`:
///
/// - gather, thick to thin: `y[i, j] = sum over t, c of w[t, c] x[i s + dy, j s + dx, c]`;
/// - spread, thin to thick: `y[i, j, c] = sum over t of w[t, c] x[i s + dy, j s + dx]`;
/// - correlate, both to weights: `w[t, c] = sum over i, j of thick[i, j, c] thin[i s + dy, j s + dx]`.
///
/// The thin side is cheap to copy, so it is laid out as padded planes, one for each of its channels; a tap then is one offset.
struct ThinConvolution: Sendable {
    static let maximumThinChannels = 4

    let shape: Convolution
    private let pass: ConvolutionPass
    private let thickIsInput: Bool
    /// Channels of the two sides.
    let thick: Int
    let thin: Int
    /// Grids of the two sides.
    let thickGrid: Convolution.Extent
    let thinGrid: Convolution.Extent
    /// Step on the read (gather) or thin (spread, correlate) grid for one step on the other.
    let stride: Convolution.Extent
    /// Offsets of the kernel entries, in the order of the weights or, if reversed, from the last to the first.
    let taps: [(dy: Int, dx: Int)]
    private let isReversed: Bool
    /// Margins of the thin planes, so that no tap leaves them.
    private let margin: Convolution.Padding
    /// The taps as offsets in a thin plane; filled up to whole blocks with taps of weight zero.
    let planeOffsets: [Int]

    /// Taps that are worked on together: their sums or weights stay in registers.
    private static let block = 9

    /// Nil if neither side is thin, the thick side does not fill vectors, the pass would have to skip points (stride), or it is not the
    /// thin side that lies beyond its grid.
    init?(_ shape: Convolution, _ pass: ConvolutionPass) {
        let (c, d) = (shape.inputChannels, shape.outputChannels)
        (thick, thin) = (max(c, d), min(c, d))
        guard thin <= ThinConvolution.maximumThinChannels, thick % 4 == 0, thick >= 8 else { return nil }
        self.shape = shape
        self.pass = pass
        thickIsInput = c > d
        (thickGrid, thinGrid) = thickIsInput ? (shape.input, shape.output) : (shape.output, shape.input)
        // Where the loop runs over input points (the gradient of the input, the weights of a thick input) offsets change sign and a
        // stride would leave holes.
        let overInput = pass == .dataGradient || (pass == .weightGradient && thickIsInput)
        guard !overInput || shape.stride == .init(1) else { return nil }
        let gathers = pass == .forward ? thickIsInput : pass == .dataGradient && !thickIsInput
        guard shape.mode == .zeros || (!gathers && (shape.isCirculant || !overInput)) else { return nil }
        stride = shape.stride
        var taps: [(dy: Int, dx: Int)] = []
        for p in 0..<shape.kernel.y {
            for q in 0..<shape.kernel.x {
                let (dy, dx) = (p * shape.dilation.y - shape.padding.top, q * shape.dilation.x - shape.padding.left)
                taps.append(overInput ? (-dy, -dx) : (dy, dx))
            }
        }
        // Offsets then increase, and the taps of a row read one run of numbers.
        if overInput { taps.reverse() }
        self.taps = taps
        isReversed = overInput
        let (ys, xs) = (taps.map(\.dy), taps.map(\.dx))
        margin = .init(
            top: max(0, -ys.min()!), left: max(0, -xs.min()!),
            bottom: max(0, (thickGrid.y - 1) * stride.y + ys.max()! - thinGrid.y + 1),
            right: max(0, (thickGrid.x - 1) * stride.x + xs.max()! - thinGrid.x + 1))
        let row = margin.left + thinGrid.x + margin.right
        var offsets = taps.map { [margin] in ($0.dy + margin.top) * row + $0.dx + margin.left }
        while offsets.count % ThinConvolution.block != 0 { offsets.append(0) }
        planeOffsets = offsets
    }

    private var isGather: Bool { pass == .forward ? thickIsInput : pass == .dataGradient && !thickIsInput }
    private var planeRow: Int { margin.left + thinGrid.x + margin.right }
    private var planeSize: Int { planeRow * (margin.top + thinGrid.y + margin.bottom) }

    /// The pass on channels-last arrays and `[ky, kx, c, d]` weights, as `Kernels.convolve`; workers share the rows of a
    /// field, but not in the gradient of the weights.
    func run(
        accumulates: Bool, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        let (thickField, thinField) = thickIsInput ? (input, output) : (output, input)
        let (thickSize, thinSize) = (thickGrid.y * thickGrid.x * thick, thinGrid.y * thinGrid.x * thin)
        let packed = Storage<Float>(count: thin * planeOffsets.count * thick)
        if pass == .weightGradient { packed.pointer.update(repeating: 0, count: packed.count) } else { pack(weights, packed.pointer) }
        if isGather {
            for b in 0..<shape.batch {
                gather(accumulates, thickField + b * thickSize, packed.pointer, bias, thinField + b * thinSize, workers)
            }
            return
        }
        let planes = Storage<Float>(count: thin * planeSize)
        for b in 0..<shape.batch {
            layOut(thinField + b * thinSize, planes.pointer)
            if pass == .weightGradient {
                correlate(thickField + b * thickSize, planes.pointer, packed.pointer)
            } else {
                spread(accumulates, planes.pointer, packed.pointer, bias, thickField + b * thickSize, workers)
            }
        }
        if pass == .weightGradient { unpack(packed.pointer, accumulates, weights) }
    }

    /// `[tap, c, d]` to `[thin, tap, thick]`, zero for the taps that fill up a block.
    private func pack(_ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>) {
        packed.update(repeating: 0, count: thin * planeOffsets.count * thick)
        forEachWeight { packed[$1] = weights[$0] }
    }

    private func unpack(_ packed: UnsafePointer<Float>, _ accumulates: Bool, _ weights: UnsafeMutablePointer<Float>) {
        forEachWeight { weights[$0] = (accumulates ? weights[$0] : 0) + packed[$1] }
    }

    /// Calls `body` with the index in `[tap, c, d]` and in `[thin, tap, thick]`.
    @inline(__always)
    private func forEachWeight(_ body: (Int, Int) -> Void) {
        for t in 0..<thin {
            for tap in taps.indices {
                let entry = isReversed ? taps.count - 1 - tap : tap
                for c in 0..<thick {
                    body(entry * thick * thin + (thickIsInput ? c * thin + t : t * thick + c), (t * planeOffsets.count + tap) * thick + c)
                }
            }
        }
    }

    /// One plane with margins for each thin channel.
    private func layOut(_ field: UnsafePointer<Float>, _ planes: UnsafeMutablePointer<Float>) {
        for t in 0..<thin {
            for row in 0..<(margin.top + thinGrid.y + margin.bottom) {
                let target = planes + t * planeSize + row * planeRow
                guard let i = shape.mode.source(row - margin.top, of: thinGrid.y) else {
                    target.update(repeating: 0, count: planeRow)
                    continue
                }
                let source = field + i * thinGrid.x * thin + t
                for j in 0..<thinGrid.x { target[margin.left + j] = source[j * thin] }
                func fill(_ column: Int) {
                    target[column] = shape.mode.source(column - margin.left, of: thinGrid.x).map { source[$0 * thin] } ?? 0
                }
                for column in 0..<margin.left { fill(column) }
                for column in (margin.left + thinGrid.x)..<planeRow { fill(column) }
            }
        }
    }
}

// MARK: - Thin to thick

extension ThinConvolution {
    /// `y[i, j, c] (+)= bias[c] + sum over t, tap of w[t, tap, c] plane[t, i s + dy, j s + dx]`.
    private func spread(
        _ accumulates: Bool, _ planes: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ workers: Workers
    ) {
        let zeros = Storage<Float>(count: thick)
        zeros.pointer.update(repeating: 0, count: thick)
        // Invariant of the workers: each writes its own rows.
        nonisolated(unsafe) let (planes, packed, base, y) = (planes, packed, bias ?? UnsafePointer(zeros.pointer), y)
        workers.run(parts: thickGrid.y, cost: thickGrid.x * thick * thin) { rows in
            planeOffsets.withUnsafeBufferPointer { offsets in
                for i in rows {
                    var loads = accumulates
                    var start = base
                    for t in 0..<thin {
                        for first in Swift.stride(from: 0, to: offsets.count, by: ThinConvolution.block) {
                            spreadRow(
                                planes + t * planeSize + i * stride.y * planeRow, offsets.baseAddress! + first,
                                packed + (t * offsets.count + first) * thick, start, loads, y + i * thickGrid.x * thick)
                            (loads, start) = (true, UnsafePointer(zeros.pointer))
                        }
                    }
                }
            }
        }
    }

    private func spreadRow(
        _ plane: UnsafePointer<Float>, _ offsets: UnsafePointer<Int>, _ w: UnsafePointer<Float>, _ base: UnsafePointer<Float>,
        _ loads: Bool, _ y: UnsafeMutablePointer<Float>
    ) {
        var c = 0
        func advance<V: FloatVector>(_ type: V.Type) {
            while c + V.scalarCount <= thick {
                let w0 = V.load(w + c)
                let w1 = V.load(w + thick + c)
                let w2 = V.load(w + 2 * thick + c)
                let w3 = V.load(w + 3 * thick + c)
                let w4 = V.load(w + 4 * thick + c)
                let w5 = V.load(w + 5 * thick + c)
                let w6 = V.load(w + 6 * thick + c)
                let w7 = V.load(w + 7 * thick + c)
                let w8 = V.load(w + 8 * thick + c)
                let (o0, o1, o2, o3, o4) = (offsets[0], offsets[1], offsets[2], offsets[3], offsets[4])
                let (o5, o6, o7, o8) = (offsets[5], offsets[6], offsets[7], offsets[8])
                let start = V.load(base + c)
                var point = plane
                var target = y + c
                for _ in 0..<thickGrid.x {
                    var sum = loads ? start + V.load(UnsafePointer(target)) : start
                    sum = sum.addingProduct(w0, V(repeating: point[o0]))
                    sum = sum.addingProduct(w1, V(repeating: point[o1]))
                    sum = sum.addingProduct(w2, V(repeating: point[o2]))
                    sum = sum.addingProduct(w3, V(repeating: point[o3]))
                    sum = sum.addingProduct(w4, V(repeating: point[o4]))
                    sum = sum.addingProduct(w5, V(repeating: point[o5]))
                    sum = sum.addingProduct(w6, V(repeating: point[o6]))
                    sum = sum.addingProduct(w7, V(repeating: point[o7]))
                    sum = sum.addingProduct(w8, V(repeating: point[o8]))
                    UnsafeMutableRawPointer(target).storeBytes(of: sum, as: V.self)
                    point += stride.x
                    target += thick
                }
                c += V.scalarCount
            }
        }
        advance(SIMD16<Float>.self)
        advance(SIMD8<Float>.self)
        advance(SIMD4<Float>.self)
    }
}

// MARK: - Both to weights

extension ThinConvolution {
    /// `w[t, tap, c] += sum over i, j of thick[i, j, c] plane[t, i s + dy, j s + dx]`, row sums first (fewer roundings).
    private func correlate(_ field: UnsafePointer<Float>, _ planes: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>) {
        planeOffsets.withUnsafeBufferPointer { offsets in
            for i in 0..<thickGrid.y {
                for t in 0..<thin {
                    for first in Swift.stride(from: 0, to: offsets.count, by: ThinConvolution.block) {
                        correlateRow(
                            field + i * thickGrid.x * thick, planes + t * planeSize + i * stride.y * planeRow,
                            offsets.baseAddress! + first, packed + (t * offsets.count + first) * thick)
                    }
                }
            }
        }
    }

    private func correlateRow(
        _ row: UnsafePointer<Float>, _ plane: UnsafePointer<Float>, _ offsets: UnsafePointer<Int>, _ w: UnsafeMutablePointer<Float>
    ) {
        var c = 0
        func advance<V: FloatVector>(_ type: V.Type) {
            while c + V.scalarCount <= thick {
                var (s0, s1, s2, s3, s4, s5, s6, s7, s8) = (V(), V(), V(), V(), V(), V(), V(), V(), V())
                let (o0, o1, o2, o3, o4) = (offsets[0], offsets[1], offsets[2], offsets[3], offsets[4])
                let (o5, o6, o7, o8) = (offsets[5], offsets[6], offsets[7], offsets[8])
                var point = plane
                var source = row + c
                for _ in 0..<thickGrid.x {
                    let v = V.load(source)
                    s0 = s0.addingProduct(v, V(repeating: point[o0]))
                    s1 = s1.addingProduct(v, V(repeating: point[o1]))
                    s2 = s2.addingProduct(v, V(repeating: point[o2]))
                    s3 = s3.addingProduct(v, V(repeating: point[o3]))
                    s4 = s4.addingProduct(v, V(repeating: point[o4]))
                    s5 = s5.addingProduct(v, V(repeating: point[o5]))
                    s6 = s6.addingProduct(v, V(repeating: point[o6]))
                    s7 = s7.addingProduct(v, V(repeating: point[o7]))
                    s8 = s8.addingProduct(v, V(repeating: point[o8]))
                    point += stride.x
                    source += thick
                }
                func add(_ sum: V, _ tap: Int) {
                    let target = w + tap * thick + c
                    UnsafeMutableRawPointer(target).storeBytes(of: V.load(UnsafePointer(target)) + sum, as: V.self)
                }
                add(s0, 0)
                add(s1, 1)
                add(s2, 2)
                add(s3, 3)
                add(s4, 4)
                add(s5, 5)
                add(s6, 6)
                add(s7, 7)
                add(s8, 8)
                c += V.scalarCount
            }
        }
        advance(SIMD16<Float>.self)
        advance(SIMD8<Float>.self)
        advance(SIMD4<Float>.self)
    }
}
