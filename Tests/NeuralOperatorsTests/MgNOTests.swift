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

    @Test("an activation inside the last normalisation is one after the cycle", arguments: [false, true], [0, 1])
    func activationAfterTheCycle(normalisation: Bool, post: Int) throws {
        func value(_ activation: Activation) throws -> [Double] {
            let configuration = Configuration(
                layers: 1, channels: 1, levels: [.init(pre: 1, post: post), .init(pre: 1)], bypass: false,
                normalisation: normalisation, activation: activation)
            return try output(configuration, trained: [8, 12], applied: [8, 12]).scalars
        }
        // The head of one channel is a factor, so that what the cycle makes can be read off.
        let configuration = Configuration(
            layers: 1, channels: 1, levels: [.init(pre: 1, post: post), .init(pre: 1)], bypass: false, normalisation: normalisation)
        let layout = ParameterLayout()
        _ = try configuration.makeOperator(interface([8, 12]), in: layout.root)
        let head = try #require(layout.entries.first { $0.path == "head.weight" })
        let factor = layout.initialValues(seed: 3, as: Double.self)[head].item
        let cycle = try value(.identity).map { $0 / factor }
        let tape = Tape<Double>()
        let wanted = withExtendedLifetime(tape) { tape.constant(Tensor([cycle.count], cycle)).gelu().value.scalars.map { $0 * factor } }
        for (found, wanted) in zip(try value(.gelu), wanted) { #expect(abs(found - wanted) < 1e-13 * max(1, abs(wanted))) }
    }

    @Test("a convolution adds to a field, subtracts from one, and prolongs onto one")
    func convolutionsWithFields() {
        let layout = ParameterLayout()
        let map = Convolution2D(3, 2, kernel: 3, padding: 1, in: layout.root["map"])
        let prolongation = TransposedConvolution2D(3, 2, kernel: 4, stride: 2, padding: 1, in: layout.root["prolongation"])
        let tape = Tape(parameters: layout.initialValues(seed: 3, as: Double.self))
        func distance(_ a: Variable<Double>, _ b: Variable<Double>) -> Double {
            zip(a.value.scalars, b.value.scalars).map { abs($0 - $1) }.max()!
        }
        withExtendedLifetime(tape) {
            let u = tape.constant(randomTensor([2, 5, 4, 3], seed: 4, as: Double.self))
            let f = tape.constant(randomTensor([2, 5, 4, 2], seed: 5, as: Double.self))
            let fine = tape.constant(randomTensor([2, 10, 8, 2], seed: 6, as: Double.self))
            #expect(distance(map(u, adding: f), f + map(u)) < 1e-14)
            #expect(distance(map.subtracted(from: f, u), f - map(u)) < 1e-14)
            #expect(distance(prolongation(u, adding: fine), fine + prolongation(u)) < 1e-14)
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
        try expectParameterGradients(
            Configuration(
                layers: 2, channels: 2, levels: [.init(pre: 1), .init(pre: 1)], boundary: .circular, bypass: false, bias: true,
                normalisation: true), interface([8, 6]))
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
