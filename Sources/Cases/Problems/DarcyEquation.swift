import Datasets
import Foundation
import Grids
import Solvers
import Tensors

/// `[equation] name = "darcy"`: steady Darcy flow `-div(a grad u) = f` on the unit square, `u = 0` on the boundary.
public struct DarcyEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "darcy"
    /// One line for `eddy list`.
    public static let summary = "steady Darcy flow, -div(a grad u) = f on the unit square, u = 0 on the boundary"
    /// Samplers of the permeability.
    public static let samplers = [GaussianThresholdSampler.name, LogNormalSampler.name, MultiscaleTrigonometricSampler.name]
    /// Solvers.
    public static let solvers = [MultigridSettings.name]
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// Where permeability and solution sit.
    public enum Points: String, CaseIterable, Sendable {
        case nodes, cells
    }

    /// The source term, a constant.
    public var source = 1.0
    /// Where permeability and solution sit: nodes include the boundary, as in the FNO data.
    public var points = Points.nodes
    /// Which mean of two neighbouring permeabilities stands for the face between them.
    public var averaging = FaceAveraging.arithmetic

    /// Ends of the square, the same along both axes.
    public var domain = [0.0, 1.0]

    /// Settings at their defaults.
    public init() {}

    /// The square is not empty.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if domain[0] >= domain[1] { checker.reject("domain", allowed: "the lower end first") }
    }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("source", \.source, .any, "the source term f, a constant"),
        .choice("points", \.points, "where permeability and solution sit; nodes include the boundary"),
        .numbers("domain", \.domain, count: 2...2, "lower and upper end of the square along both axes"),
        .choice("averaging", \.averaging, "mean of two neighbouring permeabilities that stands for the face between them"),
    ]

    /// Darcy flow with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        DarcyProblem(
            equation: self, sampler: try context.requireCoefficientSampler(Self.samplers), solver: try context.requireSolver(),
            caseResolution: context.dataset.resolution)
    }
}

/// Darcy flow as a problem: permeability in, pressure out.
struct DarcyProblem: ResidualProblem {
    let equation: DarcyEquation
    let sampler: any CoefficientSampler
    let solver: MultigridSettings
    /// Resolution of the case's dataset, which is also that of the solver unless the case says otherwise.
    let caseResolution: Resolution

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "Darcy flow: -div(a grad u) = \(equation.source) on the square [\(equation.domain[0]), \(equation.domain[1])]^2, u = 0 on the boundary",
            scheme: "five-point finite volumes at \(equation.points.rawValue), \(equation.averaging.rawValue) mean at faces; conjugate "
                + "gradients preconditioned by black-box multigrid to a relative residual of \(solver.tolerance)",
            order: "2 in space where a is smooth, 1 where it jumps",
            references: "Li et al., Fourier neural operator for parametric partial differential equations, arXiv:2010.08895; "
                + "Dendy, Black box multigrid, doi:10.1016/0021-9991(82)90057-2")
    }

    var learning: LearningTask { LearningTask(inputs: ["a"], outputs: ["u"], symmetries: .square) }

    private func grid(_ resolution: Resolution, key: String...) throws -> Grid {
        let least = equation.points == .nodes ? 5 : 4
        guard let size = resolution.size(dimension: 2), size.allSatisfy({ $0 >= least }) else {
            throw ProblemError(key[0], key[1], allowed: "one number or two, each \(least) or more")
        }
        return Grid(
            shape: size, from: equation.domain[0], to: equation.domain[1], location: equation.points == .nodes ? .nodes : .centers)
    }

    func schema(_ resolution: Resolution) throws -> DatasetSchema {
        let grid = try grid(resolution, key: "dataset", "resolution")
        let location: FieldDescription.Location = equation.points == .nodes ? .node : .center
        return DatasetSchema(
            grid: grid, boundary: Boundary(.dirichlet, on: grid),
            fields: [
                FieldDescription(
                    name: "a", longName: "permeability: \(sampler.coefficientAccount)", role: .coefficient, location: location,
                    dependence: .field),
                FieldDescription(name: "u", longName: "pressure", role: .state, location: location, dependence: .field),
            ])
    }

    func refined(_ resolution: Resolution) -> Resolution { resolution.doubled { _ in equation.points == .nodes } }

    fileprivate func scheme(on grid: Grid) throws -> DiffusionScheme {
        try DiffusionScheme(
            location: equation.points == .nodes ? .nodes : .cells, averaging: equation.averaging, coefficientShape: grid.shape,
            extent: grid.axes.map(\.length))
    }

    func makeResidual(_ request: ResidualRequest) throws -> any EquationResidual {
        guard equation.source != 0 else {
            throw ProblemError("equation", "source", allowed: "not 0: the residual is measured in relation to it")
        }
        let grid = try grid(request.resolution, key: "dataset", "resolution")
        return DarcyResidual(try scheme(on: grid), source: equation.source, norm: request.norm)
    }

    func prepareInputs(_ request: ResidualRequest) throws -> @Sendable (Philox) -> [String: Tensor<Double>] {
        let target = try grid(request.resolution, key: "dataset", "resolution")
        let native = try grid(solver.resolution ?? caseResolution, key: "solver", "resolution")
        let draw = sampler.prepare(on: target, native: native)
        return { ["a": draw($0)] }
    }

    var sweepTolerances: [Double] { [1e-2, 1e-4, solver.tolerance].filter { $0 >= solver.tolerance } }

    func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver {
        let target = try grid(output, key: "dataset", "resolution")
        let native = try grid(solver.resolution ?? caseResolution, key: "solver", "resolution")
        let source = try setting.resolution.map { try grid($0, key: "solver", "resolution") } ?? native
        let transfer = GridTransfer(from: source, to: target)
        if isStrict, !transfer.isNested { throw ProblemError.notNested(in: target) }
        return try DarcySampleSolver(
            self, tolerance: setting.tolerance ?? solver.tolerance, native: native, source: source, target: target, transfer: transfer)
    }
}

private final class DarcySampleSolver: SampleSolver {
    private let problem: DarcyProblem
    private let source: Grid
    private let target: Grid
    private let transfer: GridTransfer
    private let solver: DiffusionSolver
    private var solution: Tensor<Double>
    private let drawFine: @Sendable (Philox) -> Tensor<Double>
    private let drawCoarse: (@Sendable (Philox) -> Tensor<Double>)?

    var resolution: [Int] { source.shape }
    var downsampling: String { transfer.method.rawValue }

    init(_ problem: DarcyProblem, tolerance: Double, native: Grid, source: Grid, target: Grid, transfer: GridTransfer) throws {
        self.problem = problem
        self.source = source
        self.target = target
        self.transfer = transfer
        let scheme = try problem.scheme(on: source)
        solver = try DiffusionSolver(scheme, tolerance: tolerance, maximumIterations: problem.solver.maximumIterations)
        solution = Tensor(scheme.solutionShape, repeating: 0)
        drawFine = problem.sampler.prepare(on: source, native: native)
        drawCoarse = source == target ? nil : problem.sampler.prepare(on: target, native: native)
    }

    func solve(_ generator: Philox) throws -> SolvedSample {
        let fine = drawFine(generator)
        let coarse = drawCoarse?(generator) ?? fine
        let start = ContinuousClock.now
        try solver.prepare(coefficient: fine)
        let report = try solver.solve(source: problem.equation.source, into: &solution)
        let delivered = transfer(solution)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return SolvedSample(fields: ["a": coarse, "u": delivered.copied()], steps: report.iterations, seconds: seconds)
    }
}
