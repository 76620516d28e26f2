import Autodiff
import Tensors
import TestSupport
import Testing

/// Linear maps of many rows, which several threads share.
@Suite struct BlockedAffineMapTests {
    private static let inputs = [
        randomTensor([1300, 5], seed: 1, as: Double.self), randomTensor([5, 7], seed: 2, as: Double.self),
        randomTensor([7], seed: 3, as: Double.self), randomTensor([1300, 7], seed: 5, as: Double.self),
    ]

    /// Output and gradients with respect to field, weight and bias.
    private func values(_ threads: Int, _ map: ([Variable<Double>]) -> Variable<Double>) -> [Tensor<Double>] {
        let tape = Tape<Double>(workers: Workers(threads: threads))
        return withExtendedLifetime(tape) {
            let variables = Self.inputs.map(tape.variable)
            let y = map(variables)
            return [y.value] + tape.gradients(of: y, with: randomTensor(y.shape, seed: 4), for: variables).map(\.value)
        }
    }

    @Test("the bits do not depend on threads, and the map is its definition", arguments: [false, true])
    func blocks(gelu: Bool) {
        func map(_ v: [Variable<Double>]) -> Variable<Double> { gelu ? v[0].linearGELU(v[1], bias: v[2]) : v[0].linear(v[1], bias: v[2]) }
        let one = values(1, map)
        for threads in [2, 3, 8] { #expect(values(threads, map) == one) }
        let defined = values(1) { v in
            let sum = v[0].matmul(v[1]).addingBias(v[2])
            return gelu ? sum.gelu() : sum
        }
        for (found, expected) in zip(one, defined) { #expect(relativeDistance(found, expected) < 1e-13) }
    }

    @Test("the same added to a field", arguments: [false, true])
    func addedToField(gelu: Bool) {
        func map(_ v: [Variable<Double>]) -> Variable<Double> { v[0].linear(v[1], bias: v[2], adding: v[3], gelu: gelu) }
        let one = values(1, map)
        for threads in [2, 3] { #expect(values(threads, map) == one) }
        let defined = values(1) { v in
            let sum = v[3] + v[0].matmul(v[1]).addingBias(v[2])
            return gelu ? sum.gelu() : sum
        }
        for (found, expected) in zip(one, defined) { #expect(relativeDistance(found, expected) < 1e-13) }
    }
}
