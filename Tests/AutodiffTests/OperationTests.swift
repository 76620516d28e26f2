import Autodiff
import Tensors
import TestSupport
import Testing
import Transforms

/// One tape operation with inputs on which its gradients are checked.
struct OperationCase: CustomTestStringConvertible, Sendable {
    let name: String
    let shapes: [[Int]]
    /// Maps the normal random inputs into the domain of the function.
    var domain: @Sendable (Double) -> Double = { $0 }
    let function: @Sendable ([Variable<Double>]) -> Variable<Double>

    var testDescription: String { name }

    var inputs: [Tensor<Double>] {
        shapes.enumerated().map { number, shape in
            let tensor = randomTensor(shape, seed: UInt64(number + 1), as: Double.self)
            return Tensor(shape, tensor.scalars.map(domain))
        }
    }
}

private let positive: @Sendable (Double) -> Double = { abs($0) + 0.5 }
private let awayFromZero: @Sendable (Double) -> Double = { $0 + ($0 < 0 ? -0.2 : 0.2) }

let operationCases: [OperationCase] = [
    OperationCase(name: "add", shapes: [[2, 3], [2, 3]]) { $0[0] + $0[1] },
    OperationCase(name: "add a bias", shapes: [[2, 3, 4], [4]]) { $0[0] + $0[1] },
    OperationCase(name: "subtract, both sides broadcast", shapes: [[2, 1, 4], [3, 1]]) { $0[0] - $0[1] },
    OperationCase(name: "multiply by a channel factor", shapes: [[2, 3, 4], [2, 1, 4]]) { $0[0] * $0[1] },
    OperationCase(name: "multiply by itself", shapes: [[5]]) { $0[0] * $0[0] },
    OperationCase(name: "divide", shapes: [[2, 3], [2, 1]], domain: positive) { $0[0] / $0[1] },
    OperationCase(name: "scale and shift", shapes: [[4]]) { $0[0] * 3 + 2 },
    OperationCase(name: "negate", shapes: [[4]]) { -$0[0] },
    OperationCase(name: "exp", shapes: [[4]]) { $0[0].exp() },
    OperationCase(name: "log", shapes: [[4]], domain: positive) { $0[0].log() },
    OperationCase(name: "square root", shapes: [[4]], domain: positive) { $0[0].squareRoot() },
    OperationCase(name: "reciprocal", shapes: [[4]], domain: positive) { $0[0].reciprocal() },
    OperationCase(name: "square", shapes: [[4]]) { $0[0].square() },
    OperationCase(name: "absolute", shapes: [[6]], domain: awayFromZero) { $0[0].absolute() },
    OperationCase(name: "sine", shapes: [[4]]) { $0[0].sin() },
    OperationCase(name: "cosine", shapes: [[4]]) { $0[0].cos() },
    OperationCase(name: "tanh", shapes: [[6]]) { $0[0].tanh() },
    OperationCase(name: "sigmoid", shapes: [[6]]) { $0[0].sigmoid() },
    OperationCase(name: "relu", shapes: [[6]], domain: awayFromZero) { $0[0].relu() },
    OperationCase(name: "gelu", shapes: [[8]]) { $0[0].gelu() },
    OperationCase(name: "silu", shapes: [[6]]) { Activation.silu($0[0]) },
    OperationCase(name: "sum", shapes: [[2, 3]]) { $0[0].sum().square() },
    OperationCase(name: "mean of axes", shapes: [[2, 3, 4]]) { $0[0].mean(axes: [0, 2]).square() },
    OperationCase(name: "broadcast", shapes: [[3, 1]]) { $0[0].broadcast(to: [2, 3, 4]).square() },
    OperationCase(name: "reshape and permute", shapes: [[2, 3, 4]]) { $0[0].permuted([2, 0, 1]).reshaped([8, 3]).square() },
    OperationCase(name: "slice", shapes: [[2, 5, 3]]) { $0[0].slice(axis: 1, 1..<4).square() },
    OperationCase(name: "pad", shapes: [[2, 3]]) { $0[0].padded(axis: 1, before: 2, after: 1).square() },
    OperationCase(name: "concatenate", shapes: [[2, 3], [2, 2]]) { Variable.concatenate($0, axis: 1).square() },
    OperationCase(name: "gather rows", shapes: [[4, 2]]) {
        $0[0].gatherRows(RowIndices([3, 0, -1, 3, 2], sourceCount: 4)).square()
    },
    OperationCase(name: "scatter rows", shapes: [[5, 2]]) {
        $0[0].scatterAddRows(RowIndices([3, 0, -1, 3, 2], sourceCount: 4)).square()
    },
    OperationCase(name: "matmul", shapes: [[3, 4], [4, 2]]) { $0[0].matmul($0[1]) },
    OperationCase(name: "matmul, left transposed", shapes: [[4, 3], [4, 2]]) { $0[0].matmul($0[1], transposed: true) },
    OperationCase(name: "matmul, right transposed", shapes: [[3, 4], [2, 4]]) { $0[0].matmul($0[1], otherTransposed: true) },
    OperationCase(name: "matmul, both transposed", shapes: [[4, 3], [2, 4]]) {
        $0[0].matmul($0[1], transposed: true, otherTransposed: true)
    },
    OperationCase(name: "mode mixing", shapes: [[2, 3, 2, 2], [3, 2, 4, 2]]) { $0[0].mixingModes($0[1]) },
    OperationCase(name: "convolution", shapes: [[2, 4, 5, 2], [3, 3, 2, 3], [3]]) {
        $0[0].convolved($0[1], bias: $0[2], padding: .init(1))
    },
    OperationCase(name: "periodic convolution", shapes: [[1, 4, 3, 2], [3, 3, 2, 2], [2]]) {
        $0[0].convolved($0[1], bias: $0[2], padding: .init(1), mode: .circular)
    },
    OperationCase(name: "strided convolution with reflection", shapes: [[1, 4, 5, 1], [3, 3, 1, 2]]) {
        $0[0].convolved($0[1], stride: .init(2), padding: .init(1), mode: .reflect)
    },
    OperationCase(name: "strided convolution", shapes: [[1, 5, 6, 2], [3, 3, 2, 1]]) {
        $0[0].convolved($0[1], stride: .init(2), padding: .init(1))
    },
    OperationCase(name: "transposed convolution", shapes: [[1, 3, 2, 2], [4, 4, 1, 2], [1]]) {
        $0[0].transposedConvolved($0[1], bias: $0[2], stride: .init(2), padding: .init(1))
    },
    OperationCase(name: "convolution added to a field", shapes: [[2, 4, 5, 2], [3, 3, 2, 3], [3], [2, 4, 5, 3]]) {
        $0[0].convolved($0[1], bias: $0[2], padding: .init(1), adding: $0[3]).square()
    },
    OperationCase(name: "transposed convolution added to a field", shapes: [[1, 3, 2, 2], [4, 4, 1, 2], [1, 6, 4, 1]]) {
        $0[0].transposedConvolved($0[1], stride: .init(2), padding: .init(1), adding: $0[2]).square()
    },
    OperationCase(name: "convolutions of one field", shapes: [[1, 4, 5, 2], [3, 3, 2, 2], [3, 3, 2, 2]]) {
        $0[0].convolved($0[1], padding: .init(1)) * $0[0].convolved($0[2], padding: .init(1), mode: .circular) + $0[0]
    },
    OperationCase(name: "transposed convolutions of one field", shapes: [[1, 3, 2, 2], [4, 4, 1, 2], [2, 2, 1, 2]]) {
        $0[0].transposedConvolved($0[1], stride: .init(2), padding: .init(1)) * $0[0].transposedConvolved($0[2], stride: .init(2))
    },
    OperationCase(name: "convolution of a field with itself", shapes: [[3, 3, 3, 3]]) { $0[0].convolved($0[0], padding: .init(1)) },
    OperationCase(name: "smoothing, u + S (f - A u)", shapes: [[1, 4, 3, 2], [1, 4, 3, 2], [3, 3, 2, 2], [3, 3, 2, 2]]) {
        let residual = $0[0].convolved(-$0[2], padding: .init(1), adding: $0[1])
        return residual.convolved($0[3], padding: .init(1), adding: $0[0]) * $0[1]
    },
    OperationCase(name: "standardise over points", shapes: [[2, 3, 2, 2]]) { $0[0].standardised(over: [1, 2]) },
    OperationCase(name: "standardise in groups", shapes: [[2, 3, 2, 4]]) { $0[0].groupStandardised(groups: 2) },
    OperationCase(name: "softmax", shapes: [[2, 3, 5]]) { $0[0].softmax() },
    OperationCase(name: "group normalisation", shapes: [[2, 3, 2, 6], [6], [6]]) {
        $0[0].groupNormalised(groups: 3, weight: $0[1], bias: $0[2])
    },
    OperationCase(name: "group normalisation with GELU", shapes: [[2, 3, 3, 2], [2], [2]]) {
        $0[0].groupNormalised(groups: 1, weight: $0[1], bias: $0[2], gelu: true)
    },
    OperationCase(name: "pointwise perceptron", shapes: [[2, 3, 4], [4, 5], [5], [5, 2], [2]]) {
        $0[0].pointwiseMLP($0[1], $0[2], $0[3], $0[4])
    },
    OperationCase(name: "pointwise perceptron with a bypass", shapes: [[2, 3, 4], [4, 5], [5], [5, 2], [2], [2, 3, 3], [3, 2], [2]]) {
        $0[0].pointwiseMLP($0[1], $0[2], $0[3], $0[4], bypass: $0[5], $0[6], $0[7], gelu: true)
    },
    OperationCase(
        name: "pointwise perceptron with a bypass, without activation",
        shapes: [[3, 4], [4, 5], [5], [5, 2], [2], [3, 3], [3, 2], [2]]
    ) {
        $0[0].pointwiseMLP($0[1], $0[2], $0[3], $0[4], bypass: $0[5], $0[6], $0[7], gelu: false)
    },
    OperationCase(name: "spectral convolution between normalisations", shapes: [[2, 5, 6, 4], [12, 4, 2, 2]]) {
        $0[0].normalisedSpectralConvolution(.corners([2, 3]), spectral: $0[1], groups: 2, outputGroups: 1)
    },
    OperationCase(name: "gather pairs", shapes: [[4, 2]]) {
        $0[0].gatherPairs(PairIndices([(3, true), (0, false), (3, false), (2, true)], sourceCount: 4)).square()
    },
    OperationCase(name: "field normalisation", shapes: [[2, 3, 2, 2], [3, 2, 2], [3, 2, 2]]) {
        $0[0].fieldNormalised(weight: $0[1], bias: $0[2])
    },
    OperationCase(name: "field normalisation with GELU", shapes: [[2, 3, 2, 2], [3, 2, 2], [3, 2, 2]]) {
        $0[0].fieldNormalised(weight: $0[1], bias: $0[2], gelu: true)
    },
    OperationCase(name: "pad circularly", shapes: [[1, 3, 4, 2]]) { $0[0].padded(.init(2), mode: .circular).square() },
    OperationCase(name: "pad by reflection", shapes: [[1, 3, 4, 2]]) {
        $0[0].padded(.init(top: 1, left: 2, bottom: 0, right: 1), mode: .reflect).square()
    },
    OperationCase(name: "pad by replication", shapes: [[1, 3, 2, 2]]) { $0[0].padded(.init(1), mode: .replicate).square() },
    OperationCase(name: "resample an axis", shapes: [[2, 4, 3]]) { $0[0].resampled(.cubic(4, to: 7), axis: 1).square() },
    OperationCase(name: "average pooling", shapes: [[1, 4, 6, 2]]) { $0[0].averagePooled().square() },
    OperationCase(name: "maximum pooling", shapes: [[1, 4, 4, 2]]) { $0[0].maximumPooled().square() },
    OperationCase(name: "Fourier analysis", shapes: [[2, 5, 6, 2]]) { $0[0].fourierAnalysis(.corners([2, 3]), scale: 0.5).square() },
    OperationCase(name: "Fourier synthesis", shapes: [[2, 12, 2, 2]]) { $0[0].fourierSynthesis(.corners([2, 3]), grid: [5, 6]).square() },
    OperationCase(name: "Fourier layer with GELU", shapes: [[2, 5, 4, 2], [8, 2, 3, 2], [2, 3], [3]]) {
        $0[0].fourierLayer(.corners([2, 2]), spectral: $0[1], weight: $0[2], bias: $0[3], gelu: true)
    },
    OperationCase(name: "Fourier layer without activation", shapes: [[2, 5, 4, 2], [8, 2, 3, 2], [2, 3], [3]]) {
        $0[0].fourierLayer(.corners([2, 2]), spectral: $0[1], weight: $0[2], bias: $0[3], gelu: false)
    },
    OperationCase(name: "spectral weight after a map", shapes: [[3, 4, 2, 2], [3, 4]]) { $0[0].spectralWeight(after: $0[1]).square() },
    OperationCase(
        name: "Fourier layer and projection", shapes: [[2, 7, 2], [3, 2, 3, 2], [2, 3], [3], [3, 4], [4], [4, 2], [2]]
    ) {
        $0[0].fourierProjection(
            .corners([3]), spectral: $0[1], weight: $0[2], bias: $0[3], w1: $0[4], b1: $0[5], w2: $0[6], b2: $0[7])
    },
    OperationCase(name: "Fourier layer without the mean", shapes: [[2, 5, 4, 2], [4, 2, 3, 2], [2, 3], [3]]) {
        $0[0].fourierLayer(FourierModes(leading: [[1, -1]], last: 2), spectral: $0[1], weight: $0[2], bias: $0[3], gelu: true)
    },
    OperationCase(
        name: "paired perceptron with a paired bypass and GELU", shapes: [[3, 4], [2, 2, 4], [4], [2, 4, 2], [2], [3, 8], [2, 4, 2]]
    ) {
        $0[0].pairedMLP($0[1], $0[2], $0[3], $0[4], bypass: ($0[5], $0[6]), gelu: true)
    },
    OperationCase(
        name: "paired perceptron with a plain bypass", shapes: [[3, 4], [2, 2, 4], [4], [2, 4, 2], [2], [3, 3], [3, 2]]
    ) {
        $0[0].pairedMLP($0[1], $0[2], $0[3], $0[4], bypass: ($0[5], $0[6]))
    },
    OperationCase(name: "paired perceptron to a plain field", shapes: [[3, 4], [2, 2, 4], [4], [4, 3], [3]]) {
        $0[0].pairedMLP($0[1], $0[2], $0[3], $0[4])
    },
    OperationCase(name: "linear added to a field", shapes: [[2, 3, 4], [4, 5], [5], [2, 3, 5]]) {
        $0[0].linear($0[1], bias: $0[2], adding: $0[3])
    },
    OperationCase(name: "linear added to a field with GELU", shapes: [[2, 3, 4], [4, 5], [5], [2, 3, 5]]) {
        $0[0].linear($0[1], bias: $0[2], adding: $0[3], gelu: true)
    },
    OperationCase(name: "linear with bias and GELU", shapes: [[2, 3, 4], [4, 5], [5]]) { $0[0].linearGELU($0[1], bias: $0[2]) },
    OperationCase(name: "linear with bias", shapes: [[2, 3, 4], [4, 5], [5]]) { $0[0].linear($0[1], bias: $0[2]) },
]

