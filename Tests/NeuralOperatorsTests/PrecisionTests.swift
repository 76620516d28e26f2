import Autodiff
import NeuralOperators
import Tensors
import TestSupport
import Testing

/// Operators at sizes that cases train: their single-precision kernels against the composition in double precision, weight by weight.
@Suite struct PrecisionTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let name: String
        let configuration: any OperatorConfiguration
        let grid: [Int]
        let channels: Int
        var batch = 3
        var periodic = true
        var testDescription: String { name }
    }

    static let subjects = [
        Subject(name: "FNO, width 20", configuration: FNOConfiguration(modes: [8, 8], width: 20), grid: [32, 32], channels: 5, batch: 5),
        Subject(
            name: "FNO, width 24", configuration: FNOConfiguration(modes: [10, 10], width: 24), grid: [32, 32], channels: 1, periodic: false
        ),
        Subject(name: "FNO, 1-D", configuration: FNOConfiguration(modes: [16], width: 64), grid: [256], channels: 1),
        Subject(
            name: "FNO, 3-D", configuration: FNOConfiguration(modes: [4, 4, 4], width: 16), grid: [16, 16, 16], channels: 3, batch: 2),
        Subject(name: "MgNO", configuration: MgNOConfiguration(channels: 16), grid: [64, 64], channels: 1, periodic: false),
        Subject(name: "G-FNO", configuration: GFNOConfiguration(modes: 8, width: 8), grid: [32, 32], channels: 10),
        Subject(name: "AIRS FNO", configuration: AIRSFNOConfiguration(modes: [8, 8], width: 16), grid: [32, 32], channels: 10),
        Subject(
            name: "F-FNO", configuration: FactorizedFNOConfiguration(modes: [12, 12], width: 24, layers: 4), grid: [32, 32], channels: 1),
        Subject(
            name: "DeepONet", configuration: DeepONetConfiguration(branch: [64], trunk: [64], products: 40), grid: [40], channels: 1,
            batch: 20),
        Subject(name: "classic U-Net", configuration: ClassicUNetConfiguration(width: 16), grid: [32, 32], channels: 8),
        Subject(
            name: "neuraloperator FNO", configuration: NeuraloperatorFNOConfiguration(modes: [16, 16], width: 24), grid: [32, 32],
            channels: 1),
    ]

    private func gradients<T: Scalar>(_ subject: Subject, _ type: T.Type) throws -> (
        output: [Double], gradients: [(path: String, values: [Double])]
    ) {
        let layout = ParameterLayout()
        let interface = OperatorInterface(
            inputChannels: subject.channels, outputChannels: 1, grid: subject.grid,
            periodic: subject.grid.map { _ in subject.periodic })
        let map = try subject.configuration.makeOperator(interface, in: layout.root)
        // The same weights in both precisions.
        let drawn = layout.initialValues(seed: 3, as: Float.self)
        let parameters = ParameterVector<T>(layout: layout)
        for entry in layout.entries { parameters.set(entry, to: drawn[entry].cast(to: T.self)) }
        let gradients = ParameterVector<T>(layout: layout)
        let tape = Tape(parameters: parameters)
        return withExtendedLifetime(tape) {
            let fields = tape.constant(
                randomTensor([subject.batch] + subject.grid + [subject.channels], seed: 5, as: Float.self).cast(to: T.self))
            let y = map(OperatorInput(fields))
            let target = tape.constant(randomTensor(y.shape, seed: 6, as: Float.self).cast(to: T.self))
            tape.accumulateParameterGradients(of: (y - target).square().mean(), into: gradients)
            return (
                y.value.scalars.map { Double($0) },
                layout.entries.map { ($0.path, gradients[$0].scalars.map { Double($0) }) }
            )
        }
    }

    private func norm(_ a: some Sequence<Double>) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    private func distance(_ a: [Double], _ b: [Double]) -> Double { norm(zip(a, b).map { $0 - $1 }) }

    @Test(arguments: subjects) func singleAgreesWithDouble(subject: Subject) throws {
        let (single, double) = (try gradients(subject, Float.self), try gradients(subject, Double.self))
        #expect(distance(single.output, double.output) < 1e-5 * norm(double.output))
        // A weight without effect (before a normalisation) has the gradient zero, up to rounding.
        let whole = norm(double.gradients.flatMap(\.values))
        for (a, b) in zip(single.gradients, double.gradients) {
            let error = distance(a.values, b.values) / max(norm(b.values), 1e-4 * whole)
            #expect(error < 2e-4, "\(a.path): \(error)")
        }
    }
}
