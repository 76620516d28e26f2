import COpenBLAS
import Numerics
import Tensors

/// The distinct magnitudes of an axis's kept wavenumbers: the frequencies of the cosines and sines that span the kept waves.
struct AxisFrequencies: Sendable {
    /// Number of points.
    let n: Int
    /// Ascending distinct |k|.
    let magnitudes: [Int]

    init(n: Int, wavenumbers: some Sequence<Int>) {
        self.n = n
        magnitudes = Set(wavenumbers.map { abs($0) }).sorted()
    }

    /// Cosines and sines: function f is cos(2 pi magnitudes[f] j / n) for f < count/2, then the sines in the same order.
    var functionCount: Int { 2 * magnitudes.count }

    /// Value of function `f` at point `j`, in Double from exactly reduced products.
    func value(_ f: Int, at j: Int) -> Double {
        let isSine = f >= magnitudes.count
        return Self.wave(isSine: isSine, (magnitudes[isSine ? f - magnitudes.count : f] * j) % n, n)
    }

    /// cos or sin(2 pi m / n) with the argument reduced to the first octant, so that exact zeros and ones are exact.
    static func wave(isSine: Bool, _ m: Int, _ n: Int) -> Double {
        // Work with 8 m / n so that octant boundaries are integers.
        if isSine {
            if 2 * m > n { return -wave(isSine: true, n - m, n) }
            if 4 * m > n { return sineOfQuarter(n - 2 * m, 2 * n) }
            return sineOfQuarter(2 * m, 2 * n)
        }
        if 2 * m > n { return wave(isSine: false, n - m, n) }
        if 4 * m > n { return -cosineOfQuarter(n - 2 * m, 2 * n) }
        return cosineOfQuarter(2 * m, 2 * n)
    }

    private static func sineOfQuarter(_ m: Int, _ n: Int) -> Double {
        8 * m > n ? Double.cos(2 * Double.pi * (Double(n) / 4 - Double(m)) / Double(n)) : Double.sin(2 * Double.pi * Double(m) / Double(n))
    }

    private static func cosineOfQuarter(_ m: Int, _ n: Int) -> Double {
        8 * m > n ? Double.sin(2 * Double.pi * (Double(n) / 4 - Double(m)) / Double(n)) : Double.cos(2 * Double.pi * Double(m) / Double(n))
    }
}

/// The real transform of one axis between point values and coefficients of cosines and sines, for every index of the other axes.
protocol AxisStage<S>: Sendable {
    associatedtype S: Scalar

    init(_ frequencies: AxisFrequencies)

    /// coefficients[o, f, i] = sum_j function_f(j) x[o, j, i]; `x` is `[outer, n, inner]`, coefficients `[outer, functionCount, inner]`, with
    /// memory for one more row of `inner`.
    func analyse(_ x: UnsafePointer<S>, outer: Int, inner: Int, into coefficients: UnsafeMutablePointer<S>)

    /// y[o, j, i] = (y[o, j, i] if accumulating) + sum_f function_f(j) coefficients[o, f, i].
    func synthesise(
        _ coefficients: UnsafePointer<S>, outer: Int, inner: Int, into y: UnsafeMutablePointer<S>, accumulate: Bool)
}

/// The axis transform as matrix products with the table of cosines and sines.
struct MatrixStage<S: Scalar>: AxisStage {
    private let n: Int
    private let functionCount: Int

    /// The table, `[functionCount, n]`.
    private let table: Tensor<S>

    init(_ frequencies: AxisFrequencies) {
        n = frequencies.n
        functionCount = frequencies.functionCount
        var values: [S] = []
        for f in 0..<frequencies.functionCount {
            for j in 0..<frequencies.n { values.append(S(frequencies.value(f, at: j))) }
        }
        table = Tensor([functionCount, n], values)
    }

    func analyse(_ x: UnsafePointer<S>, outer: Int, inner: Int, into coefficients: UnsafeMutablePointer<S>) {
        if inner == 1 {
            gemm(
                m: outer, n: functionCount, k: n, x, isTransposedA: false, table.basePointer, isTransposedB: true, beta: 0, coefficients)
            return
        }
        for o in 0..<outer {
            gemm(
                m: functionCount, n: inner, k: n, table.basePointer, isTransposedA: false, x + o * n * inner, isTransposedB: false, beta: 0,
                coefficients + o * functionCount * inner)
        }
    }

    func synthesise(
        _ coefficients: UnsafePointer<S>, outer: Int, inner: Int, into y: UnsafeMutablePointer<S>, accumulate: Bool
    ) {
        let beta: S = accumulate ? 1 : 0
        if inner == 1 {
            gemm(
                m: outer, n: n, k: functionCount, coefficients, isTransposedA: false, table.basePointer, isTransposedB: false, beta: beta, y
            )
            return
        }
        for o in 0..<outer {
            gemm(
                m: n, n: inner, k: functionCount, table.basePointer, isTransposedA: true, coefficients + o * functionCount * inner,
                isTransposedB: false, beta: beta, y + o * n * inner)
        }
    }
}

/// C = op(A) op(B) + beta C for contiguous row-major matrices; C is `[m, n]`, the inner extent is k.
private func gemm<S: Scalar>(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<S>, isTransposedA: Bool, _ b: UnsafePointer<S>, isTransposedB: Bool, beta: S,
    _ c: UnsafeMutablePointer<S>
) {
    Flops.addOther(2 * m * n * k)
    let (rows, columns, depth) = (Int32(m), Int32(n), Int32(k))
    let (lda, ldb) = (isTransposedA ? rows : depth, isTransposedB ? depth : columns)
    let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    let result = UnsafeMutableRawPointer(c)
    if S.self == Float.self {
        cblas_sgemm(
            CblasRowMajor, isTransposedA ? CblasTrans : CblasNoTrans, isTransposedB ? CblasTrans : CblasNoTrans, rows, columns, depth, 1,
            left.assumingMemoryBound(to: Float.self), lda, right.assumingMemoryBound(to: Float.self), ldb, Float(beta),
            result.assumingMemoryBound(to: Float.self), columns)
    } else {
        cblas_dgemm(
            CblasRowMajor, isTransposedA ? CblasTrans : CblasNoTrans, isTransposedB ? CblasTrans : CblasNoTrans, rows, columns, depth, 1,
            left.assumingMemoryBound(to: Double.self), lda, right.assumingMemoryBound(to: Double.self), ldb, Double(beta),
            result.assumingMemoryBound(to: Double.self), columns)
    }
}
