/// Channels that a symmetry exchanges in pairs: of every four in a row, the first two with the last two.
///
/// A linear map that commutes with the exchange acts on sums and differences of the pairs separately, which halves its products (the first step of a
/// Fourier transform on a group: half a turn commutes with the symmetries of a square). Fields `[row, 4 q]` become two planes `[row, 2 q]`,
/// `even = first + second` and `odd = first - second`; maps are scaled so that a field is `even + odd`, `even - odd` of the planes they give.
extension Kernels {
    /// Planes of a field of `2 count` numbers.
    package static func splitPairs<T: Scalar>(
        count: Int, _ x: UnsafePointer<T>, even: UnsafeMutablePointer<T>, odd: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self { return splitPairs(count, floats(x), floats(even), floats(odd)) }
        for i in 0..<count {
            let (first, second) = (x[pair(i).first], x[pair(i).second])
            (even[i], odd[i]) = (first + second, first - second)
        }
    }

    /// The field of two planes of `count` numbers: the adjoint of `splitPairs`.
    package static func mergePairs<T: Scalar>(
        count: Int, even: UnsafePointer<T>, odd: UnsafePointer<T>, _ x: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self { return mergePairs(count, floats(even), floats(odd), floats(x)) }
        for i in 0..<count { (x[pair(i).first], x[pair(i).second]) = (even[i] + odd[i], even[i] - odd[i]) }
    }

    /// The planes of `GELU(field + bias)`, in place of those of the field; the bias is the same for both of a pair.
    package static func pairedGELU<T: Scalar>(
        rows: Int, columns: Int, even: UnsafeMutablePointer<T>, odd: UnsafeMutablePointer<T>, bias: UnsafePointer<T>
    ) {
        if T.self == Float.self { return pairedGELU(rows, columns, floats(even), floats(odd), floats(bias)) }
        for i in 0..<(rows * columns) {
            let e = even[i] + bias[i % columns]
            let (first, second) = (scalarGELU(e + odd[i]), scalarGELU(e - odd[i]))
            (even[i], odd[i]) = (first + second, first - second)
        }
    }

    /// `pairedGELU`, and its adjoint on planes of a gradient, in place.
    package static func pairedGELUWithGradient<T: Scalar>(
        rows: Int, columns: Int, even: UnsafeMutablePointer<T>, odd: UnsafeMutablePointer<T>, bias: UnsafePointer<T>,
        gEven: UnsafeMutablePointer<T>, gOdd: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            return pairedGELUWithGradient(rows, columns, floats(even), floats(odd), floats(bias), floats(gEven), floats(gOdd))
        }
        for i in 0..<(rows * columns) {
            let e = even[i] + bias[i % columns]
            let (first, second) = (scalarGELUWithDerivative(e + odd[i]), scalarGELUWithDerivative(e - odd[i]))
            let (g1, g2) = ((gEven[i] + gOdd[i]) * first.derivative, (gEven[i] - gOdd[i]) * second.derivative)
            (even[i], odd[i]) = (first.value + second.value, first.value - second.value)
            (gEven[i], gOdd[i]) = (g1 + g2, g1 - g2)
        }
    }

    /// The field `f(planes + bias)`, `f` GELU or the identity.
    package static func mergedGELU<T: Scalar>(
        rows: Int, columns: Int, even: UnsafePointer<T>, odd: UnsafePointer<T>, bias: UnsafePointer<T>, gelu: Bool,
        _ y: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            return mergedGELU(rows, columns, floats(even), floats(odd), floats(bias), gelu: gelu, floats(y))
        }
        for i in 0..<(rows * columns) {
            let e = even[i] + bias[i % columns]
            let (first, second) = (e + odd[i], e - odd[i])
            (y[pair(i).first], y[pair(i).second]) = gelu ? (scalarGELU(first), scalarGELU(second)) : (first, second)
        }
    }

    /// The adjoint of `mergedGELU` with GELU: planes of the gradient before the bias from the gradient of the field.
    package static func mergedGELUGradient<T: Scalar>(
        rows: Int, columns: Int, even: UnsafePointer<T>, odd: UnsafePointer<T>, bias: UnsafePointer<T>, _ gy: UnsafePointer<T>,
        gEven: UnsafeMutablePointer<T>, gOdd: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            return mergedGELUGradient(rows, columns, floats(even), floats(odd), floats(bias), floats(gy), floats(gEven), floats(gOdd))
        }
        for i in 0..<(rows * columns) {
            let e = even[i] + bias[i % columns]
            let g1 = gy[pair(i).first] * scalarGELUWithDerivative(e + odd[i]).derivative
            let g2 = gy[pair(i).second] * scalarGELUWithDerivative(e - odd[i]).derivative
            (gEven[i], gOdd[i]) = (g1 + g2, g1 - g2)
        }
    }

    /// Places in the field of what is number `i` of a plane.
    @inline(__always)
    private static func pair(_ i: Int) -> (first: Int, second: Int) { (2 * i - i % 2, 2 * i - i % 2 + 2) }
}

