import Autodiff
import NeuralOperators
import Tensors
import TestSupport
import Testing

@Suite struct MgNOTests {
    typealias Configuration = MgNOConfiguration

    private func interface(_ grid: [Int], outputs: Int = 1) -> OperatorInterface {
        OperatorInterface(inputChannels: 1, outputChannels: outputs, grid: grid)
    }

    private func output(_ configuration: Configuration, trained: [Int], applied: [Int]) throws -> Tensor<Double> {
        let layout = ParameterLayout()
        let map = try configuration.makeOperator(interface(trained), in: layout.root)
        try map.validate(grid: applied)
        let tape = Tape(parameters: layout.initialValues(seed: 3, as: Double.self))
        return withExtendedLifetime(tape) { map(tape.constant(randomTensor([1] + applied + [1], seed: 4, as: Double.self))).value }
    }

    private static let levels = [Configuration.Level(pre: 1), .init(pre: 1, post: 1), .init(pre: 2)]

    @Test("sizes that are no powers of two, in every boundary and with every transfer", arguments: MgNOConfiguration.Transfers.allCases)
    func sizes(_ transfers: Configuration.Transfers) throws {
        let any = transfers == .doubling
        let grids = [[21, 21], [24, 24], [37, 29], any ? [13, 19] : [13, 13], any ? [24, 30] : [12, 12]]
        for boundary in [PaddingMode.zeros, .circular, .reflect] {
            for grid in grids {
                let configuration = Configuration(layers: 2, channels: 3, levels: Self.levels, boundary: boundary, transfers: transfers)
                #expect(try output(configuration, trained: grid, applied: grid).shape == [1] + grid + [1])
            }
        }
        let mixed = Configuration(layers: 1, channels: 3, levels: Self.levels, transfers: transfers)
        if transfers == .doubling {
            #expect(try output(mixed, trained: [21, 16], applied: [33, 10]).shape == [1, 33, 10, 1])
        } else {
            #expect(throws: OperatorError.self) { try mixed.makeOperator(interface([21, 16]), in: ParameterLayout().root) }
            // Odd and even levels as in training, or not.
            #expect(try output(mixed, trained: [21, 21], applied: [37, 37]).shape == [1, 37, 37, 1])
            #expect(throws: OperatorError.self) { try output(mixed, trained: [21, 21], applied: [20, 20]) }
        }
    }

    @Test("gradients agree with differences in the published variants")
    func gradients() throws {
        try expectParameterGradients(
            Configuration(
                layers: 1, channels: 2, levels: [1, 1, 2].map { .init(pre: $0) }, boundary: .reflect, bypass: false, bias: true,
                activation: .tanh, growth: true, transfers: .inner, layerNormalisation: true, head: .cycle),
            interface([15, 15], outputs: 2))
        try expectParameterGradients(
            Configuration(layers: 2, channels: 2, levels: Self.levels, activation: .tanh, transfers: .matched), interface([11, 11]))
        try expectParameterGradients(
            Configuration(
                layers: 1, channels: 2, levels: Self.levels, boundary: .circular, bypass: false, bias: true, normalisation: true,
                restrictsResidual: true, residual: true, activation: .tanh), interface([10, 12]))
    }

    @Test("grids that are too small name the level and what the grid allows")
    func tooManyLevels() throws {
        func error(_ configuration: Configuration, _ grid: [Int]) -> OperatorError? {
            #expect(throws: OperatorError.self) { try configuration.makeOperator(interface(grid), in: ParameterLayout().root) }
        }
        let six = Configuration(layers: 1, channels: 2, boundary: .reflect)
        #expect(
            error(six, [32, 16])
                == .invalidSetting(
                    layer: "mgno level 4", setting: "pre-smoothing", found: "6 levels", allowed: "at most 4 on a grid of 32 x 16"))
        let inner = Configuration(layers: 1, channels: 2, transfers: .inner)
        #expect(
            error(inner, [32, 32])
                == .invalidSetting(
                    layer: "mgno level 4", setting: "pre-smoothing", found: "6 levels", allowed: "at most 5 on a grid of 32 x 32"))
        #expect(throws: Never.self) {
            let five = Configuration(layers: 1, channels: 2, levels: [1, 1, 1, 1, 1].map { .init(pre: $0) }, transfers: .inner)
            _ = try five.makeOperator(interface([32, 32]), in: ParameterLayout().root)
        }
        #expect(throws: OperatorError.self) { try output(six, trained: [64, 64], applied: [8, 8]) }
    }
}
