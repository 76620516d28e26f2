import Autodiff
import Tensors
import TestSupport
import Testing

/// Convolutions add to what other operations have contributed to the gradient of their input: in single precision by every kind of kernel, compared with
/// double precision, where there is one kind.
@Suite struct GradientSumTests {
    struct Subject: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let shape: [Int]
        let weights: [Int]
        var stride = 1
        var padding = 1
        var mode = PaddingMode.zeros
        var isTransposed = false
    }

    static let subjects = [
        Subject(testDescription: "blocks of tiles", shape: [2, 16, 16, 24], weights: [3, 3, 24, 24]),
        Subject(testDescription: "blocks of tiles, periodic", shape: [2, 16, 12, 24], weights: [3, 3, 24, 24], mode: .circular),
        Subject(testDescription: "reflection, padded", shape: [2, 16, 12, 24], weights: [3, 3, 24, 24], mode: .reflect),
        Subject(testDescription: "tiles in registers", shape: [1, 8, 8, 256], weights: [3, 3, 256, 192]),
        Subject(testDescription: "few points", shape: [1, 3, 3, 24], weights: [3, 3, 24, 24]),
        Subject(testDescription: "strided tiles", shape: [2, 64, 64, 24], weights: [3, 3, 24, 24], stride: 2),
        Subject(testDescription: "strided, few points", shape: [2, 8, 8, 24], weights: [3, 3, 24, 24], stride: 2),
        Subject(testDescription: "a kernel of five", shape: [1, 12, 12, 16], weights: [5, 5, 16, 32], padding: 2),
        Subject(testDescription: "one channel", shape: [2, 16, 16, 1], weights: [3, 3, 1, 24]),
        Subject(testDescription: "patches", shape: [2, 16, 16, 24], weights: [2, 2, 24, 32], stride: 2, padding: 0),
        Subject(testDescription: "transposed", shape: [2, 32, 32, 24], weights: [4, 4, 24, 24], stride: 2, isTransposed: true),
        Subject(testDescription: "transposed, few points", shape: [2, 4, 4, 24], weights: [4, 4, 24, 24], stride: 2, isTransposed: true),
        Subject(
            testDescription: "transposed patches", shape: [2, 8, 8, 24], weights: [2, 2, 32, 24], stride: 2, padding: 0, isTransposed: true),
    ]

    @Test(arguments: subjects)
    func addsToTheGradient(_ subject: Subject) {
        func gradients<Element: Scalar>(_ type: Element.Type, threads: Int) -> [Tensor<Element>] {
            let tape = Tape<Element>(workers: Workers(threads: threads))
            func random(_ shape: [Int], _ seed: UInt64) -> Variable<Element> { tape.variable(randomTensor(shape, seed: seed)) }
            let (x, first, second) = (random(subject.shape, 1), random(subject.weights, 2), random(subject.weights, 3))
            func map(_ weight: Variable<Element>) -> Variable<Element> {
                subject.isTransposed
                    ? x.transposedConvolved(weight, stride: .init(subject.stride), padding: .init(subject.padding))
                    : x.convolved(weight, stride: .init(subject.stride), padding: .init(subject.padding), mode: subject.mode)
            }
            let (before, product) = (x * x, map(first) * map(second))
            // Visited before the convolutions, which then find a gradient of `x` that is also that of `other` and must stay as it is.
            let other = random(subject.shape, 4)
            let loss = product.sum() + ((x + other) * before).sum()
            return tape.gradients(of: loss, for: [x, first, second, other]).map(\.value)
        }
        let expected = gradients(Double.self, threads: 1)
        let found = gradients(Float.self, threads: 1)
        for (a, b) in zip(found, expected) { #expect(relativeDistance(a, b) < 1e-4) }
        #expect(gradients(Float.self, threads: 3) == found)
    }

    @Test func aSumOfNobodyElseIsOverwritten() {
        let tape = Tape<Float>()
        let x = tape.variable(randomTensor([1, 16, 16, 24], seed: 1, as: Float.self))
        let weight = tape.variable(randomTensor([3, 3, 24, 24], seed: 2, as: Float.self))
        let convolved = x.convolved(weight, padding: .init(1))
        let contribution = Contribution()
        contribution.value = randomTensor(x.shape, seed: 3, as: Float.self)
        let place = contribution.value!.basePointer
        // Visited first, it contributes what nobody else holds then.
        let identity = tape.record(x.value, [x]) { _ in [tape.constant(contribution.value.take()!)] }
        let gradient = tape.gradients(of: convolved + identity, for: [x])[0].value
        #expect(gradient.basePointer == place)
    }

    private final class Contribution { var value: Tensor<Float>? }

    @Test func gradientsOfOthersStayAsTheyAre() {
        // The gradient that reaches the sum is that of both its terms, one of which a convolution adds to.
        let tape = Tape<Float>()
        let (x, y) = (tape.variable(randomTensor([1, 16, 16, 24], seed: 1)), tape.variable(randomTensor([1, 16, 16, 24], seed: 2)))
        let weight = tape.variable(randomTensor([3, 3, 24, 24], seed: 3, as: Float.self))
        let seed = randomTensor([1, 16, 16, 24], seed: 4, as: Float.self)
        let convolved = x.convolved(weight, padding: .init(1))
        let gradients = tape.gradients(of: convolved + (x + y), with: seed, for: [x, y, convolved])
        #expect(gradients[1].value == seed)
        #expect(gradients[2].value == seed)
        #expect(gradients[0].value != seed)
    }
}
