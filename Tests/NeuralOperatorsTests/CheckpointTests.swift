import Autodiff
import NeuralOperators
import Tensors
import TestSupport
import Testing

/// Activation checkpoints change the memory of a tape and no bit of a gradient.
@Suite struct CheckpointTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let configuration: any OperatorConfiguration
        var grid = [16, 16]
        var scalarParameters = 0
        var testDescription: String { "\(type(of: configuration).name), \(grid), \(scalarParameters) scalar parameters" }
    }

    static let subjects = [
        Subject(configuration: FNOConfiguration(modes: [5], width: 6), grid: [16]),
        // More points than a tile of the fused operations has, so that threads share them.
        Subject(configuration: FNOConfiguration(modes: [5], width: 12, layers: 1, projection: 32), grid: [300]),
        Subject(configuration: FNOConfiguration(modes: [4, 4], width: 6)),
        Subject(configuration: GFNOConfiguration(group: .p4, modes: 4, width: 12, layers: 2), grid: [32, 32]),
        Subject(configuration: FNOConfiguration(modes: [2, 2, 2], width: 4, activation: .relu), grid: [6, 6, 6]),
        Subject(configuration: AIRSFNOConfiguration(modes: [4, 4], width: 6)),
        Subject(configuration: NeuraloperatorFNOConfiguration(modes: [6, 6], width: 8)),
        Subject(configuration: FactorizedFNOConfiguration(modes: [4, 4], width: 6)),
        Subject(configuration: GFNOConfiguration(group: .p4, modes: 4, width: 3)),
        Subject(configuration: GFNOConfiguration(group: .p4m, modes: 3, width: 2)),
        Subject(configuration: MgNOConfiguration(layers: 2, channels: 4, levels: [1, 1, 2].map { .init(pre: $0, post: 1) })),
        Subject(configuration: SineNetConfiguration(waves: 2, width: 4, levels: 2)),
        Subject(configuration: SineNetConfiguration(waves: 2, width: 4, levels: 2), scalarParameters: 2),
        Subject(configuration: UNetConfiguration(width: 8, multipliers: [1, 2], blocks: 1, attention: [1])),
        Subject(configuration: UNetConfiguration(width: 8, multipliers: [1, 2], blocks: 1), scalarParameters: 1),
        Subject(configuration: ClassicUNetConfiguration(width: 4, levels: 2)),
        Subject(configuration: DilatedResNetConfiguration(width: 4, blocks: 2)),
        Subject(configuration: DeepONetConfiguration(branch: [8, 8], trunk: [8, 8], products: 6)),
    ]

    static func gradients(
        _ subject: Subject, checkpoints: Bool, applications: Int, threads: Int = 1
    ) throws -> (loss: Float, gradient: [Float]) {
        let layout = ParameterLayout()
        let interface = OperatorInterface(
            inputChannels: 2, outputChannels: 2, grid: subject.grid, scalarParameters: subject.scalarParameters)
        let map = try subject.configuration.makeOperator(interface, in: layout.root)
        let parameters = layout.initialValues(seed: 3, as: Float.self)
        // Parameters that start from zero would hide what lies before them.
        for entry in layout.entries {
            let change = randomTensor(entry.shape, seed: UInt64(entry.index), as: Float.self)
            parameters.set(entry, to: Tensor(entry.shape, zip(parameters[entry].scalars, change.scalars).map { $0 + 0.1 * $1 }))
        }
        let gradients = ParameterVector<Float>(layout: layout)
        let tape = Tape(parameters: parameters, checkpoints: checkpoints, workers: Workers(threads: threads))
        return withExtendedLifetime(tape) {
            var fields = tape.constant(randomTensor([2] + subject.grid + [2], seed: 5, as: Float.self))
            let scalars =
                subject.scalarParameters == 0
                ? nil : tape.constant(randomTensor([2, subject.scalarParameters], seed: 6, as: Float.self))
            for _ in 0..<applications { fields = map(OperatorInput(fields, parameters: scalars)) }
            let loss = fields.square().sum()
            tape.accumulateParameterGradients(of: loss, into: gradients)
            return (loss.value.item, layout.entries.flatMap { gradients[$0].scalars })
        }
    }

    /// Two applications share the parameters, as a rollout does.
    @Test("the gradients are the same bits", arguments: subjects, [1, 2])
    func sameBits(_ subject: Subject, applications: Int) throws {
        let kept = try Self.gradients(subject, checkpoints: false, applications: applications)
        let recomputed = try Self.gradients(subject, checkpoints: true, applications: applications)
        #expect(kept.loss == recomputed.loss)
        #expect(kept.gradient == recomputed.gradient)
        #expect(kept.gradient.contains { $0 != 0 })
    }

    /// The computation runs once forward and once more backward, also inside another checkpoint, and its inputs pass their gradients on.
    @Test func recomputation() {
        let tape = Tape<Double>(parameters: nil, checkpoints: true)
        withExtendedLifetime(tape) {
            let x = tape.variable(randomTensor([3, 4], seed: 1, as: Double.self))
            let y = tape.variable(randomTensor([3, 4], seed: 2, as: Double.self))
            var (outer, inner) = (0, 0)
            let z = tape.checkpointed([x, y]) { inputs in
                outer += 1
                return inputs[0].sin()
                    * inputs[1].checkpointed { part in
                        inner += 1
                        return part.exp()
                    }
            }
            #expect((outer, inner) == (1, 1))
            let found = tape.gradients(of: (z + x).sum(), for: [x, y])
            #expect((outer, inner) == (2, 3))
            #expect(relativeDistance(found[0].value, (x.cos() * y.exp() + 1).value) < 1e-15)
            #expect(relativeDistance(found[1].value, (x.sin() * y.exp()).value) < 1e-15)
        }
    }

    /// Second derivatives go through the recomputed operations.
    @Test func secondDerivatives() {
        let tape = Tape<Double>(parameters: nil, checkpoints: true)
        withExtendedLifetime(tape) {
            let x = tape.variable(randomTensor([5], seed: 1, as: Double.self))
            let slope = tape.gradients(of: x.checkpointed { $0.sin() }.sum(), for: [x], createGraph: true)[0]
            let curvature = tape.gradients(of: slope.sum(), for: [x])[0]
            #expect(relativeDistance(curvature.value, (-x.sin()).value) < 1e-15)
        }
    }
}
