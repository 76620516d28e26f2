import Autodiff
import Tensors
import TestSupport
import Testing

/// Linear maps of many rows, which several threads share.
@Suite struct BlockedAffineMapTests {
    /// Rows, inputs and outputs: blocks of rows, and of channels where the rows are few.
    private static let sizes = [[1300, 5, 7], [60, 200, 150]]

    /// Output and gradients with respect to field, weight, bias and addend.
    private func values(_ size: [Int], _ threads: Int, _ map: ([Variable<Double>]) -> Variable<Double>) -> [Tensor<Double>] {
        let tape = Tape<Double>(workers: Workers(threads: threads))
        return withExtendedLifetime(tape) {
            let shapes = [[size[0], size[1]], [size[1], size[2]], [size[2]], [size[0], size[2]]]
            let variables = shapes.enumerated().map { tape.variable(randomTensor($1, seed: UInt64($0 + 1), as: Double.self)) }
            let y = map(variables)
            return [y.value] + tape.gradients(of: y, with: randomTensor(y.shape, seed: 9), for: variables).map(\.value)
        }
    }

    @Test("the bits do not depend on threads, and the map is its definition", arguments: sizes, [false, true])
    func blocks(size: [Int], gelu: Bool) {
        func map(_ v: [Variable<Double>]) -> Variable<Double> { gelu ? v[0].linearGELU(v[1], bias: v[2]) : v[0].linear(v[1], bias: v[2]) }
        let one = values(size, 1, map)
        for threads in [2, 3, 8] { #expect(values(size, threads, map) == one) }
        let defined = values(size, 1) { v in
            let sum = v[0].matmul(v[1]).addingBias(v[2])
            return gelu ? sum.gelu() : sum
        }
        for (found, expected) in zip(one, defined) { #expect(relativeDistance(found, expected) < 1e-13) }
    }

    @Test("the same added to a field", arguments: sizes, [false, true])
    func addedToField(size: [Int], gelu: Bool) {
        func map(_ v: [Variable<Double>]) -> Variable<Double> { v[0].linear(v[1], bias: v[2], adding: v[3], gelu: gelu) }
        let one = values(size, 1, map)
        for threads in [2, 3] { #expect(values(size, threads, map) == one) }
        let defined = values(size, 1) { v in
            let sum = v[3] + v[0].matmul(v[1]).addingBias(v[2])
            return gelu ? sum.gelu() : sum
        }
        for (found, expected) in zip(one, defined) { #expect(relativeDistance(found, expected) < 1e-13) }
    }

    @Test("single precision, with blocks of channels of several sizes", arguments: [[110, 200, 150], [900, 40, 131], [33, 300, 120]])
    func singlePrecision(size: [Int]) {
        let shapes = [[size[0], size[1]], [size[1], size[2]], [size[2]]]
        func values<Element: Scalar>(_ type: Element.Type, threads: Int) -> [Tensor<Double>] {
            let tape = Tape<Element>(workers: Workers(threads: threads))
            return withExtendedLifetime(tape) {
                let variables = shapes.enumerated().map {
                    tape.variable(randomTensor($1, seed: UInt64($0 + 1), as: Double.self).cast(to: Element.self))
                }
                let y = variables[0].linearGELU(variables[1], bias: variables[2])
                let seed = randomTensor(y.shape, seed: 9, as: Double.self).cast(to: Element.self)
                return ([y.value] + tape.gradients(of: y, with: seed, for: variables).map(\.value)).map { $0.cast() }
            }
        }
        let one = values(Float.self, threads: 1)
        #expect(values(Float.self, threads: 3) == one)
        for (found, expected) in zip(one, values(Double.self, threads: 1)) { #expect(relativeDistance(found, expected) < 1e-5) }
    }
}