// In single precision. (Not generic, with the arithmetic in functions of their own: closures of generic functions are not inlined.)
extension Kernels {
    private static func splitPairs(
        _ count: Int, _ x: UnsafePointer<Float>, _ even: UnsafeMutablePointer<Float>, _ odd: UnsafeMutablePointer<Float>
    ) {
        forEachVector(count) { i, lanes in
            let (first, second) = loadPairs(x + 2 * i, lanes)
            store(first, second, even + i, odd + i, lanes)
        }
    }

    private static func mergePairs(
        _ count: Int, _ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Float>
    ) {
        forEachVector(count) { i, lanes in
            let (e, o) = (Vector.load(even + i, lanes: lanes), Vector.load(odd + i, lanes: lanes))
            storePairs(e + o, e - o, x + 2 * i, lanes)
        }
    }

    private static func pairedGELU(
        _ rows: Int, _ columns: Int, _ even: UnsafeMutablePointer<Float>, _ odd: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>
    ) {
        forEachBlock(rows, columns) { place, rows, _ in
            let (count, even, odd) = (rows * columns, even + place, odd + place)
            addBias(rows, columns, even, odd, bias, even, odd)
            applyGELU(count, even)
            applyGELU(count, odd)
            exchange(count, even, odd, even, odd)
        }
    }

    private static func pairedGELUWithGradient(
        _ rows: Int, _ columns: Int, _ even: UnsafeMutablePointer<Float>, _ odd: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>,
        _ gEven: UnsafeMutablePointer<Float>, _ gOdd: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(rows, columns) { place, rows, _ in
            let (count, even, odd, gEven, gOdd) = (rows * columns, even + place, odd + place, gEven + place, gOdd + place)
            addBias(rows, columns, even, odd, bias, even, odd)
            exchange(count, gEven, gOdd, gEven, gOdd)
            applyGELUWithGradient(count, even, gEven)
            applyGELUWithGradient(count, odd, gOdd)
            exchange(count, even, odd, even, odd)
            exchange(count, gEven, gOdd, gEven, gOdd)
        }
    }

    private static func mergedGELU(
        _ rows: Int, _ columns: Int, _ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
        gelu: Bool, _ y: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(rows, columns) { place, rows, scratch in
            let (count, first, second) = (rows * columns, scratch, scratch + rows * columns)
            addBias(rows, columns, even + place, odd + place, bias, first, second)
            // Both at once: they lie one after the other.
            if gelu { applyGELU(2 * count, first) }
            forEachVector(count) { i, lanes in
                storePairs(Vector.load(first + i, lanes: lanes), Vector.load(second + i, lanes: lanes), y + 2 * (place + i), lanes)
            }
        }
    }

    private static func mergedGELUGradient(
        _ rows: Int, _ columns: Int, _ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
        _ gy: UnsafePointer<Float>, _ gEven: UnsafeMutablePointer<Float>, _ gOdd: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(rows, columns) { place, rows, scratch in
            let (count, first, second) = (rows * columns, scratch, scratch + rows * columns)
            let (gEven, gOdd) = (gEven + place, gOdd + place)
            addBias(rows, columns, even + place, odd + place, bias, first, second)
            forEachVector(count) { i, lanes in
                let (g1, g2) = loadPairs(gy + 2 * (place + i), lanes)
                g1.store(gEven + i, lanes: lanes, accumulate: false)
                g2.store(gOdd + i, lanes: lanes, accumulate: false)
            }
            applyGELUWithGradient(count, first, gEven)
            applyGELUWithGradient(count, second, gOdd)
            exchange(count, gEven, gOdd, gEven, gOdd)
        }
    }

