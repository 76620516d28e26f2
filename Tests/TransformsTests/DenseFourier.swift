import Foundation
import Tensors

/// Reference twins: every sum written out, in Double, O(N^2).
enum DenseFourier {
    /// Multi-indices of `grid` in row-major order.
    static func indices(_ grid: [Int]) -> [[Int]] {
        grid.reduce([[]]) { partial, n in partial.flatMap { head in (0..<n).map { head + [$0] } } }
    }

    /// exp(sign 2 pi i k.j / n), with the products reduced exactly before the division.
    static func phase(_ k: [Int], _ j: [Int], _ n: [Int], sign: Double) -> (re: Double, im: Double) {
        var turns = 0.0
        for axis in n.indices { turns += Double((k[axis] * j[axis]) % n[axis]) / Double(n[axis]) }
        return (cos(2 * .pi * turns), sign * sin(2 * .pi * turns))
    }

    /// sum_j x_j exp(sign 2 pi i k.j / n) for complex pairs `x[batch][j][channel]` at wavenumbers `ks`.
    static func transform(_ x: [Double], grid: [Int], batch: Int, channels: Int, at ks: [[Int]], sign: Double) -> [Double] {
        let points = indices(grid)
        var result = [Double](repeating: 0, count: batch * ks.count * channels * 2)
        for (row, k) in ks.enumerated() {
            for (column, j) in points.enumerated() {
                let e = phase(k, j, grid, sign: sign)
                for b in 0..<batch {
                    for c in 0..<channels {
                        let source = ((b * points.count + column) * channels + c) * 2
                        let target = ((b * ks.count + row) * channels + c) * 2
                        result[target] += x[source] * e.re - x[source + 1] * e.im
                        result[target + 1] += x[source] * e.im + x[source + 1] * e.re
                    }
                }
            }
        }
        return result
    }

    /// Pairs with zero imaginary part.
    static func pairs(_ x: [Double]) -> [Double] { x.flatMap { [$0, 0] } }
}

/// Standard normal numbers.
func randomTensor<S: Scalar>(_ shape: [Int], seed: UInt64 = 1) -> Tensor<S> {
    let generator = Philox(seed: seed, stream: 0)
    let count = shape.reduce(1, *)
    return Tensor(shape, (0..<count).map { S(generator.normal(at: $0)) })
}

/// max |a - b| / max |b|, infinite if any value is not a number.
func relativeDifference<S: Scalar>(_ a: Tensor<S>, _ b: [Double]) -> Double {
    precondition(a.count == b.count, "\(a.count) against \(b.count) values")
    var (difference, size) = (0.0, 1e-300)
    for (left, right) in zip(a.scalars, b) {
        guard (Double(left) - right).isFinite else { return .infinity }
        difference = max(difference, abs(Double(left) - right))
        size = max(size, abs(right))
    }
    return difference / size
}

/// max |a - b| / max |b|.
func relativeDifference<S: Scalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Double { relativeDifference(a, b.scalars.map(Double.init)) }

/// Round-off allowed for sums of a few thousand terms.
func tolerance<S: Scalar>(_ type: S.Type) -> Double { type == Float.self ? 3e-6 : 3e-14 }
