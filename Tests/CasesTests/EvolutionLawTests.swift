import Cases
import Foundation
import Grids
import Solvers
import Tensors
import Testing

/// Every law of every equation holds for its solutions and is broken by spoilt ones.
@Suite struct EvolutionLawTests {
    /// A small case, and what spoils its last frame so that a law is broken.
    struct Row: CustomTestStringConvertible, Sendable {
        var equation: any EquationSettings.Type
        var text: String
        /// Factors of the fields of the last frame.
        var factors: [Double]
        /// What the error is about.
        var quantity: String
        var testDescription: String { "\(equation.name), \(quantity)" }

        init(_ equation: any EquationSettings.Type, _ text: String, _ factors: [Double], _ quantity: String) {
            (self.equation, self.text, self.factors, self.quantity) = (equation, text, factors, quantity)
        }
    }

    /// A sampler, the points, the frames and their distance, and further lines.
    private static func text(
        _ sampler: String, _ points: Int, _ frames: Int, _ interval: Double, _ more: String = "", law: String = ""
    ) -> String {
        """
        [sampler]
        name = "\(sampler)"
        \(law)
        [dataset]
        resolution = \(points)
        frames = \(frames)
        interval = \(interval)
        \(more)
        """
    }

    private static let gas = text("random-waves", 16, 4, 0.05)
    private static let cube = text("gaussian", 24, 3, 0.1, "start = 0.1", law: "tau = 1.0\nalpha = 6.0")
    private static let plane = text("gaussian", 32, 3, 0.2)
    private static let line = text("sine-waves", 64, 3, 0.1)
    private static let smoke = text("smoke-noise", 16, 3, 2, "[solver]\nname = \"finite-volumes\"")
    private static let longSteps = text("smoke-noise", 16, 3, 2, "[solver]\nname = \"semi-lagrangian\"\ntime-step = 0.5")
    private static let bumps = text("bumps", 33, 4, 0.1)
    private static let column = text("radial-column", 32, 5, 0.1)

    static let rows: [Row] = [
        Row(NavierStokesEquation.self, plane, [1.5], "root of the enstrophy"),
        Row(TurbulenceEquation.self, cube, [1.5, 1.5, 1.5], "fluctuation of the velocity"),
        Row(TurbulenceEquation.self, cube, [1, 1, 1 - 1e-6], "divergence of the velocity"),
        Row(BurgersEquation.self, line, [30], "fluctuation of u"), Row(AdvectionEquation.self, line, [1.01], "fluctuation of u"),
        Row(KortewegDeVriesEquation.self, line, [1.01], "fluctuation of u"),
        Row(KuramotoSivashinskyEquation.self, line, [1.1], "fluctuation of u"),
        Row(Cases.HeatEquation.self, plane, [1.3], "fluctuation of u"), Row(Cases.WaveEquation.self, bumps, [1.02, 1.02], "energy"),
        Row(CompressibleFlowEquation.self, gas, [1, 1 + 1e-6, 1, 1], "momentum along x"),
        Row(CompressibleFlowEquation.self, gas, [1, 1, 1 + 1e-6, 1], "momentum along y"),
        Row(CompressibleFlowEquation.self, gas, [1, 1, 1, 1 + 1e-6], "total energy"),
        Row(ShallowWaterEquation.self, column, [1.01, 1, 1], "mechanical energy"),
        Row(SmokeEquation.self, smoke, [1, 1 + 1e-6, 1], "divergence of the velocity"),
        Row(SmokeEquation.self, longSteps, [1, 1, 1 + 1e-6], "divergence of the velocity"),
        Row(SmokeEquation.self, longSteps, [2, 1, 1], "largest smoke"),
    ]

    private func solve(_ row: Row, _ factors: [Double]) throws -> SolvedSample {
        func registries<Inner: EquationSettings>(_ type: Inner.Type) -> Registries {
            var result = Registries.standard
            result.equations = Registry("equation", [.init(SpoiltEquation<Inner>.self)])
            return result
        }
        let text = """
            title = "spoilt"
            [equation]
            name = "\(row.equation.name)"
            factors = [\(factors.map { "\($0)" }.joined(separator: ", "))]
            \(row.text)
            """
        let content = try Case(text: text, file: "law.toml", registries: registries(row.equation))
        let solver = try content.makeProblem().makeSolver(
            SolverSetting(), output: content.content.dataset!.resolution, isStrict: true)
        return try solver.solve(Philox(seed: 1, stream: 0))
    }

