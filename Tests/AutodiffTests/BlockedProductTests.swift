import Autodiff
import Tensors
import TestSupport
import Testing

/// Matrix products long enough to be cut along each of their extents.
@Suite struct BlockedProductTests {
    struct Extents: Sendable {
        let m: Int
        let n: Int
        let k: Int
    }

    @Test(
        "the bits do not depend on threads, and every entry is its sum",
        arguments: [Extents(m: 1300, n: 30, k: 41), Extents(m: 33, n: 1700, k: 29), Extents(m: 21, n: 19, k: 3001)], [false, true])
    func blocks(extents: Extents, areTransposed: Bool) {
        let (m, n, k) = (extents.m, extents.n, extents.k)
        let a = randomTensor(areTransposed ? [k, m] : [m, k], seed: 1, as: Double.self)
        let b = randomTensor(areTransposed ? [n, k] : [k, n], seed: 2, as: Double.self)
        func product(_ threads: Int) -> Tensor<Double> {
            let tape = Tape<Double>(workers: Workers(threads: threads))
            return withExtendedLifetime(tape) {
                tape.constant(a).matmul(tape.constant(b), transposed: areTransposed, otherTransposed: areTransposed).value
            }
        }
        let one = product(1)
        for threads in [2, 8] { #expect(product(threads) == one) }
        let (x, y) = (a.scalars, b.scalars)
        var defined = [Double](repeating: 0, count: m * n)
        for i in 0..<m {
            for j in 0..<n {
                for p in 0..<k { defined[i * n + j] += x[areTransposed ? p * m + i : i * k + p] * y[areTransposed ? j * k + p : p * n + j] }
            }
        }
        #expect(relativeDistance(one, Tensor([m, n], defined)) < 1e-13)
    }
}
