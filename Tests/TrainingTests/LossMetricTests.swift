import Autodiff
import Metrics
import NeuralOperators
import TestSupport
import Testing
import Tensors

/// What is trained on is what is reported: losses and metrics of one name have one definition.
@Suite struct LossMetricTests {
    struct Pair: CustomTestStringConvertible, Sendable {
        let metric: Metric
        let loss: any Loss
        var periodic = [true, false]
        var testDescription: String { metric.name }
    }

    private static let spacing = [0.3, 0.7]

    private static let pairs: [Pair] = [
        Pair(metric: .relativeL2, loss: L2Loss()),
        Pair(metric: .relativeL1, loss: L1Loss()),
        Pair(metric: .rmse, loss: L2Loss(isRelative: false)),
        Pair(metric: .mae, loss: L1Loss(isRelative: false)),
        Pair(metric: .relativeH1, loss: H1Loss(gradient: .differences(spacing: spacing, periodic: [true, false]))),
        Pair(
            metric: .relativeH1Spectral,
            loss: H1Loss(gradient: .spectral(factors: [2 * .pi / (6 * spacing[0]), 2 * .pi / (5 * spacing[1])], cutoff: nil)),
            periodic: [true, true]),
    ]

    @Test(arguments: pairs)
    func agree(_ pair: Pair) throws {
        let geometry = FieldGeometry(shape: [6, 5], spacing: LossMetricTests.spacing, periodic: pair.periodic)
        let (p, t) = (randomTensor([6, 5], seed: 1, as: Double.self), randomTensor([6, 5], seed: 2, as: Double.self))
        let metric = try pair.metric.value(prediction: p, truth: t, on: geometry)
        let tape = Tape<Double>()
        let loss = withExtendedLifetime(tape) {
            pair.loss.sum(tape.constant(p.reshaped([1, 6, 5, 1])), t.reshaped([1, 6, 5, 1])).value.item
        }
        #expect(abs(loss / metric - 1) < 1e-12)
    }
}
