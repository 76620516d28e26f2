import Foundation
import Grids
import Solvers
import Tensors

/// One timed classical solver: a batch of trajectories stepped with equal steps in Float64, or a steady solve.
///
/// Trajectories are shared out over the threads, each of which has a solver of its own; planning and set-up are not counted.
public struct SolverBenchmark: Benchmark {
    /// Name on the command line.
    public let name: String
    /// What it is, one line.
    public let summary: String
    private let batch: Int
    private let steps: Int
    private let make: @Sendable () throws -> Stepper

    /// Makes so many steps of a trajectory from its initial state.
    private typealias Stepper = (Int) throws -> Void

    /// What a run measures.
    public struct Measurement: Sendable, Codable {
        /// Name of the benchmark.
        public var name: String
        /// Number type.
        public var dtype = "float64"
        /// Threads used.
        public var threads: Int
        /// Trajectories.
        public var batch: Int
        /// Median time of a step of the whole batch (of a solve for steady problems) in ms.
        public var stepMilliseconds: Double
        /// The same for one trajectory.
        public var trajectoryMilliseconds: Double
        /// Shortest time of a step of the whole batch.
        public var shortest: Double

        /// Names in the JSON lines.
        public enum CodingKeys: String, CodingKey {
            case name, dtype, threads, batch
            case stepMilliseconds = "ms_per_step"
            case trajectoryMilliseconds = "ms_per_step_per_trajectory"
            case shortest = "ms_per_step_min"
        }
    }

    /// All benchmarks; names and sizes are those of published tables.
    public static let all: [SolverBenchmark] = [
        SolverBenchmark(
            name: "ns2d-64", summary: "Navier-Stokes, 64 x 64, Crank-Nicolson and Euler steps, 20 trajectories", batch: 20, steps: 200,
            make: { try flow(64) }),
        SolverBenchmark(
            name: "ns2d-256", summary: "Navier-Stokes, 256 x 256, Crank-Nicolson and Euler steps", batch: 1, steps: 50,
            make: { try flow(256) }),
        SolverBenchmark(
            name: "burgers1d-1024", summary: "Burgers, 1024 points, ETDRK4 steps", batch: 1, steps: 1000,
            make: {
                let solver = try BurgersSolver(points: 1024, viscosity: 0.01, control: .fixed(1e-4))
                return stepper(solver, timeStep: 1e-4, waves(1024, length: 1))
            }),
        SolverBenchmark(
            name: "ks1d-256", summary: "Kuramoto-Sivashinsky, 256 points, ETDRK4 steps", batch: 1, steps: 2000,
            make: {
                let solver = try KuramotoSivashinskySolver(points: 256, length: 64, control: .fixed(0.05))
                return stepper(solver, timeStep: 0.05, waves(256, length: 64))
            }),
        SolverBenchmark(
            name: "darcy-421", summary: "Darcy flow, 421 x 421, multigrid to 1e-8, set-up included", batch: 1, steps: 1,
            make: {
                let grid = Grid(shape: [421, 421], location: .nodes)
                let coefficient = GaussianThresholdSampler().prepare(on: grid, native: grid)(Philox(seed: 1, stream: 0))
                let solver = try DiffusionSolver(
                    DiffusionScheme(location: .nodes, averaging: .arithmetic, coefficientShape: [421, 421]), tolerance: 1e-8)
                var solution = Tensor<Double>([421, 421], repeating: 0)
                return { _ in
                    try solver.prepare(coefficient: coefficient)
                    _ = try solver.solve(source: 1, into: &solution)
                }
            }),
    ]

    /// Columns of the table.
    public static let columns: [TextTable.Column] = [
        .init("solver"), .init("threads", .trailing), .init("batch", .trailing), .init("ms/step", .decimal),
        .init("of one trajectory", .decimal), .init("shortest", .decimal),
    ]

    /// A row of it.
    public static func cells(_ result: Measurement) -> [String] {
        [
            result.name, "\(result.threads)", "\(result.batch)", Format.significant(result.stepMilliseconds),
            Format.significant(result.trajectoryMilliseconds), Format.significant(result.shortest),
        ]
    }

    private static func flow(_ points: Int) throws -> Stepper {
        let grid = Grid(shape: [points, points], location: .periodic)
        let initial = GaussianFieldSampler().prepare(on: grid, native: grid)(Philox(seed: 1, stream: 0))
        let solver = try NavierStokes2D<Double>(
            shape: grid.shape, viscosity: 1e-3, forcing: NavierStokesEquation().forcingField(grid.shape),
            scheme: .crankNicolsonEuler(timeStep: 1e-4))
        return stepper(solver, timeStep: 1e-4, initial.reshaped(grid.shape + [1]))
    }

    private static func waves(_ points: Int, length: Double) -> Tensor<Double> {
        let grid = Grid(shape: [points], to: length, location: .periodic)
        return SineWavesSampler().prepare(on: grid, native: grid)(Philox(seed: 1, stream: 0)).reshaped([points, 1])
    }

    private static func stepper(_ solver: any EvolutionSolver, timeStep: Double, _ initial: Tensor<Double>) -> Stepper {
        { steps in _ = try solver.integrate(from: initial, times: [Double(steps) * timeStep]) { _, _ in } }
    }

    /// Times the steps.
    public func run(threads: Int, repeats: Int?) throws -> Measurement {
        let workers = Workers(threads: threads)
        let used = min(threads, batch)
        // Invariant: stepper `part` is used by the worker of that part alone.
        nonisolated(unsafe) let steppers = try (0..<used).map { _ in try make() }
        let (batch, steps) = (batch, steps)
        func pass() throws {
            try workers.run(used) { part in
                for _ in (part * batch / used)..<((part + 1) * batch / used) { try steppers[part](steps) }
            }
        }
        try pass()
        let times = try Self.times(repeats, pass).map { 1000 * $0 / Double(steps) }
        let median = times[times.count / 2]
        return Measurement(
            name: name, threads: threads, batch: batch, stepMilliseconds: median, trajectoryMilliseconds: median / Double(batch),
            shortest: times[0])
    }
}
