import Cases
import Foundation
import Grids
import Solvers
import Tensors
import Testing

/// Trajectories that must not become data are refused with numbers.
@Suite struct EvolutionGateTests {
    private func solver(_ text: String, registries: Registries = .standard, isStrict: Bool = true) throws -> any SampleSolver {
        let content = try Case(text: text, file: "gate.toml", registries: registries)
        let resolution = content.content.dataset!.resolution
        return try content.makeProblem().makeSolver(SolverSetting(), output: resolution, isStrict: isStrict)
    }

    private static let turbulent = """
        title = "too coarse"
        [equation]
        name = "navier-stokes"
        viscosity = 1e-6
        [sampler]
        name = "gaussian"
        tau = 7.0
        alpha = 1.5
        [dataset]
        resolution = 16
        frames = 3
        interval = 5.0
        """

    @Test("a flow that the grid does not resolve is refused as data, not in a comparison") func underResolved() throws {
        #expect {
            try solver(Self.turbulent).solve(Philox(seed: 1, stream: 0))
        } throws: {
            guard case .underResolved(_, let time, let share, let limit) = $0 as? SolverError else { return false }
            return time > 0 && share > limit && limit == 1e-3
        }
        let coarse = try solver(Self.turbulent, isStrict: false).solve(Philox(seed: 1, stream: 0))
        #expect(coarse.fields["vorticity"]!.scalars.allSatisfy { $0.isFinite })
        let viscous = Self.turbulent.replacingOccurrences(of: "1e-6", with: "1e-2").replacingOccurrences(of: "= 16", with: "= 64")
        let resolved = try solver(viscous).solve(Philox(seed: 1, stream: 0))
        #expect(resolved.steps > 0)
    }

    @Test("a solver that loses what it should conserve is refused", arguments: [(1e-12, true), (1e-3, false)])
    func notConserved(leak: Double, passes: Bool) throws {
        var registries = Registries.standard
        registries.equations = Registry("equation", [.init(LeakyEquation.self)])
        let text = """
            title = "leaky"
            [equation]
            name = "test-leaky"
            leak = \(leak)
            [dataset]
            resolution = 16
            frames = 3
            interval = 0.5
            """
        let solver = try solver(text, registries: registries)
        guard !passes else {
            let sample = try solver.solve(Philox(seed: 1, stream: 0))
            #expect(sample.steps == 2)
            return
        }
        #expect {
            try solver.solve(Philox(seed: 1, stream: 0))
        } throws: {
            guard case .notConserved(_, "mean of u", let time, let drift, let limit) = $0 as? SolverError else { return false }
            return time == 0.5 && drift > limit && abs(drift - leak / 4) < 1e-6 * leak
        }
    }
}

/// An equation from outside whose solver loses a little of a field that is 2 everywhere.
private struct LeakyEquation: EquationSettings {
    static let name = "test-leaky"
    static let summary = "u_t = -leak"
    static let samplers = ["gaussian"]
    static let solvers = ["pseudo-spectral"]
    static let isEvolution = true
    var leak = 0.0
    static let keys: [Key<Self>] = [.number("leak", \.leak, .nonnegative, "what is lost in a unit of time")]

    func makeProblem(_ context: ProblemContext) throws -> any Problem { try EvolutionProblem(LeakyForm(leak: leak), context) }
}

private struct LeakyForm: EvolutionForm {
    let leak: Double
    let account = ProblemAccount(equation: "u_t = -leak", scheme: "exact", order: "exact", references: "")
    let dimension = 1
    let state = [FieldDescription(name: "u", longName: "what leaks", role: .state, dependence: .trajectory)]
    let times = FrameTimes(count: 3, interval: 0.5)
    let solverResolution: Resolution? = nil
    let sweepTolerances: [Double] = []
    let conserved = ["u"]

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let shape = grid.shape + [1]
        return { _ in EvolutionStart(state: Tensor(shape, repeating: 2)) }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver { LeakySolver(shape: grid.shape, leak: leak) }
}

private final class LeakySolver: EvolutionSolver {
    let shape: [Int]
    let fieldCount = 1
    private let leak: Double

    init(shape: [Int], leak: Double) { (self.shape, self.leak) = (shape, leak) }

    func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        for (number, time) in times.enumerated() {
            try deliver(number, Tensor(initial.shape, initial.scalars.map { $0 - leak * time }))
        }
        return IntegrationReport(steps: times.count - 1, timeStep: 0.5...0.5)
    }
}
