import Autodiff
import NeuralOperators
import Testing

/// Published architectures have the published numbers of parameters (a complex number counts as two).
@Suite struct ParameterCountTests {
    struct Published: Sendable, CustomTestStringConvertible {
        let name: String
        let configuration: any OperatorConfiguration
        let input: Int
        let output: Int
        let grid: [Int]
        var frames = 1
        let count: Int
        var testDescription: String { name }
    }

    static let published = [
        Published(
            name: "FNO, Darcy", configuration: FNOConfiguration(modes: [12, 12], width: 32), input: 1, output: 1, grid: [85, 85],
            count: 2_368_001),
        Published(
            name: "FNO, Burgers", configuration: FNOConfiguration(modes: [16], width: 64), input: 1, output: 1, grid: [1024], count: 549_569
        ),
        Published(
            name: "FNO of the G-FNO paper", configuration: AIRSFNOConfiguration(modes: [12, 12], width: 20), input: 10, output: 1,
            grid: [64, 64], count: 928_661),
        Published(
            name: "G-FNO, p4", configuration: GFNOConfiguration(group: .p4, modes: 12, width: 10), input: 10, output: 1, grid: [64, 64],
            count: 853_121),
        Published(
            name: "G-FNO, p4m", configuration: GFNOConfiguration(group: .p4m, modes: 12, width: 7), input: 10, output: 1, grid: [64, 64],
            count: 835_969),
        Published(
            name: "FNO in space and time of the G-FNO paper", configuration: AIRSFNOConfiguration(modes: [8, 8, 6], width: 20), input: 10,
            output: 1, grid: [64, 64, 20], count: 4_922_281),
        Published(
            name: "G-FNO in space and time, p4", configuration: GFNOConfiguration(group: .p4, modes: 8, timeModes: 6, width: 11), input: 10,
            output: 1, grid: [64, 64, 20], count: 4_799_708),
        Published(
            name: "G-FNO in space and time, p4m", configuration: GFNOConfiguration(group: .p4m, modes: 8, timeModes: 6, width: 7),
            input: 10,
            output: 1, grid: [64, 64, 20], count: 3_887_304),
        Published(
            name: "G-FNO hybrid, p4, 3 of 4 layers", configuration: GFNOConfiguration(group: .p4, width: 10, equivariantLayers: 3),
            input: 10,
            output: 1, grid: [64, 64], count: 1_102_831),
        Published(
            name: "G-FNO hybrid, p4m, 1 of 4 layers", configuration: GFNOConfiguration(group: .p4m, width: 7, equivariantLayers: 1),
            input: 10,
            output: 1, grid: [64, 64], count: 1_320_830),
        Published(
            name: "DeepONet, advection", configuration: DeepONetConfiguration(branch: [512], trunk: [512, 512], products: 512), input: 1,
            output: 40, grid: [40], frames: 40, count: 40 * 512 + 512 + 512 * 512 + 512 + 2 * 512 + 512 + 2 * (512 * 512 + 512) + 1),
        Published(
            name: "MgNO, Darcy", configuration: MgNOConfiguration(), input: 1, output: 1, grid: [256, 256], count: 572_661),
        Published(
            name: "MgNO, pipe",
            configuration: MgNOConfiguration(
                layers: 5,
                levels: [.init(pre: 1), .init(pre: 1), .init(pre: 1), .init(pre: 1), .init(pre: 1, post: 1), .init(pre: 2)]),
            input: 2, output: 1, grid: [128, 128], count: 783_876),
        Published(
            name: "MgNO, smooth Darcy", configuration: MgNOConfiguration(layers: 5, transfers: .matched), input: 1, output: 1,
            grid: [211, 211], count: 678_093),
        // The authors' code declares 11,241 numbers more, of operators that it never uses.
        Published(
            name: "MgNO, Helmholtz",
            configuration: MgNOConfiguration(
                layers: 4, channels: 20, levels: [1, 1, 1, 1, 2].map { .init(pre: $0) }, boundary: .reflect, bypass: false, bias: true,
                growth: true, transfers: .inner, layerNormalisation: true, head: .cycle), input: 1, output: 1, grid: [101, 101],
            count: 5_340_565),
        Published(
            name: "MgNO, Navier-Stokes",
            configuration: MgNOConfiguration(
                layers: 5, channels: 32, levels: [1, 1, 1, 2, 2].map { .init(pre: $0) }, boundary: .circular, bypass: false, bias: true,
                normalisation: true, residual: true), input: 1, output: 1, grid: [64, 64], count: 2_885_194),
        Published(
            name: "SineNet with 8 waves", configuration: SineNetConfiguration(), input: 12, output: 3, grid: [128, 128], count: 35_490_219),
    ]

    @Test("the number of parameters is the published one", arguments: published)
    func count(_ model: Published) throws {
        let layout = ParameterLayout()
        let interface = OperatorInterface(
            inputChannels: model.input, outputChannels: model.output, grid: model.grid, outputFrames: model.frames)
        _ = try model.configuration.makeOperator(interface, in: layout.root)
        #expect(layout.parameterCount == model.count)
    }
}
