import Tensors

/// Which symmetry of cosines and sines a kernel folds, and how many accumulators of each class it holds.
enum FoldedKernelSize: Hashable, Sendable {
    /// Sums over points for even n: `even` cosines and as many sines of even frequency, `odd` of each of odd frequency.
    case analyseEven(even: Int, odd: Int)
    /// Sums over points for odd n: as many cosines as sines.
    case analyseOdd(Int)
    /// Sums over frequencies at some points of a quarter period, for even n.
    case synthesiseEven(Int)
    /// Sums over frequencies at some points of a half period, for odd n.
    case synthesiseOdd(Int)
}

/// The sizes for which there are kernels, ascending.
///
/// The largest fill the 32 registers without spilling. More sizes would be a little faster for some wavenumbers and longer to compile for
/// everybody; in Double, where no network is trained, few must do.
struct FoldedKernelSizes {
    /// Pairs (even, odd) of `analyseEven`.
    let analyseEven: [(Int, Int)]
    /// Counts of `analyseOdd`.
    let analyseOdd: [Int]
    /// Counts of `synthesiseEven`.
    let synthesiseEven: [Int]
    /// Counts of `synthesiseOdd`.
    let synthesiseOdd: [Int]

    static func sizes<S: Scalar>(for type: S.Type) -> FoldedKernelSizes {
        if S.self == Float.self {
            return FoldedKernelSizes(
                analyseEven: [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 6)], analyseOdd: [2, 4, 6, 8, 10, 12, 14],
                synthesiseEven: [3, 4, 5, 6, 7], synthesiseOdd: [4, 8, 10, 12, 14])
        }
        return FoldedKernelSizes(analyseEven: [(3, 3), (6, 6)], analyseOdd: [6, 12], synthesiseEven: [3, 6], synthesiseOdd: [6, 12])
    }
}

/// The work of one call of a folded kernel: `registers` registers of columns, for each of `outer` blocks.
///
/// Points are at `points + o pointBlock + j pointStride`, function values at `functions + o functionBlock + f functionStride`, all in scalars.
/// The pointers are raw because a kernel's type does not depend on the scalar.
struct FoldedRun {
    /// Extent of the axis.
    var n: Int
    var points: UnsafeMutableRawPointer
    var pointStride: Int
    var pointBlock: Int
    var functions: UnsafeMutableRawPointer
    var functionStride: Int
    var functionBlock: Int
    var outer: Int
    var registers: Int
    /// The kernel's part of the table of cosines and sines.
    var table: UnsafeRawPointer
    /// Row of each function: of each accumulator in analysis, class by class in synthesis.
    var rows: UnsafePointer<Int>
    /// Functions in each class (cosine even, cosine odd, sine even, sine odd; or cosine, sine): synthesis only.
    var classCounts: (Int, Int, Int, Int) = (0, 0, 0, 0)
    /// Points j of the kernel's tile: synthesis only.
    var tilePoints = 0..<0
    /// Whether synthesis adds to the points.
    var accumulate = false
}

typealias FoldedKernel = @Sendable (FoldedRun) -> Void

/// The kernel of a size, compiled for the register of the type.
func foldedKernel<S: Scalar>(_ size: FoldedKernelSize, _ type: S.Type) -> FoldedKernel {
    S.self == Float.self ? floatKernel(size) : doubleKernel(size)
}

