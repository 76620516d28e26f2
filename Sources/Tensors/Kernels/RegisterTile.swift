/// A run of at most 48 neighbouring numbers of a row in up to three vectors, each of 16 or 8.
protocol VectorRow {
    /// Numbers of the run in units of 8.
    static var halves: Int { get }
    static var zero: Self { get }
    /// The run from memory.
    static func load(_ source: UnsafePointer<Float>) -> Self
    /// `self += b a`.
    mutating func add(_ b: Self, times a: Float)
    /// Writes the run, of its last 8 numbers only `lanes`, plus what lies `addend` numbers further, if any.
    func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, adding addend: Int?)
}

/// One vector of 8 or 16.
struct VectorRow1<V: FloatVector>: VectorRow {
    private var a: V
    @inline(__always) static var halves: Int { V.scalarCount / 8 }
    @inline(__always) init(_ a: V) { self.a = a }
    @inline(__always) static var zero: Self { Self(V()) }
    @inline(__always) static func load(_ source: UnsafePointer<Float>) -> Self { Self(V.load(source)) }
    @inline(__always) mutating func add(_ row: Self, times factor: Float) { a = a.addingProduct(row.a, V(repeating: factor)) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, adding addend: Int?) {
        a.store(target, lanes: V.scalarCount - 8 + lanes, adding: addend)
    }
}

/// One vector of 8 or 16 before another run.
struct VectorBefore<V: FloatVector, Rest: VectorRow>: VectorRow {
    private var a: V
    private var rest: Rest
    @inline(__always) static var halves: Int { V.scalarCount / 8 + Rest.halves }
    @inline(__always) static var zero: Self { Self(a: V(), rest: Rest.zero) }
    @inline(__always) static func load(_ source: UnsafePointer<Float>) -> Self {
        Self(a: V.load(source), rest: Rest.load(source + V.scalarCount))
    }
    @inline(__always) mutating func add(_ row: Self, times factor: Float) {
        a = a.addingProduct(row.a, V(repeating: factor))
        rest.add(row.rest, times: factor)
    }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, adding addend: Int?) {
        a.store(target, lanes: V.scalarCount, adding: addend)
        rest.store(target + V.scalarCount, lanes: lanes, adding: addend)
    }
}

/// Runs by their number of halves.
typealias HalfRow = VectorRow1<SIMD8<Float>>
typealias VectorRow2 = VectorRow1<SIMD16<Float>>
// Products with 24 columns are 5 % slower with one of 16 and one of 8: every other row begins in the middle of a line, which the first then crosses.
typealias VectorRow3 = VectorBefore<SIMD8<Float>, VectorBefore<SIMD8<Float>, HalfRow>>
typealias VectorRow4 = VectorBefore<SIMD16<Float>, VectorRow2>
typealias VectorRow5 = VectorBefore<SIMD16<Float>, VectorBefore<SIMD16<Float>, HalfRow>>
typealias VectorRow6 = VectorBefore<SIMD16<Float>, VectorRow4>

/// A fixed number of rows of sums that stay in registers: the size is part of the type, so that loops over them are unrolled.
protocol RegisterTile: SendableMetatype {
    associatedtype Row: VectorRow
    static var rows: Int { get }
    static var zero: Self { get }
    /// Adds `b a[i step]` to row `i`.
    mutating func add(_ b: Row, times a: UnsafePointer<Float>, step: Int)
    /// Writes row `i` to `target + i stride`, plus what lies `addend` numbers further, if any.
    func store(_ target: UnsafeMutablePointer<Float>, stride: Int, lanes: Int, adding addend: Int?)
}

/// One row.
struct SingleRow<Row: VectorRow>: RegisterTile {
    private var row: Row
    @inline(__always) static var rows: Int { 1 }
    @inline(__always) static var zero: Self { Self(row: Row.zero) }
    @inline(__always) mutating func add(_ b: Row, times a: UnsafePointer<Float>, step: Int) { row.add(b, times: a[0]) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int, lanes: Int, adding addend: Int?) {
        row.store(target, lanes: lanes, adding: addend)
    }
}

