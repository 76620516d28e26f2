import Datasets
import Foundation
import Grids
import Solvers
import Tensors

/// `[equation] name = "helmholtz"`: time-harmonic waves of a source on the upper side of the unit square.
public struct HelmholtzEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "helmholtz"
    /// One line for `eddy list`.
    public static let summary = "-Lap u - (omega / c)^2 u = 0 on the unit square, waves from a piece of the upper side"
    /// Samplers of the wave speed.
    public static let samplers = [BoundedGaussianSampler.name]
    /// Solvers.
    public static let solvers = [BandedSolverSettings.name]

    /// Angular frequency.
    public var frequency = 1e3
    /// Ends of the piece of the upper side where the normal derivative is 1.
    public var source = [0.35, 0.65]

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("frequency", \.frequency, .positive, "angular frequency omega"),
        .numbers("source", \.source, .range(0...1), count: 2...2, "ends of the piece of the upper side where du/dn = 1; it is 0 elsewhere"),
    ]

    /// The source has a length.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if source[0] >= source[1] { checker.reject("source", allowed: "the lower end first") }
    }

    /// Helmholtz waves with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        HelmholtzProblem(
            equation: self, sampler: try context.requireCoefficientSampler(Self.samplers), solver: try context.requireSolver(),
            caseResolution: context.dataset.resolution)
    }
}

/// Helmholtz waves as a problem: wave speed in, excitation out.
struct HelmholtzProblem: Problem {
    let equation: HelmholtzEquation
    let sampler: any CoefficientSampler
    let solver: BandedSolverSettings
    let caseResolution: Resolution

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "-Lap u - (\(equation.frequency) / c)^2 u = 0 on the unit square, du/dn = 1 for \(equation.source[0]) <= x <= \(equation.source[1]) on the "
                + "upper side, 0 elsewhere; c = \(sampler.coefficientAccount)",
            scheme: "compact differences of order 4, banded LU factorisation",
            order: "4 where the solution is smooth, less at the ends of the source",
            references: "De Hoop et al., The cost-accuracy trade-off in operator learning, arXiv:2203.13181")
    }

    var learning: LearningTask { LearningTask(inputs: ["speed"], outputs: ["u"]) }
    var sweepTolerances: [Double] { [] }

    private func grid(_ resolution: Resolution, key: String...) throws -> Grid {
        guard let size = resolution.size(dimension: 2), size.allSatisfy({ $0 >= 9 }) else {
            throw ProblemError(key[0], key[1], allowed: "one number or two, each 9 or more")
        }
        return Grid(shape: size, location: .nodes)
    }

    func schema(_ resolution: Resolution) throws -> DatasetSchema {
        let grid = try grid(resolution, key: "dataset", "resolution")
        return DatasetSchema(
            grid: grid, boundary: Boundary(.neumann, on: grid),
            fields: [
                FieldDescription(
                    name: "speed", longName: "wave speed: \(sampler.coefficientAccount)", role: .coefficient, dependence: .field),
                FieldDescription(name: "u", longName: "excitation", role: .state, dependence: .field),
            ])
    }

    func refined(_ resolution: Resolution) -> Resolution { resolution.doubled { _ in true } }

    func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver {
        let target = try grid(output, key: "dataset", "resolution")
        let native = try grid(solver.resolution ?? caseResolution, key: "solver", "resolution")
        let source = try setting.resolution.map { try grid($0, key: "solver", "resolution") } ?? native
        let transfer = GridTransfer(from: source, to: target)
        if isStrict, !transfer.isNested { throw ProblemError.notNested(in: target) }
        return try HelmholtzSampleSolver(self, native: native, source: source, target: target, transfer: transfer)
    }
}

private final class HelmholtzSampleSolver: SampleSolver {
    private let frequency: Double
    private let transfer: GridTransfer
    private let solver: HelmholtzSolver
    private let boundary: HelmholtzBoundary
    private let drawFine: @Sendable (Philox) -> Tensor<Double>
    private let drawCoarse: (@Sendable (Philox) -> Tensor<Double>)?

    var resolution: [Int] { solver.shape }
    var downsampling: String { transfer.method.rawValue }

    init(_ problem: HelmholtzProblem, native: Grid, source: Grid, target: Grid, transfer: GridTransfer) throws {
        frequency = problem.equation.frequency
        self.transfer = transfer
        solver = try HelmholtzSolver(shape: source.shape)
        let (rows, columns) = (source.shape[0], source.shape[1])
        // The source ends within a cell: its share of the nodes there keeps the strength the same on every grid.
        let spacing = source.axes[1].spacing
        let piece = problem.equation.source
        let values = source.axes[1].coordinates.map { x in
            max(0, min(x + spacing / 2, piece[1]) - max(x - spacing / 2, piece[0])) / spacing
        }
        boundary = HelmholtzBoundary(
            west: .neumann(Array(repeating: 0, count: rows)), east: .neumann(Array(repeating: 0, count: rows)),
            south: .neumann(Array(repeating: 0, count: columns)), north: .neumann(values))
        drawFine = problem.sampler.prepare(on: source, native: native)
        drawCoarse = source == target ? nil : problem.sampler.prepare(on: target, native: native)
    }

    func solve(_ generator: Philox) throws -> SolvedSample {
        let speed = drawFine(generator)
        let coarse = drawCoarse?(generator) ?? speed
        let start = ContinuousClock.now
        let squared = Tensor<Double>(speed.shape, speed.scalars.map { (frequency / $0) * (frequency / $0) })
        let solution = try solver.solve(squaredWavenumber: squared, boundary: boundary)
        let delivered = transfer(solution.real)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return SolvedSample(fields: ["speed": coarse, "u": delivered], steps: solution.report.iterations, seconds: seconds)
    }
}