private func floatKernel(_ size: FoldedKernelSize) -> FoldedKernel {
    typealias V = SIMD16<Float>
    return switch size {
    case .analyseEven(2, 2): { analyseEven($0, Accumulators2<V>.self, Accumulators2<V>.self) }
    case .analyseEven(3, 3): { analyseEven($0, Accumulators3<V>.self, Accumulators3<V>.self) }
    case .analyseEven(4, 4): { analyseEven($0, Accumulators4<V>.self, Accumulators4<V>.self) }
    case .analyseEven(5, 5): { analyseEven($0, Accumulators5<V>.self, Accumulators5<V>.self) }
    case .analyseEven(6, 6): { analyseEven($0, Accumulators6<V>.self, Accumulators6<V>.self) }
    case .analyseEven(7, 6): { analyseEven($0, Accumulators7<V>.self, Accumulators6<V>.self) }
    case .analyseOdd(2): { analyseOdd($0, Accumulators2<V>.self) }
    case .analyseOdd(4): { analyseOdd($0, Accumulators4<V>.self) }
    case .analyseOdd(6): { analyseOdd($0, Accumulators6<V>.self) }
    case .analyseOdd(8): { analyseOdd($0, Accumulators8<V>.self) }
    case .analyseOdd(10): { analyseOdd($0, Accumulators10<V>.self) }
    case .analyseOdd(12): { analyseOdd($0, Accumulators12<V>.self) }
    case .analyseOdd(14): { analyseOdd($0, Accumulators14<V>.self) }
    case .synthesiseEven(3): { synthesiseEven($0, Accumulators3<V>.self) }
    case .synthesiseEven(4): { synthesiseEven($0, Accumulators4<V>.self) }
    case .synthesiseEven(5): { synthesiseEven($0, Accumulators5<V>.self) }
    case .synthesiseEven(6): { synthesiseEven($0, Accumulators6<V>.self) }
    case .synthesiseEven(7): { synthesiseEven($0, Accumulators7<V>.self) }
    case .synthesiseOdd(4): { synthesiseOdd($0, Accumulators4<V>.self) }
    case .synthesiseOdd(8): { synthesiseOdd($0, Accumulators8<V>.self) }
    case .synthesiseOdd(10): { synthesiseOdd($0, Accumulators10<V>.self) }
    case .synthesiseOdd(12): { synthesiseOdd($0, Accumulators12<V>.self) }
    case .synthesiseOdd(14): { synthesiseOdd($0, Accumulators14<V>.self) }
    default: preconditionFailure("no folded kernel of size \(size)")
    }
}

private func doubleKernel(_ size: FoldedKernelSize) -> FoldedKernel {
    typealias V = SIMD8<Double>
    return switch size {
    case .analyseEven(3, 3): { analyseEven($0, Accumulators3<V>.self, Accumulators3<V>.self) }
    case .analyseEven(6, 6): { analyseEven($0, Accumulators6<V>.self, Accumulators6<V>.self) }
    case .analyseOdd(6): { analyseOdd($0, Accumulators6<V>.self) }
    case .analyseOdd(12): { analyseOdd($0, Accumulators12<V>.self) }
    case .synthesiseEven(3): { synthesiseEven($0, Accumulators3<V>.self) }
    case .synthesiseEven(6): { synthesiseEven($0, Accumulators6<V>.self) }
    case .synthesiseOdd(6): { synthesiseOdd($0, Accumulators6<V>.self) }
    case .synthesiseOdd(12): { synthesiseOdd($0, Accumulators12<V>.self) }
    default: preconditionFailure("no folded kernel of size \(size)")
    }
}

/// Sums over the four points j, n - j, n/2 - j, n/2 + j at once, on which a cosine or a sine has one value up to sign.
///
/// Table: for each j = 0...n/4, cosines of even and of odd frequencies, sines of even and of odd frequencies at j, halved where points of
/// the four coincide (j = 0 and j = n/4), because those are then counted twice.
@inline(__always)
private func analyseEven<E: Accumulators, O: Accumulators>(_ run: FoldedRun, _ even: E.Type, _ odd: O.Type) where E.Vector == O.Vector {
    typealias V = E.Vector
    let points = run.points.assumingMemoryBound(to: V.Scalar.self)
    let functions = run.functions.assumingMemoryBound(to: V.Scalar.self)
    let table = run.table.assumingMemoryBound(to: V.Scalar.self)
    let (n, stride, functionStride) = (run.n, run.pointStride, run.functionStride)
    let quarter = n / 4
    for o in 0..<run.outer {
        for register in 0..<run.registers {
            let x = points + o * run.pointBlock + register * V.count
            var (cosinesEven, cosinesOdd, sinesEven, sinesOdd) = (E.zero, O.zero, E.zero, O.zero)
            var t = UnsafePointer(table)
            var (first, second) = (UnsafePointer(x), UnsafePointer(x))
            var (third, fourth) = (UnsafePointer(x + n / 2 * stride), UnsafePointer(x + n / 2 * stride))
            for j in 0...quarter {
                let (a, b, c, d) = (V.load(first), V.load(second), V.load(third), V.load(fourth))
                let (ab, cd) = (V.sum(a, b), V.sum(c, d))
                let (aMinusB, dMinusC) = (V.difference(a, b), V.difference(d, c))
                cosinesEven.add(V.sum(ab, cd), times: t)
                cosinesOdd.add(V.difference(ab, cd), times: t + E.count)
                sinesEven.add(V.sum(aMinusB, dMinusC), times: t + E.count + O.count)
                sinesOdd.add(V.difference(aMinusB, dMinusC), times: t + 2 * E.count + O.count)
                t += 2 * (E.count + O.count)
                first += stride
                second = UnsafePointer(x + (n - 1 - j) * stride)
                third -= stride
                fourth += stride
            }
            let y = functions + o * run.functionBlock + register * V.count
            cosinesEven.store(y, rows: run.rows, stride: functionStride)
            cosinesOdd.store(y, rows: run.rows + E.count, stride: functionStride)
            sinesEven.store(y, rows: run.rows + E.count + O.count, stride: functionStride)
            sinesOdd.store(y, rows: run.rows + 2 * E.count + O.count, stride: functionStride)
        }
    }
}