/// Twice the rows of another tile.
struct DoubledRows<Half: RegisterTile>: RegisterTile {
    typealias Row = Half.Row
    private var first: Half
    private var second: Half
    @inline(__always) static var rows: Int { 2 * Half.rows }
    @inline(__always) static var zero: Self { Self(first: Half.zero, second: Half.zero) }
    @inline(__always) mutating func add(_ b: Row, times a: UnsafePointer<Float>, step: Int) {
        first.add(b, times: a, step: step)
        second.add(b, times: a + Half.rows * step, step: step)
    }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int, lanes: Int, adding addend: Int?) {
        first.store(target, stride: stride, lanes: lanes, adding: addend)
        second.store(target + Half.rows * stride, stride: stride, lanes: lanes, adding: addend)
    }
}

typealias TwoRows<Row: VectorRow> = DoubledRows<SingleRow<Row>>
typealias FourRows<Row: VectorRow> = DoubledRows<TwoRows<Row>>
typealias EightRows<Row: VectorRow> = DoubledRows<FourRows<Row>>

extension Kernels {
    /// Calls `body` with the place of every vector of `count` numbers and its number of lanes, 16 save for the last one.
    @inline(__always)
    static func forEachVector(_ count: Int, _ body: (Int, Int) -> Void) {
        let whole = count & ~15
        var i = 0
        while i < whole {
            body(i, 16)
            i += 16
        }
        if whole < count { body(whole, count - whole) }
    }
}

extension FloatVector {
    @inline(__always)
    static func load(_ source: UnsafePointer<Float>) -> Self { UnsafeRawPointer(source).loadUnaligned(as: Self.self) }

    /// The first `lanes` lanes from memory, zeros in the others.
    @inline(__always)
    static func load(_ source: UnsafePointer<Float>, lanes: Int) -> Self {
        if lanes == scalarCount { return load(source) }
        var v = Self()
        for lane in 0..<lanes { v[lane] = source[lane] }
        return v
    }

    /// Writes the first `lanes` lanes, or adds them to what is there.
    @inline(__always)
    func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool) {
        store(target, lanes: lanes, adding: accumulate ? 0 : nil)
    }

    /// Writes the first `lanes` lanes, plus what lies `addend` numbers further, if any.
    @inline(__always)
    func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, adding addend: Int?) {
        if lanes == Self.scalarCount {
            let result = addend.map { Self.load(target + $0) + self } ?? self
            UnsafeMutableRawPointer(target).storeBytes(of: result, as: Self.self)
        } else if lanes == 4, Self.scalarCount == 8 {
            // What remains of 20 or 36 channels: half a register, without the way through memory.
            let low = unsafeBitCast(self, to: SIMD8<Float>.self).lowHalf
            let result = addend.map { SIMD4<Float>.load(target + $0) + low } ?? low
            UnsafeMutableRawPointer(target).storeBytes(of: result, as: SIMD4<Float>.self)
        } else {
            // In pieces of 8, 4, 2 and 1 from a copy in memory.
            var copy = self
            withUnsafeMutableBytes(of: &copy) { bytes in
                let values = bytes.baseAddress!.assumingMemoryBound(to: Float.self)
                var place = 0
                @inline(__always)
                func move<Piece: FloatVector>(_ piece: Piece.Type) {
                    let value = Piece.load(values + place)
                    let result = addend.map { Piece.load(target + place + $0) + value } ?? value
                    UnsafeMutableRawPointer(target + place).storeBytes(of: result, as: Piece.self)
                    place += Piece.scalarCount
                }
                if lanes & 8 != 0 { move(SIMD8<Float>.self) }
                if lanes & 4 != 0 { move(SIMD4<Float>.self) }
                if lanes & 2 != 0 { move(SIMD2<Float>.self) }
                if lanes & 1 != 0 { target[place] = addend.map { target[place + $0] + values[place] } ?? values[place] }
            }
        }
    }
}