@Suite struct OperationTests {
    @Test("first and second derivatives agree with central differences", arguments: operationCases)
    func gradients(_ operation: OperationCase) {
        expectGradients(operation.inputs, of: operation.function)
    }

    @Test func namesAreUnique() {
        #expect(Set(operationCases.map(\.name)).count == operationCases.count)
    }

    @Test("a wrong gradient is noticed")
    func theCheckCanFail() {
        withKnownIssue {
            expectGradients([randomTensor([3], seed: 1)]) { $0[0].detached() * $0[0] }
        }
    }

    @Test("the third derivative of x^4 is 24 x")
    func thirdDerivative() {
        let tape = Tape<Double>()
        let x = tape.variable(Tensor([2], [1.5, -0.5]))
        let y = x.square().square()
        let first = tape.gradients(of: y, for: [x], createGraph: true)[0]
        let second = tape.gradients(of: first, for: [x], createGraph: true)[0]
        let third = tape.gradients(of: second, for: [x])[0]
        #expect(zip(third.value.scalars, [36.0, -12.0]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("gradients of intermediate results include what flows through them")
    func intermediate() {
        let tape = Tape<Double>()
        let x = tape.variable(Tensor([1], [3.0]))
        let y = x.square()
        let z = y * x
        let gradients = tape.gradients(of: z, for: [x, y])
        #expect(gradients[0].value.scalars == [27])
        #expect(gradients[1].value.scalars == [3])
    }
}
