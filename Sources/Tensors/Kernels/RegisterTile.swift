/// One to three vectors of neighbouring numbers of a row.
protocol VectorRow {
    /// Number of vectors.
    static var vectors: Int { get }
    static var zero: Self { get }
    /// All lanes from memory.
    static func load(_ source: UnsafePointer<Float>) -> Self
    /// `self += b a`.
    mutating func add(_ b: Self, times a: Float)
    /// Writes all lanes, of the last vector only `lanes`; adds to what is there if accumulating.
    func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool)
}

struct VectorRow1: VectorRow {
    var a: Vector
    @inline(__always) static var vectors: Int { 1 }
    @inline(__always) static var zero: Self { Self(a: Vector()) }
    @inline(__always) static func load(_ source: UnsafePointer<Float>) -> Self { Self(a: Vector.load(source)) }
    @inline(__always) mutating func add(_ b: Self, times factor: Float) { a = a.addingProduct(b.a, Vector(repeating: factor)) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool) {
        a.store(target, lanes: lanes, accumulate: accumulate)
    }
}

struct VectorRow2: VectorRow {
    var a: Vector
    var b: Vector
    @inline(__always) static var vectors: Int { 2 }
    @inline(__always) static var zero: Self { Self(a: Vector(), b: Vector()) }
    @inline(__always) static func load(_ source: UnsafePointer<Float>) -> Self {
        Self(a: Vector.load(source), b: Vector.load(source + 16))
    }
    @inline(__always) mutating func add(_ row: Self, times factor: Float) {
        let f = Vector(repeating: factor)
        a = a.addingProduct(row.a, f)
        b = b.addingProduct(row.b, f)
    }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool) {
        a.store(target, lanes: 16, accumulate: accumulate)
        b.store(target + 16, lanes: lanes, accumulate: accumulate)
    }
}

struct VectorRow3: VectorRow {
    var a: Vector
    var b: Vector
    var c: Vector
    @inline(__always) static var vectors: Int { 3 }
    @inline(__always) static var zero: Self { Self(a: Vector(), b: Vector(), c: Vector()) }
    @inline(__always) static func load(_ source: UnsafePointer<Float>) -> Self {
        Self(a: Vector.load(source), b: Vector.load(source + 16), c: Vector.load(source + 32))
    }
    @inline(__always) mutating func add(_ row: Self, times factor: Float) {
        let f = Vector(repeating: factor)
        a = a.addingProduct(row.a, f)
        b = b.addingProduct(row.b, f)
        c = c.addingProduct(row.c, f)
    }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool) {
        a.store(target, lanes: 16, accumulate: accumulate)
        b.store(target + 16, lanes: 16, accumulate: accumulate)
        c.store(target + 32, lanes: lanes, accumulate: accumulate)
    }
}

/// A fixed number of rows of sums that stay in registers: the size is part of the type, so that loops over them are unrolled.
protocol RegisterTile {
    associatedtype Row: VectorRow
    static var rows: Int { get }
    static var zero: Self { get }
    /// Adds `b a[i step]` to row `i`.
    mutating func add(_ b: Row, times a: UnsafePointer<Float>, step: Int)
    /// Writes row `i` to `target + i stride`.
    func store(_ target: UnsafeMutablePointer<Float>, stride: Int, lanes: Int, accumulate: Bool)
}

/// One row.
struct SingleRow<Row: VectorRow>: RegisterTile {
    private var row: Row
    @inline(__always) static var rows: Int { 1 }
    @inline(__always) static var zero: Self { Self(row: Row.zero) }
    @inline(__always) mutating func add(_ b: Row, times a: UnsafePointer<Float>, step: Int) { row.add(b, times: a[0]) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int, lanes: Int, accumulate: Bool) {
        row.store(target, lanes: lanes, accumulate: accumulate)
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
    @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int, lanes: Int, accumulate: Bool) {
        first.store(target, stride: stride, lanes: lanes, accumulate: accumulate)
        second.store(target + Half.rows * stride, stride: stride, lanes: lanes, accumulate: accumulate)
    }
}

typealias TwoRows<Row: VectorRow> = DoubledRows<SingleRow<Row>>
typealias FourRows<Row: VectorRow> = DoubledRows<TwoRows<Row>>
typealias EightRows<Row: VectorRow> = DoubledRows<FourRows<Row>>

extension SIMD16<Float> {
    @inline(__always)
    static func load(_ source: UnsafePointer<Float>) -> Self { UnsafeRawPointer(source).loadUnaligned(as: Self.self) }

    /// The first `lanes` lanes from memory, zeros in the others.
    @inline(__always)
    static func load(_ source: UnsafePointer<Float>, lanes: Int) -> Self {
        if lanes == 16 { return load(source) }
        var v = SIMD16()
        for lane in 0..<lanes { v[lane] = source[lane] }
        return v
    }

    /// Writes the first `lanes` lanes, or adds them to what is there.
    @inline(__always)
    func store(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool) {
        if lanes == 16 {
            let result = accumulate ? SIMD16.load(target) + self : self
            UnsafeMutableRawPointer(target).storeBytes(of: result, as: Self.self)
        } else {
            storePart(target, lanes: lanes, accumulate: accumulate)
        }
    }

    /// The same for fewer than 16 lanes, in pieces of 8, 4, 2 and 1.
    @inline(__always)
    private func storePart(_ target: UnsafeMutablePointer<Float>, lanes: Int, accumulate: Bool) {
        var (place, eight) = (target, lowHalf)
        if lanes & 8 != 0 {
            let raw = UnsafeMutableRawPointer(place)
            raw.storeBytes(of: accumulate ? raw.loadUnaligned(as: SIMD8<Float>.self) + eight : eight, as: SIMD8<Float>.self)
            eight = highHalf
            place += 8
        }
        var four = eight.lowHalf
        if lanes & 4 != 0 {
            let raw = UnsafeMutableRawPointer(place)
            raw.storeBytes(of: accumulate ? raw.loadUnaligned(as: SIMD4<Float>.self) + four : four, as: SIMD4<Float>.self)
            four = eight.highHalf
            place += 4
        }
        for lane in 0..<(lanes & 3) { place[lane] = accumulate ? place[lane] + four[lane] : four[lane] }
    }
}
