extension Kernels {
    /// The mean of every window of some lines of the pooled field, points added row by row.
    @specialized(where E == Float)
    @specialized(where E == Double)
    package static func averagePool<E: Scalar>(
        _ pooling: Pooling, _ shape: [Int], lines: Range<Int>, _ x: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>
    ) {
        let (height, width, channels) = (shape[1] / pooling.window.y, shape[2] / pooling.window.x, shape[3])
        let scale = 1 / E(pooling.window.y * pooling.window.x)
        for row in lines {
            let top = row / height * shape[1] + row % height * pooling.window.y
            for column in 0..<width {
                let source = x + (top * shape[2] + column * pooling.window.x) * channels
                let target = y + (row * width + column) * channels
                var c = 0
                func advance<V: SIMD>(_ type: V.Type) where V.Scalar == E {
                    while c + V.scalarCount <= channels {
                        var sum = V()
                        for p in 0..<pooling.window.y {
                            for q in 0..<pooling.window.x {
                                sum += UnsafeRawPointer(source + (p * shape[2] + q) * channels + c).loadUnaligned(as: V.self)
                            }
                        }
                        UnsafeMutableRawPointer(target + c).storeBytes(of: sum * scale, as: V.self)
                        c += V.scalarCount
                    }
                }
                advance(SIMD16<E>.self)
                advance(SIMD8<E>.self)
                while c < channels {
                    var sum: E = 0
                    for p in 0..<pooling.window.y {
                        for q in 0..<pooling.window.x { sum += source[(p * shape[2] + q) * channels + c] }
                    }
                    target[c] = sum * scale
                    c += 1
                }
            }
        }
    }

    /// The adjoint of `averagePool`, for some lines of the field `x`.
    @specialized(where E == Float)
    @specialized(where E == Double)
    package static func averagePoolAdjoint<E: Scalar>(
        _ pooling: Pooling, _ shape: [Int], lines: Range<Int>, _ g: UnsafePointer<E>, _ x: UnsafeMutablePointer<E>
    ) {
        let (height, width, channels) = (shape[1] / pooling.window.y, shape[2] / pooling.window.x, shape[3])
        let scale = 1 / E(pooling.window.y * pooling.window.x)
        for line in lines {
            let target = x + line * shape[2] * channels
            let row = line % shape[1] / pooling.window.y
            guard row < height else {
                target.update(repeating: 0, count: shape[2] * channels)
                continue
            }
            let source = g + (line / shape[1] * height + row) * width * channels
            for column in 0..<width {
                for q in 0..<pooling.window.x {
                    let point = target + (column * pooling.window.x + q) * channels
                    for c in 0..<channels { point[c] = source[column * channels + c] * scale }
                }
            }
            let rest = width * pooling.window.x
            (target + rest * channels).update(repeating: 0, count: (shape[2] - rest) * channels)
        }
    }

    /// `y[window] = values[place of the first maximum of x in the window]`, channel by channel, for the windows of some lines of the pooled field; a NaN
    /// counts as the maximum.
    @specialized(where E == Float)
    @specialized(where E == Double)
    package static func selectMaximum<E: Scalar>(
        _ pooling: Pooling, _ shape: [Int], lines: Range<Int>, _ x: UnsafePointer<E>, _ values: UnsafePointer<E>,
        _ y: UnsafeMutablePointer<E>
    ) {
        guard E.self == Float.self, shape[3] >= 8 else {
            return forEachWindow(pooling, shape, lines) { first, output in
                for c in 0..<shape[3] { y[output + c] = values[placeOfMaximum(pooling, shape, x, first + c)] }
            }
        }
        let (x, values, y) = (floats(x), floats(values), floats(y))
        forEachWindow(pooling, shape, lines) { first, output in
            @inline(__always)
            func advance<V: ChoosingVector>(_ type: V.Type, _ c: Int) {
                let (x, values) = (x + first + c, values + first + c)
                var (best, value) = (V.load(x), V.load(values))
                forEachPoint(pooling, shape) { _, distance in
                    let other = V.load(x + distance)
                    value = V.whereLarger(best, other, value, V.load(values + distance))
                    best = V.whereLarger(best, other, best, other)
                }
                Tensors.store(value, y + output + c)
            }
            Tensors.forEachVector(shape[3], { advance(SIMD16<Float>.self, $0) }, { first, _ in advance(SIMD8<Float>.self, first) })
        }
    }

    /// `y[place of the first maximum of x in the window] = g[window]` for the windows of some lines of the pooled field; the rest of `y` stays.
    @specialized(where E == Float)
    @specialized(where E == Double)
    package static func placeMaximum<E: Scalar>(
        _ pooling: Pooling, _ shape: [Int], lines: Range<Int>, _ x: UnsafePointer<E>, _ g: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>
    ) {
        guard E.self == Float.self, shape[3] >= 8 else {
            return forEachWindow(pooling, shape, lines) { first, output in
                for c in 0..<shape[3] { y[placeOfMaximum(pooling, shape, x, first + c)] = g[output + c] }
            }
        }
        let (x, g, y) = (floats(x), floats(g), floats(y))
        forEachWindow(pooling, shape, lines) { first, output in
            @inline(__always)
            func advance<V: ChoosingVector>(_ type: V.Type, _ c: Int) {
                let (x, y) = (x + first + c, y + first + c)
                var (best, place) = (V.load(x), V())
                forEachPoint(pooling, shape) { number, distance in
                    let other = V.load(x + distance)
                    place = V.whereLarger(best, other, place, V(repeating: Float(number)))
                    best = V.whereLarger(best, other, best, other)
                }
                let gradient = V.load(g + output + c)
                forEachPoint(pooling, shape) { number, distance in
                    let rest = V.load(y + distance)
                    Tensors.store(V.whereEqual(place, V(repeating: Float(number)), rest, gradient), y + distance)
                }
            }
            Tensors.forEachVector(shape[3], { advance(SIMD16<Float>.self, $0) }, { first, _ in advance(SIMD8<Float>.self, first) })
        }
    }

    /// The offset of the first maximum of one channel in the window that begins at `first`.
    @inline(__always)
    private static func placeOfMaximum<E: Scalar>(_ pooling: Pooling, _ shape: [Int], _ x: UnsafePointer<E>, _ first: Int) -> Int {
        var place = first
        forEachPoint(pooling, shape) { _, distance in
            let other = x[first + distance]
            if other > x[place] || (other.isNaN && !x[place].isNaN) { place = first + distance }
        }
        return place
    }

    /// Calls `body` with the number of every point of a window, row by row, and its distance from the first one.
    @inline(__always)
    private static func forEachPoint(_ pooling: Pooling, _ shape: [Int], _ body: (_ number: Int, _ distance: Int) -> Void) {
        for p in 0..<pooling.window.y {
            for q in 0..<pooling.window.x { body(p * pooling.window.x + q, (p * shape[2] + q) * shape[3]) }
        }
    }

    /// Calls `body` with the offsets of the first point of every window and of its output point.
    @inline(__always)
    private static func forEachWindow(_ pooling: Pooling, _ shape: [Int], _ lines: Range<Int>, _ body: (Int, Int) -> Void) {
        let (height, width) = (shape[1] / pooling.window.y, shape[2] / pooling.window.x)
        for row in lines {
            let top = row / height * shape[1] + row % height * pooling.window.y
            for column in 0..<width {
                body((top * shape[2] + column * pooling.window.x) * shape[3], (row * width + column) * shape[3])
            }
        }
    }
}