    /// `body` for blocks of rows that stay in the first-level cache: their place in a plane, their number, and scratch memory for two planes.
    ///
    /// One simple pass after the other over such a block is faster than one that does everything: a loop with two GELUs calls them.
    @inline(__always)
    private static func forEachBlock(_ rows: Int, _ columns: Int, _ body: (Int, Int, UnsafeMutablePointer<Float>) -> Void) {
        let block = max(1, 1024 / columns)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * block * columns) { scratch in
            for start in stride(from: 0, to: rows, by: block) {
                body(start * columns, min(block, rows - start), scratch.baseAddress!)
            }
        }
    }

    /// Both members of pairs from the planes of their sums and differences, with the bias.
    private static func addBias(
        _ rows: Int, _ columns: Int, _ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
        _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>
    ) {
        forEachVector(rows: rows, columns: columns, bias) { i, lanes, bias in
            store(Vector.load(even + i, lanes: lanes) + bias, Vector.load(odd + i, lanes: lanes), first + i, second + i, lanes)
        }
    }

    /// Sums and differences of two planes.
    private static func exchange(
        _ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>,
        _ difference: UnsafeMutablePointer<Float>
    ) {
        forEachVector(count) { i, lanes in
            store(Vector.load(a + i, lanes: lanes), Vector.load(b + i, lanes: lanes), sum + i, difference + i, lanes)
        }
    }

    private static func applyGELU(_ count: Int, _ z: UnsafeMutablePointer<Float>) {
        @inline(__always)
        func step(_ z: Vector) -> Vector { vectorGELU(z) }
        forEachVector(count) { i, lanes in step(Vector.load(z + i, lanes: lanes)).store(z + i, lanes: lanes, accumulate: false) }
    }

    /// Replaces `z` by its GELU and `g` by `g GELU'(z)`.
    private static func applyGELUWithGradient(_ count: Int, _ z: UnsafeMutablePointer<Float>, _ g: UnsafeMutablePointer<Float>) {
        @inline(__always)
        func step(_ z: Vector, _ g: Vector) -> (Vector, Vector) {
            let gelu = vectorGELUWithDerivative(z)
            return (gelu.value, g * gelu.derivative)
        }
        forEachVector(count) { i, lanes in
            let (h, gz) = step(Vector.load(z + i, lanes: lanes), Vector.load(g + i, lanes: lanes))
            h.store(z + i, lanes: lanes, accumulate: false)
            gz.store(g + i, lanes: lanes, accumulate: false)
        }
    }

    /// Sums and differences of pairs into their planes.
    @inline(__always)
    private static func store(
        _ first: Vector, _ second: Vector, _ even: UnsafeMutablePointer<Float>, _ odd: UnsafeMutablePointer<Float>, _ lanes: Int
    ) {
        (first + second).store(even, lanes: lanes, accumulate: false)
        (first - second).store(odd, lanes: lanes, accumulate: false)
    }

    /// Both members of the pairs at `2 lanes` numbers.
    @inline(__always)
    private static func loadPairs(_ x: UnsafePointer<Float>, _ lanes: Int) -> (Vector, Vector) {
        if lanes == 16 {
            // Two numbers that stay side by side move as one of 64 bits.
            let all = SIMD16<Double>(
                lowHalf: UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Double>.self),
                highHalf: UnsafeRawPointer(x + 16).loadUnaligned(as: SIMD8<Double>.self))
            return (unsafeBitCast(all.evenHalf, to: Vector.self), unsafeBitCast(all.oddHalf, to: Vector.self))
        }
        var (first, second) = (Vector(), Vector())
        for i in 0..<lanes { (first[i], second[i]) = (x[pair(i).first], x[pair(i).second]) }
        return (first, second)
    }

    @inline(__always)
    private static func storePairs(_ first: Vector, _ second: Vector, _ x: UnsafeMutablePointer<Float>, _ lanes: Int) {
        if lanes == 16 {
            var all = SIMD16<Double>()
            all.evenHalf = unsafeBitCast(first, to: SIMD8<Double>.self)
            all.oddHalf = unsafeBitCast(second, to: SIMD8<Double>.self)
            UnsafeMutableRawPointer(x).storeBytes(of: all.lowHalf, as: SIMD8<Double>.self)
            UnsafeMutableRawPointer(x + 16).storeBytes(of: all.highHalf, as: SIMD8<Double>.self)
            return
        }
        for i in 0..<lanes { (x[pair(i).first], x[pair(i).second]) = (first[i], second[i]) }
    }
}
