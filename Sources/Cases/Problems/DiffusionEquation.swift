import Datasets
import Foundation
import Grids
import Numerics
import Solvers
import Tensors

/// `[equation] name = "diffusion"`: steady diffusion with a random coefficient and a white source, in the discretisation of the ConDiff data.
public struct DiffusionEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "diffusion"
    /// One line for `eddy list`.
    public static let summary = "steady diffusion with random coefficient and white source as a linear system (ConDiff)"
    /// Samplers of the coefficient.
    public static let samplers = [LogStationarySampler.name]
    /// Solvers.
    public static let solvers = [MultigridSettings.name]

    /// Settings at their defaults.
    public init() {}

    /// No keys: the equation has no parameters.
    public static let keys: [Key<Self>] = []

    /// Diffusion with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        DiffusionProblem(sampler: try context.requireSampler(), solver: try context.requireSolver())
    }
}

/// A linear system of diffusion: coefficient and source in, solution out.
///
/// The source is drawn for each unknown of the grid, so a finer grid is another problem: the truth is the solution of the system itself.
struct DiffusionProblem: Problem {
    let sampler: LogStationarySampler
    let solver: MultigridSettings

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "-div(k grad u) = f on the unit square, u = 0 on the boundary, f ~ N(0, 1) for each unknown, k = exp(g), covariance of g "
                + "\(sampler.covariance.rawValue), variance \(sampler.variance), length \(sampler.length), contrast of k \(sampler.contrast[0]) to "
                + "\(sampler.contrast[1])",
            scheme:
                "five-point finite volumes, coefficients at the corners of the cells, arithmetic mean on faces; conjugate gradients preconditioned "
                + "by black-box multigrid to a relative residual of \(solver.tolerance)",
            order: "the solution of the discrete system to the tolerance", references: "Trifonov et al., ConDiff, arXiv:2406.04709")
    }

    var learning: LearningTask { LearningTask(inputs: ["coefficient", "source"], outputs: ["u"]) }
    var sweepTolerances: [Double] { [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, solver.tolerance].filter { $0 >= solver.tolerance } }

    /// Unknown `i` of `n` lies at `(i + 1) / (n + 1)`.
    private func grid(_ resolution: Resolution) throws -> Grid {
        guard let size = resolution.size(dimension: 2), size.allSatisfy({ $0 >= 4 }) else {
            throw ProblemError("dataset", "resolution", allowed: "one number or two, each 4 or more")
        }
        return Grid(
            zip(["y", "x"], size).map { name, count in
                Axis(name: name, from: 1 / Double(count + 1), to: Double(count) / Double(count + 1), count: count, location: .nodes)
            })
    }

    func schema(_ resolution: Resolution) throws -> DatasetSchema {
        let grid = try grid(resolution)
        func field(_ name: String, _ longName: String, _ role: FieldDescription.Role) -> FieldDescription {
            FieldDescription(name: name, longName: longName, role: role, dependence: .field)
        }
        return DatasetSchema(
            grid: grid, boundary: Boundary(.dirichlet, on: grid),
            fields: [
                field("coefficient", "coefficient: mean of the four corners of the cell", .coefficient),
                field("source", "source of the equation", .forcing), field("u", "solution of the system", .state),
            ])
    }

    func refined(_ resolution: Resolution) -> Resolution { resolution }

    func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver {
        let grid = try grid(output)
        if let other = setting.resolution ?? solver.resolution, other.size(dimension: 2) != grid.shape {
            throw ProblemError("solver", "resolution", allowed: "that of the dataset, \(output): the source belongs to its unknowns")
        }
        return try DiffusionSampleSolver(sampler, solver, shape: grid.shape, tolerance: setting.tolerance ?? solver.tolerance)
    }
}

private final class DiffusionSampleSolver: SampleSolver {
    private let sampler: LogStationarySampler
    private let field: CirculantGaussianField
    private let solver: DiffusionSolver
    private let corners: [Int]
    private var solution: Tensor<Double>

    var resolution: [Int] { solver.scheme.solutionShape }
    let downsampling = "none"

    init(_ sampler: LogStationarySampler, _ settings: MultigridSettings, shape: [Int], tolerance: Double) throws {
        self.sampler = sampler
        corners = shape.map { $0 + 1 }
        let covariance = StationaryCovariance(sampler.covariance, variance: sampler.variance, length: sampler.length)
        field = try CirculantGaussianField(covariance, grid: Grid(shape: corners, location: .nodes))
        solver = try DiffusionSolver(
            DiffusionScheme(location: .corners, averaging: .arithmetic, coefficientShape: corners), tolerance: tolerance,
            maximumIterations: settings.maximumIterations)
        solution = Tensor(shape, repeating: 0)
    }

    /// The first of the stream's fields whose contrast is in the range.
    ///
    /// - Throws: `SolverError.invalidInput` when none of 1000 is.
    private func drawCoefficient(_ generator: Philox) throws -> Tensor<Double> {
        for attempt in 0..<1000 {
            let values = field.sample(Philox(seed: generator.seed ^ 0xC0FF_EE00 &+ UInt64(attempt) << 32, stream: generator.stream))
            let scalars = values.scalars
            let contrast = Double.exp(scalars.max()! - scalars.min()!)
            if contrast >= sampler.contrast[0], contrast <= sampler.contrast[1] {
                return Tensor(values.shape, scalars.map { Double.exp($0) })
            }
        }
        throw SolverError.invalidInput(
            key: "contrast", found: "no field with it among 1000 draws",
            allowed: "a range that the variance \(sampler.variance) makes likely")
    }

    func solve(_ generator: Philox) throws -> SolvedSample {
        let coefficient = try drawCoefficient(generator)
        let source = Tensor<Double>(solution.shape, generator.normals(solution.count))
        let start = ContinuousClock.now
        try solver.prepare(coefficient: coefficient)
        let report = try solver.solve(source: source, into: &solution)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return SolvedSample(
            fields: ["coefficient": Self.cellMeans(coefficient), "source": source, "u": solution.copied()], steps: report.iterations,
            seconds: seconds)
    }

    /// Means of the four corners of each cell.
    private static func cellMeans(_ corners: Tensor<Double>) -> Tensor<Double> {
        let (rows, columns) = (corners.shape[0] - 1, corners.shape[1] - 1)
        var result = Tensor<Double>(uninitialized: [rows, columns])
        result.withUnsafeMutablePointer { target in
            let values = corners.basePointer
            for j in 0..<rows {
                for i in 0..<columns {
                    let (upper, lower) = (values + j * (columns + 1) + i, values + (j + 1) * (columns + 1) + i)
                    target[j * columns + i] = 0.25 * (upper[0] + upper[1] + lower[0] + lower[1])
                }
            }
        }
        return result
    }
}
