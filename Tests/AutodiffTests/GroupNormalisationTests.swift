import Autodiff
import Tensors
import TestSupport
import Testing

/// The fused kernels against the definition in Float64, on extents that fill vectors, tiles and blocks in every way.
@Suite struct GroupNormalisationTests {
    struct Extents: Sendable, CustomTestStringConvertible {
        let shape: [Int]
        let groups: Int
        var testDescription: String { "\(shape) in \(groups) groups" }
    }

    static let extents = [
        Extents(shape: [1, 1, 3, 1], groups: 1), Extents(shape: [2, 5, 7, 3], groups: 1), Extents(shape: [2, 9, 11, 6], groups: 3),
        Extents(shape: [1, 33, 40, 16], groups: 1), Extents(shape: [1, 30, 31, 24], groups: 8), Extents(shape: [2, 13, 40, 91], groups: 1),
        Extents(shape: [1, 40, 41, 64], groups: 8), Extents(shape: [3, 2, 2, 185], groups: 5), Extents(shape: [1, 70, 64, 8], groups: 2),
        Extents(shape: [1, 9, 9, 5], groups: 1),
    ]

    /// Output and gradients of the fused operation.
    private func fused<E: Scalar>(_ inputs: [Tensor<E>], _ seed: Tensor<E>, groups: Int, gelu: Bool) -> [Tensor<E>] {
        let tape = Tape<E>()
        let v = inputs.map(tape.variable)
        let y = v[0].groupNormalised(groups: groups, weight: v[1], bias: v[2], gelu: gelu)
        return [y.value] + tape.gradients(of: y, with: seed, for: v).map(\.value)
    }

    /// The same of the definition.
    private func defined(_ inputs: [Tensor<Double>], _ seed: Tensor<Double>, groups: Int, gelu: Bool) -> [Tensor<Double>] {
        let tape = Tape<Double>()
        let v = inputs.map(tape.variable)
        let affine = standardised(v[0], groups: groups) * v[1] + v[2]
        let y = gelu ? affine.gelu() : affine
        return [y.value] + tape.gradients(of: y, with: seed, for: v).map(\.value)
    }

    /// `(x - mean) / sqrt(variance + epsilon)` in elementary operations.
    private func standardised(_ x: Variable<Double>, groups: Int) -> Variable<Double> {
        let parts = x.reshaped([x.shape[0], -1, groups, x.shape.last! / groups])
        let centred = parts - parts.mean(axes: [1, 3])
        return (centred / (centred.square().mean(axes: [1, 3]) + 1e-5).squareRoot()).reshaped(x.shape)
    }

    @Test(arguments: extents)
    func standardisationIsItsDefinition(_ extents: Extents) {
        let x = randomTensor(extents.shape, seed: 1, as: Double.self)
        let seed = randomTensor(extents.shape, seed: 4, as: Double.self)
        func run<E: Scalar>(_ type: E.Type, _ function: (Variable<E>) -> Variable<E>) -> [Tensor<E>] {
            let tape = Tape<E>()
            let v = tape.variable(x.cast(to: E.self))
            let y = function(v)
            return [y.value, tape.gradients(of: y, with: seed.cast(to: E.self), for: [v])[0].value]
        }
        let expected = run(Double.self) { standardised($0, groups: extents.groups) }
        for (found, wanted) in zip(run(Double.self) { $0.groupStandardised(groups: extents.groups) }, expected) {
            #expect(relativeDistance(found, wanted) < 1e-12)
        }
        for (found, wanted) in zip(run(Float.self) { $0.groupStandardised(groups: extents.groups) }, expected) {
            #expect(relativeDistance(found, wanted) < 1e-5)
        }
    }

    @Test(arguments: [[2, 7], [3, 64, 2], [2, 33, 130]], [false, true])
    func fieldNormalisationIsItsDefinition(_ shape: [Int], gelu: Bool) {
        let x = randomTensor(shape, seed: 1, as: Double.self)
        let extents = Array(shape.dropFirst())
        let inputs = [
            Tensor(shape, x.scalars.map { $0 + 5 }), randomTensor(extents, seed: 2, as: Double.self),
            randomTensor(extents, seed: 3, as: Double.self),
        ]
        let seed = randomTensor(shape, seed: 4, as: Double.self)
        func run<E: Scalar>(_ type: E.Type, _ function: ([Variable<E>]) -> Variable<E>) -> [Tensor<E>] {
            let tape = Tape<E>()
            let v = inputs.map { tape.variable($0.cast(to: E.self)) }
            let y = function(v)
            return [y.value] + tape.gradients(of: y, with: seed.cast(to: E.self), for: v).map(\.value)
        }
        let axes = Array(1..<shape.count)
        let expected = run(Double.self) { v in
            let centred = v[0] - v[0].mean(axes: axes)
            let affine = centred / (centred.square().mean(axes: axes) + 1e-5).squareRoot() * v[1] + v[2]
            return gelu ? affine.gelu() : affine
        }
        for (found, wanted) in zip(run(Double.self) { $0[0].fieldNormalised(weight: $0[1], bias: $0[2], gelu: gelu) }, expected) {
            #expect(relativeDistance(found, wanted) < 1e-12)
        }
        for (found, wanted) in zip(run(Float.self) { $0[0].fieldNormalised(weight: $0[1], bias: $0[2], gelu: gelu) }, expected) {
            #expect(relativeDistance(found, wanted) < 1e-5)
        }
    }

    @Test(arguments: [[0], [1], [2], [0, 1], [1, 2], [0, 2], [1, 3], [0, 1, 2, 3], [0, 2, 3]])
    func anyAxesAreStandardised(_ axes: [Int]) {
        let x = randomTensor([3, 4, 5, 2], seed: 6, as: Double.self)
        let tape = Tape<Double>()
        let v = tape.variable(x)
        let centred = v - v.mean(axes: axes)
        let wanted = centred / (centred.square().mean(axes: axes) + 1e-5).squareRoot()
        let found = v.standardised(over: axes)
        let seed = randomTensor(x.shape, seed: 7, as: Double.self)
        let gradients = [found, wanted].map { tape.gradients(of: $0, with: seed, for: [v])[0].value }
        #expect(relativeDistance(found.value, wanted.value) < 1e-12)
        #expect(relativeDistance(gradients[0], gradients[1]) < 1e-12)
    }

    @Test(arguments: extents, [false, true])
    func isItsDefinition(_ extents: Extents, gelu: Bool) {
        let channels = extents.shape.last!
        // A common offset of ten deviations, as hidden fields have.
        let x = randomTensor(extents.shape, seed: 1, as: Double.self)
        let inputs = [
            Tensor(extents.shape, x.scalars.map { $0 + 10 }), randomTensor([channels], seed: 2, as: Double.self),
            randomTensor([channels], seed: 3, as: Double.self),
        ]
        let seed = randomTensor(extents.shape, seed: 4, as: Double.self)
        let expected = defined(inputs, seed, groups: extents.groups, gelu: gelu)
        for (found, wanted) in zip(fused(inputs, seed, groups: extents.groups, gelu: gelu), expected) {
            #expect(relativeDistance(found, wanted) < 1e-12)
        }
        let single = fused(inputs.map { $0.cast(to: Float.self) }, seed.cast(to: Float.self), groups: extents.groups, gelu: gelu)
        for (found, wanted) in zip(single, expected) { #expect(relativeDistance(found, wanted) < 1e-5) }
    }
}
