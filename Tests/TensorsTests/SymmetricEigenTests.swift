import TestSupport
import Tensors
import Testing

@Suite struct SymmetricEigenTests {
    @Test("values and vectors satisfy A v = l v, are orthonormal and ordered", arguments: [1, 2, 7, 40])
    func definition(_ n: Int) throws {
        let random = randomTensor([n, n], seed: 4, as: Double.self).scalars
        let matrix = (0..<(n * n)).map { random[$0] + random[($0 % n) * n + $0 / n] }
        let vectors = Tensor([n, n], matrix)
        let values = try #require(Kernels.symmetricEigen(n, vectors.kernelPointer))
        #expect(values == values.sorted(by: >))
        let v = vectors.scalars
        for k in 0..<n {
            for row in 0..<n {
                let product = (0..<n).reduce(0) { $0 + matrix[row * n + $1] * v[k * n + $1] }
                #expect(abs(product - values[k] * v[k * n + row]) < 1e-12 * Double(n))
            }
            for j in 0..<n {
                let product = (0..<n).reduce(0) { $0 + v[j * n + $1] * v[k * n + $1] }
                #expect(abs(product - (j == k ? 1 : 0)) < 1e-13)
            }
        }
    }
}