/// Sums over the two points j and n - j at once.
///
/// Table: for each j = 0...(n-1)/2, cosines and sines at j, halved at j = 0.
@inline(__always)
private func analyseOdd<T: Accumulators>(_ run: FoldedRun, _ accumulators: T.Type) {
    typealias V = T.Vector
    let points = run.points.assumingMemoryBound(to: V.Scalar.self)
    let functions = run.functions.assumingMemoryBound(to: V.Scalar.self)
    let table = run.table.assumingMemoryBound(to: V.Scalar.self)
    let (n, stride, functionStride) = (run.n, run.pointStride, run.functionStride)
    for o in 0..<run.outer {
        for register in 0..<run.registers {
            let x = points + o * run.pointBlock + register * V.count
            var (cosines, sines) = (T.zero, T.zero)
            var t = UnsafePointer(table)
            var (first, second) = (UnsafePointer(x), UnsafePointer(x))
            for j in 0...(n - 1) / 2 {
                let (a, b) = (V.load(first), V.load(second))
                cosines.add(V.sum(a, b), times: t)
                sines.add(V.difference(a, b), times: t + T.count)
                t += 2 * T.count
                first += stride
                second = UnsafePointer(x + (n - 1 - j) * stride)
            }
            let y = functions + o * run.functionBlock + register * V.count
            cosines.store(y, rows: run.rows, stride: functionStride)
            sines.store(y, rows: run.rows + T.count, stride: functionStride)
        }
    }
}

/// Values at the points j, n - j, n/2 - j, n/2 + j from the sums of the four classes of functions at j, for a tile of points j.
///
/// Table: class by class, for each function its values at the tile's points.
@inline(__always)
private func synthesiseEven<T: Accumulators>(_ run: FoldedRun, _ accumulators: T.Type) {
    typealias V = T.Vector
    let points = run.points.assumingMemoryBound(to: V.Scalar.self)
    let functions = run.functions.assumingMemoryBound(to: V.Scalar.self)
    let table = run.table.assumingMemoryBound(to: V.Scalar.self)
    let (n, stride, functionStride) = (run.n, run.pointStride, run.functionStride)
    for o in 0..<run.outer {
        for register in 0..<run.registers {
            let x = UnsafePointer(functions + o * run.functionBlock + register * V.count)
            var t = UnsafePointer(table)
            var rows = run.rows
            let cosinesEven: T = sumOfFunctions(run.classCounts.0, x, functionStride, &rows, &t)
            let cosinesOdd: T = sumOfFunctions(run.classCounts.1, x, functionStride, &rows, &t)
            let sinesEven: T = sumOfFunctions(run.classCounts.2, x, functionStride, &rows, &t)
            let sinesOdd: T = sumOfFunctions(run.classCounts.3, x, functionStride, &rows, &t)
            let y = points + o * run.pointBlock + register * V.count
            let target = QuarterPoints<V>(points: y, stride: stride, n: n, last: run.tilePoints.upperBound, accumulate: run.accumulate)
            T.store(cosinesEven, cosinesOdd, sinesEven, sinesOdd, from: run.tilePoints.lowerBound, to: target)
        }
    }
}

