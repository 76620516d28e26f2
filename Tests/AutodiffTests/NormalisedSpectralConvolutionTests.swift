import Autodiff
import Tensors
import TestSupport
import Testing
import Transforms

/// The fused operation against normalisation, transform, mixing, transform and normalisation one after the other, in Float64.
@Suite struct NormalisedSpectralConvolutionTests {
    struct Layer: Sendable, CustomTestStringConvertible {
        let grid: [Int]
        let modes: FourierModes
        let channels: Int
        let groups: Int
        var testDescription: String { "\(grid), modes \(modes.shape), \(channels) channels in \(groups) groups" }
    }

    static let layers = [
        // The zero wavenumber of the last axis comes with both signs of the others; n/2 of an even axis is its own negative.
        Layer(grid: [8, 8], modes: .corners([4, 5]), channels: 4, groups: 2),
        Layer(grid: [9, 8], modes: .corners([2, 5]), channels: 6, groups: 6),
        Layer(grid: [12, 10], modes: FourierModes(leading: [Array(-2...2)], last: 3), channels: 8, groups: 2),
        Layer(grid: [16], modes: .corners([9]), channels: 20, groups: 1),
        Layer(grid: [6, 4, 6], modes: .corners([3, 2, 4]), channels: 3, groups: 3),
        Layer(grid: [8, 7], modes: FourierModes(leading: [[1, 2]], last: 3), channels: 4, groups: 2),
    ]

    @Test(arguments: layers)
    func isItsDefinition(_ layer: Layer) {
        let outputs = layer.groups * 3
        let x = randomTensor([3] + layer.grid + [layer.channels], seed: 1, as: Double.self)
        // A common offset of three deviations, as hidden fields have.
        let inputs = [
            Tensor(x.shape, x.scalars.map { $0 + 3 }),
            randomTensor([layer.modes.count, layer.channels, outputs, 2], seed: 2, as: Double.self),
        ]
        let seed = randomTensor([3] + layer.grid + [outputs], seed: 3, as: Double.self)
        func run<E: Scalar>(_ type: E.Type, _ function: (Variable<E>, Variable<E>) -> Variable<E>) -> [Tensor<E>] {
            let tape = Tape<E>()
            let v = inputs.map { tape.variable($0.cast(to: E.self)) }
            let y = function(v[0], v[1])
            return [y.value] + tape.gradients(of: y, with: seed.cast(to: E.self), for: v).map(\.value)
        }
        func normalised(_ v: Variable<Double>) -> Variable<Double> {
            let parts = v.reshaped([3, -1, layer.groups, v.shape.last! / layer.groups])
            let centred = parts - parts.mean(axes: [1, 3])
            return (centred / (centred.square().mean(axes: [1, 3]) + 1e-5).squareRoot()).reshaped(v.shape)
        }
        let expected = run(Double.self) { x, w in
            normalised(normalised(x).fourierAnalysis(layer.modes).mixingModes(w).fourierSynthesis(layer.modes, grid: layer.grid))
        }
        let found = run(Double.self) {
            $0.normalisedSpectralConvolution(layer.modes, spectral: $1, groups: layer.groups, outputGroups: layer.groups)
        }
        for (found, wanted) in zip(found, expected) { #expect(relativeDistance(found, wanted) < 1e-11) }
        let single = run(Float.self) {
            $0.normalisedSpectralConvolution(layer.modes, spectral: $1, groups: layer.groups, outputGroups: layer.groups)
        }
        for (found, wanted) in zip(single, expected) { #expect(relativeDistance(found, wanted) < 2e-5) }
    }
}
