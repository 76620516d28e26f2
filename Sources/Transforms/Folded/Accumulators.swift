/// A fixed number of accumulators that stay in registers: the size is part of the type, so that loops over them are unrolled.
protocol Accumulators: SendableMetatype {
    associatedtype Vector: Lanes
    static var count: Int { get }
    static var zero: Self { get }
    /// Adds x t_0, x t_1, ... to the accumulators.
    mutating func add(_ x: Vector, times t: UnsafePointer<Vector.Scalar>)
    /// Writes accumulator i to `target + rows[i] * stride`.
    func store(_ target: UnsafeMutablePointer<Vector.Scalar>, rows: UnsafePointer<Int>, stride: Int)
    /// Gives accumulator i of four sets to `points` as the sums of the classes of functions at point `first + i`.
    static func store(
        _ cosinesEven: Self, _ cosinesOdd: Self, _ sinesEven: Self, _ sinesOdd: Self, from first: Int, to points: QuarterPoints<Vector>)
    /// Gives accumulator i of two sets to `points` as the sums of cosines and of sines at point `first + i`.
    static func store(_ cosines: Self, _ sines: Self, from first: Int, to points: HalfPoints<Vector>)
}

/// One accumulator.
struct Accumulator<Vector: Lanes>: Accumulators {
    private var value: Vector

    @inline(__always) static var count: Int { 1 }
    @inline(__always) static var zero: Self { Self(value: Vector.zero) }
    @inline(__always) mutating func add(_ x: Vector, times t: UnsafePointer<Vector.Scalar>) { value = Vector.fused(value, x, times: t[0]) }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Vector.Scalar>, rows: UnsafePointer<Int>, stride: Int) {
        value.store(target + rows[0] * stride)
    }
    @inline(__always) static func store(
        _ cosinesEven: Self, _ cosinesOdd: Self, _ sinesEven: Self, _ sinesOdd: Self, from first: Int, to points: QuarterPoints<Vector>
    ) {
        points.store(cosinesEven.value, cosinesOdd.value, sinesEven.value, sinesOdd.value, at: first)
    }
    @inline(__always) static func store(_ cosines: Self, _ sines: Self, from first: Int, to points: HalfPoints<Vector>) {
        points.store(cosines.value, sines.value, at: first)
    }
}

/// The accumulators of `Left`, then those of `Right`.
struct Joined<Left: Accumulators, Right: Accumulators>: Accumulators where Left.Vector == Right.Vector {
    typealias Vector = Left.Vector
    private var left: Left
    private var right: Right

    @inline(__always) static var count: Int { Left.count + Right.count }
    @inline(__always) static var zero: Self { Self(left: Left.zero, right: Right.zero) }
    @inline(__always) mutating func add(_ x: Vector, times t: UnsafePointer<Vector.Scalar>) {
        left.add(x, times: t)
        right.add(x, times: t + Left.count)
    }
    @inline(__always) func store(_ target: UnsafeMutablePointer<Vector.Scalar>, rows: UnsafePointer<Int>, stride: Int) {
        left.store(target, rows: rows, stride: stride)
        right.store(target, rows: rows + Left.count, stride: stride)
    }
    @inline(__always) static func store(
        _ cosinesEven: Self, _ cosinesOdd: Self, _ sinesEven: Self, _ sinesOdd: Self, from first: Int, to points: QuarterPoints<Vector>
    ) {
        Left.store(cosinesEven.left, cosinesOdd.left, sinesEven.left, sinesOdd.left, from: first, to: points)
        Right.store(cosinesEven.right, cosinesOdd.right, sinesEven.right, sinesOdd.right, from: first + Left.count, to: points)
    }
    @inline(__always) static func store(_ cosines: Self, _ sines: Self, from first: Int, to points: HalfPoints<Vector>) {
        Left.store(cosines.left, sines.left, from: first, to: points)
        Right.store(cosines.right, sines.right, from: first + Left.count, to: points)
    }
}

typealias Accumulators2<V: Lanes> = Joined<Accumulator<V>, Accumulator<V>>
typealias Accumulators3<V: Lanes> = Joined<Accumulators2<V>, Accumulator<V>>
typealias Accumulators4<V: Lanes> = Joined<Accumulators2<V>, Accumulators2<V>>
typealias Accumulators5<V: Lanes> = Joined<Accumulators4<V>, Accumulator<V>>
typealias Accumulators6<V: Lanes> = Joined<Accumulators4<V>, Accumulators2<V>>
typealias Accumulators7<V: Lanes> = Joined<Accumulators4<V>, Accumulators3<V>>
typealias Accumulators8<V: Lanes> = Joined<Accumulators4<V>, Accumulators4<V>>
typealias Accumulators10<V: Lanes> = Joined<Accumulators8<V>, Accumulators2<V>>
typealias Accumulators12<V: Lanes> = Joined<Accumulators8<V>, Accumulators4<V>>
typealias Accumulators14<V: Lanes> = Joined<Accumulators8<V>, Accumulators6<V>>