/// Values at the points j and n - j from the sums of cosines and of sines at j, for a tile of points j.
@inline(__always)
private func synthesiseOdd<T: Accumulators>(_ run: FoldedRun, _ accumulators: T.Type) {
    typealias V = T.Vector
    let points = run.points.assumingMemoryBound(to: V.Scalar.self)
    let functions = run.functions.assumingMemoryBound(to: V.Scalar.self)
    let table = run.table.assumingMemoryBound(to: V.Scalar.self)
    let (n, stride, functionStride) = (run.n, run.pointStride, run.functionStride)
    for o in 0..<run.outer {
        for register in 0..<run.registers {
            let x = UnsafePointer(functions + o * run.functionBlock + register * V.count)
            var t = UnsafePointer(table)
            var rows = run.rows
            let cosines: T = sumOfFunctions(run.classCounts.0, x, functionStride, &rows, &t)
            let sines: T = sumOfFunctions(run.classCounts.1, x, functionStride, &rows, &t)
            let y = points + o * run.pointBlock + register * V.count
            let target = HalfPoints<V>(points: y, stride: stride, n: n, last: run.tilePoints.upperBound, accumulate: run.accumulate)
            T.store(cosines, sines, from: run.tilePoints.lowerBound, to: target)
        }
    }
}

/// sum_f t_f[j] x_f for the tile's points j, over the next `count` rows.
@inline(__always)
private func sumOfFunctions<T: Accumulators>(
    _ count: Int, _ x: UnsafePointer<T.Vector.Scalar>, _ stride: Int, _ rows: inout UnsafePointer<Int>,
    _ t: inout UnsafePointer<T.Vector.Scalar>
) -> T {
    var sums = T.zero
    for f in 0..<count {
        sums.add(T.Vector.load(x + rows[f] * stride), times: t)
        t += T.count
    }
    rows += count
    return sums
}

/// The points j, n - j, n/2 - j, n/2 + j of one register's width of columns, for even n.
struct QuarterPoints<V: Lanes> {
    let points: UnsafeMutablePointer<V.Scalar>
    let stride: Int
    let n: Int
    /// End of the points j to be written.
    let last: Int
    let accumulate: Bool

    @inline(__always)
    func store(_ cosineEven: V, _ cosineOdd: V, _ sineEven: V, _ sineOdd: V, at j: Int) {
        guard j < last else { return }
        let (plus, minus) = (V.sum(cosineEven, cosineOdd), V.difference(cosineEven, cosineOdd))
        let (sinePlus, sineMinus) = (V.sum(sineEven, sineOdd), V.difference(sineEven, sineOdd))
        put(V.sum(plus, sinePlus), points + j * stride, accumulate)
        // At j = 0 and j = n/4 points of the four coincide and are written once.
        let isDistinct = 4 * j != n
        if j != 0 { put(V.difference(plus, sinePlus), points + (n - j) * stride, accumulate) }
        if isDistinct { put(V.difference(minus, sineMinus), points + (n / 2 - j) * stride, accumulate) }
        if j != 0 && isDistinct { put(V.sum(minus, sineMinus), points + (n / 2 + j) * stride, accumulate) }
    }
}

/// The points j and n - j of one register's width of columns, for odd n.
struct HalfPoints<V: Lanes> {
    let points: UnsafeMutablePointer<V.Scalar>
    let stride: Int
    let n: Int
    /// End of the points j to be written.
    let last: Int
    let accumulate: Bool

    @inline(__always)
    func store(_ cosine: V, _ sine: V, at j: Int) {
        guard j < last else { return }
        put(V.sum(cosine, sine), points + j * stride, accumulate)
        if j != 0 { put(V.difference(cosine, sine), points + (n - j) * stride, accumulate) }
    }
}

@inline(__always)
private func put<V: Lanes>(_ value: V, _ target: UnsafeMutablePointer<V.Scalar>, _ accumulate: Bool) {
    (accumulate ? V.sum(V.load(target), value) : value).store(target)
}
