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
        let affine = v[0].groupStandardised(groups: groups) * v[1] + v[2]
        let y = gelu ? affine.gelu() : affine
        return [y.value] + tape.gradients(of: y, with: seed, for: v).map(\.value)
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
