import Autodiff
import Tensors
import TestSupport
import Testing

/// Operations on fields that are large enough for several threads: the same bits on any number of them, values and gradients.
@Suite struct SharedWorkTests {
    struct Subject: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var parameters: [[Int]] = []
        let function: @Sendable (Variable<Float>, [Variable<Float>]) -> Variable<Float>
    }

    private static let shape = [1, 64, 64, 16]

    static let subjects = [
        Subject(testDescription: "sum, product and factor") { x, _ in (x + x * x) * 3 + 1 },
        Subject(testDescription: "functions") { x, _ in x.tanh() + x.gelu() },
        Subject(testDescription: "slice and join") { x, _ in .concatenate([x.slice(axis: 3, 3..<11), x, x.slice(axis: 3, 0..<5)], axis: 3)
        },
        Subject(testDescription: "mean of windows") { x, _ in x.averagePooled() },
        Subject(testDescription: "maximum of windows") { x, _ in x.maximumPooled() },
        Subject(testDescription: "resampling") { x, _ in x.resampled(.cubic(64, to: 96), axis: 1).resampled(.cubic(64, to: 96), axis: 2) },
        Subject(testDescription: "group normalisation", parameters: [[16], [16]]) { x, p in
            x.groupNormalised(groups: 4, weight: p[0], bias: p[1], gelu: true)
        },
        Subject(testDescription: "field normalisation", parameters: [[64, 64, 16], [64, 64, 16]]) { x, p in
            x.fieldNormalised(weight: p[0], bias: p[1], gelu: true)
        },
        Subject(testDescription: "convolution, blocks of tiles", parameters: [[3, 3, 16, 40]]) { x, p in
            x.convolved(p[0], padding: .init(1))
        },
        Subject(testDescription: "convolution, weights in parts", parameters: [[3, 3, 256, 192]]) { x, p in
            x.reshaped([1, 16, 16, 256]).convolved(p[0], padding: .init(1))
        },
        Subject(testDescription: "convolution that doubles the grid", parameters: [[2, 2, 40, 64], [40]]) { x, p in
            x.reshaped([2, 16, 32, 64]).transposedConvolved(p[0], bias: p[1], stride: .init(2))
        },
        Subject(testDescription: "strided convolution of four samples", parameters: [[3, 3, 16, 256]]) { x, p in
            x.reshaped([4, 32, 32, 16]).convolved(p[0], stride: .init(2), padding: .init(1))
        },
        Subject(testDescription: "field that is used twice", parameters: [[3, 3, 16, 16]]) { x, p in
            x.convolved(p[0], padding: .init(1)) * x.gelu() + x
        },
        Subject(testDescription: "bands of a convolution added to a field", parameters: [[3, 3, 16, 24], [1, 32, 32, 24]]) { x, p in
            x.convolved(p[0], stride: .init(2), padding: .init(1), adding: p[1])
        },
        Subject(testDescription: "transposed convolution added to a field", parameters: [[4, 4, 20, 16], [1, 128, 128, 20]]) { x, p in
            x.transposedConvolved(p[0], stride: .init(2), padding: .init(1), adding: p[1])
        },
    ]

    @Test(arguments: subjects)
    func sameBitsOnAnyThreads(_ subject: Subject) {
        func results(threads: Int) -> [Tensor<Float>] {
            let tape = Tape<Float>(workers: Workers(threads: threads))
            let inputs = ([Self.shape] + subject.parameters).enumerated().map {
                tape.variable(randomTensor($1, seed: UInt64($0 + 1), as: Float.self))
            }
            let y = subject.function(inputs[0], Array(inputs.dropFirst()))
            let seed = randomTensor(y.shape, seed: 9, as: Float.self)
            return [y.value] + tape.gradients(of: y, with: seed, for: inputs).map(\.value)
        }
        let alone = results(threads: 1)
        for threads in [2, 3, 8] { #expect(results(threads: threads) == alone, "\(threads) threads") }
    }
}