    @Test("solutions obey the law, a spoilt frame does not", arguments: rows) func law(_ row: Row) throws {
        #expect(try solve(row, row.factors.map { _ in 1 }).steps > 0)
        #expect {
            try solve(row, row.factors)
        } throws: { error in
            switch error as? SolverError {
            case .notConserved(_, row.quantity, let time, let drift, let limit): return time > 0 && drift > limit
            case .inadmissible(_, let quantity, let time, let excess, let limit):
                return quantity.hasPrefix(row.quantity) && time > 0 && excess > limit
            default: return false
            }
        }
    }

    @Test("a given step that is too long is refused as data", arguments: [0.02, 0.2]) func longStep(_ step: Double) throws {
        let text = """
            title = "long steps"
            [equation]
            name = "fitzhugh-nagumo"
            [sampler]
            name = "cell-noise"
            cells = 16
            [solver]
            time-step = \(step)
            [dataset]
            resolution = 16
            frames = 3
            interval = 2.0
            """
        let content = try Case(text: text, file: "long.toml")
        let solver = try content.makeProblem().makeSolver(
            SolverSetting(), output: content.content.dataset!.resolution, isStrict: true)
        if step < 0.1 {
            #expect(try solver.solve(Philox(seed: 1, stream: 0)).steps == 200)
            return
        }
        #expect {
            try solver.solve(Philox(seed: 1, stream: 0))
        } throws: {
            guard case .inexactStep(_, let timeStep, let error, let limit) = $0 as? SolverError else { return false }
            return abs(timeStep - 0.2) < 1e-12 && error > limit && limit == 1e-3
        }
    }
}

/// An equation whose solver multiplies the fields of the last frame by factors.
private struct SpoiltEquation<Inner: EquationSettings>: EquationSettings {
    static var name: String { Inner.name }
    static var summary: String { "spoilt" }
    static var samplers: [String] { Inner.samplers }
    static var solvers: [String] { Inner.solvers }
    static var isEvolution: Bool { true }
    var factors: [Double] = []
    static var keys: [Key<Self>] { [.numbers("factors", \.factors, .any, count: 1...9, "factors of the fields")] }

    func makeProblem(_ context: ProblemContext) throws -> any Problem {
        let problem = try Inner().makeProblem(context) as! EvolutionProblem
        return try EvolutionProblem(SpoiltForm(form: problem.form, factors: factors), context)
    }
}

private struct SpoiltForm: EvolutionForm {
    let form: any EvolutionForm
    let factors: [Double]
    var account: ProblemAccount { form.account }
    var dimension: Int { form.dimension }
    var leastPoints: Int { form.leastPoints }
    var state: [FieldDescription] { form.state }
    var inputs: [FieldDescription] { form.inputs }
    var resolvedFlow: ResolvedFlow { form.resolvedFlow }
    var times: FrameTimes { form.times }
    var solverResolution: Resolution? { form.solverResolution }
    var sweepTolerances: [Double] { form.sweepTolerances }
    func grid(_ shape: [Int]) -> Grid { form.grid(shape) }
    func boundary(_ grid: Grid) -> Boundary { form.boundary(grid) }
    func laws(on grid: Grid) -> [EvolutionLaw] { form.laws(on: grid) }
    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart { form.prepareStart(on: grid, native: native) }
    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        SpoiltSolver(try form.makeSolver(on: grid, tolerance: tolerance), factors)
    }
    func prepare(_ solver: any EvolutionSolver, for start: EvolutionStart) throws {
        try form.prepare((solver as! SpoiltSolver).solver, for: start)
    }
}

private final class SpoiltSolver: EvolutionSolver {
    let solver: any EvolutionSolver
    private let factors: [Double]
    var shape: [Int] { solver.shape }
    var fieldCount: Int { solver.fieldCount }

    init(_ solver: any EvolutionSolver, _ factors: [Double]) { (self.solver, self.factors) = (solver, factors) }

    func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try solver.integrate(from: initial, times: times) { number, state in
            guard number == times.count - 1 else { return try deliver(number, state) }
            try deliver(number, Tensor(state.shape, state.scalars.enumerated().map { $0.element * factors[$0.offset % factors.count] }))
        }
    }
}
