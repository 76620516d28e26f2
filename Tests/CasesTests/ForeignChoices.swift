import Autodiff
import Cases
import NeuralOperators
import Tensors

/// Choices that are defined outside Eddy, as a program that uses it as a library would.
struct HeatEquation: EquationSettings {
    static let name = "test-heat"
    static let summary = "u_t = nu u_xx, periodic"
    static let samplers = ["test-waves", "test-steps"]
    static let solvers = ["test-spectral"]
    var viscosity = 0.1
    static let keys: [Key<Self>] = [.number("viscosity", \.viscosity, .positive, "nu")]

    func makeProblem(_ context: ProblemContext) throws -> any Problem {
        throw ProblemError("equation", "name", allowed: "an equation with a solver; this one serves to test case files")
    }
}

struct WaveSampler: SamplerSettings {
    static let name = "test-waves"
    static let summary = "sums of waves"
    enum Phase: String, CaseIterable, Sendable { case random, zero }
    var waves = [1, 2]
    var amplitudes = [1.0, 0.5]
    var phase = Phase.random
    static let keys: [Key<Self>] = [
        .integers("waves", \.waves, .positive, count: 1...3, "wavenumbers"),
        .numbers("amplitudes", \.amplitudes, .range(0...10), "amplitudes"),
        .choice("phase", \.phase, "phase of each wave"),
    ]
    func resolve(_ checker: inout CaseChecker) {
        if waves.count != amplitudes.count { checker.reject("amplitudes", allowed: "as many as waves, \(waves.count)") }
    }
}

struct StepSampler: SamplerSettings {
    static let name = "test-steps"
    static let summary = "steps"
    static let keys: [Key<Self>] = []
}

struct OtherSampler: SamplerSettings {
    static let name = "test-other"
    static let summary = "does not fit the heat equation"
    static let keys: [Key<Self>] = []
}

struct SpectralSolver: SolverSettings {
    static let name = "test-spectral"
    static let summary = "Fourier"
    var resolution = Resolution(128)
    var tolerance: Double?
    static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "points"),
        .number("tolerance", \.tolerance, .between(0, 1), "left out: one step per frame"),
    ]
}

struct LinearOperator: OperatorSettings {
    static let name = "test-linear"
    static let summary = "one matrix"
    var width = 32
    var bias = true
    var label: String?
    static let keys: [Key<Self>] = [
        .integer("width", \.width, .range(1...4096), "channels of the hidden fields"),
        .flag("bias", \.bias, "adds a constant"),
        .text("label", \.label, "anything"),
    ]

    func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        LinearMap(map: Linear(interface.inputChannels, interface.outputChannels, bias: bias, in: scope["map"]))
    }
}

/// An operator from outside the package's modules.
struct LinearMap: NeuralOperator {
    let map: Linear

    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> { map(input.fields) }
}

extension Registries {
    /// The choices of this file, with the standard ones of everything else.
    static var withForeignChoices: Registries {
        var registries = Registries.standard
        registries.equations = Registry("equation", [.init(HeatEquation.self)])
        registries.samplers = Registry("sampler", [.init(WaveSampler.self), .init(StepSampler.self), .init(OtherSampler.self)])
        registries.solvers = Registry("solver", [.init(SpectralSolver.self)])
        registries.operators = Registry("operator", [.init(LinearOperator.self)])
        return registries
    }
}
