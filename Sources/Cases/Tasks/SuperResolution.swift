import Datasets
import Grids
import Metrics
import NeuralOperators
import Solvers
import Synchronization
import Tensors
import Training
import Transforms

/// Tests an operator on grids that it was not trained on, and says what its error there is made of.
///
/// The truth is solved anew for each grid from the same random inputs. With `a_n`, `u_n` input and truth on the grid with `n` points, `n_0` the
/// training grid, `G` the operator, `v_0` the training-resolution data (the case's solver, delivered on `n_0`), `u_n` a solution of a solver on
/// a grid twice as fine as the case's and as `n`, and `T` the interpolation from `n_0` to `n`,
///
///     G(a_n) - u_n  =  [G(a_n) - T G(a_0)]  +  T [G(a_0) - v_0]  +  [T v_0 - u_n]
///         total              aliasing              learning            data
///
/// exactly. Each term is given as its L2 norm over that of `u_n`, of a trajectory over all its frames together; by the triangle inequality the
/// total is at most their sum.
///
/// - `data`: what the training data do not know of the solution: the error of the solver that made them, and what lies between the points of
///   the training grid.
/// - `aliasing`: whether the operator is one map between functions or a different one on each grid: the representation equivalence error of
///   F. Bartolucci, E. de Bezenac, B. Raonic, R. Molinaro, S. Mishra, R. Alaifari, "Representation equivalent neural operators: a framework
///   for alias-free operator learning", NeurIPS 2023 (arXiv:2305.19913), between the grids `n_0` and `n`; 0 on the training grid.
/// - `learning`: the error of the trained operator against its own data on the training grid.
///
/// `T` is trigonometric interpolation to a finer periodic grid (exact for fields that the training grid resolves), the restriction that made
/// the data to a coarser nested grid, and piecewise cubic otherwise.
public struct SuperResolution: Sendable {
    /// Mean over the samples with a bootstrap interval where there are enough.
    public struct Share: Sendable, Codable, Equatable {
        /// Mean of the relative L2 norms of the samples.
        public var mean: Double
        /// Lower end of the 95 % interval.
        public var lower: Double?
        /// Upper end.
        public var upper: Double?

        init(_ values: [Double]) {
            let interval = values.allSatisfy(\.isFinite) ? Bootstrap().mean(values) : nil
            (mean, lower, upper) = (values.reduce(0, +) / Double(values.count), interval?.lower, interval?.upper)
        }
    }

    /// The error in one field on one grid.
    public struct Entry: Sendable, Codable, Equatable {
        /// Points of the grid, slowest axis first.
        public var resolution: [Int]
        /// Whether it is the training grid.
        public var isTraining: Bool
        /// The field.
        public var field: String
        /// `||G(a_n) - u_n|| / ||u_n||`.
        public var total: Share
        /// `||T v_0 - u_n|| / ||u_n||`.
        public var data: Share
        /// `||G(a_n) - T G(a_0)|| / ||u_n||`.
        public var aliasing: Share
        /// `||T (G(a_0) - v_0)|| / ||u_n||`.
        public var learning: Share
        /// How the training grid's fields come to this grid: `none`, `stride`, `average`, `cubic` or `trigonometric`.
        public var interpolation: String
        /// Points of the grid that the truth was solved on.
        public var reference: [Int]
        /// Samples.
        public var samples: Int
    }

    private let run: Run
    private let metrics: [Metric]
    private let workers: Workers
    private let problem: any Problem
    private let training: Resolution
    private let generators: [Philox]

    /// A test of a run on the first `samples` inputs of its test split.
    ///
    /// - Throws: `CaseError` when the case has no dataset, or no test split.
    init(_ run: Run, metrics: [Metric], samples: Int, workers: Workers) throws {
        self.run = run
        self.metrics = metrics
        self.workers = workers
        problem = try run.content.makeProblem()
        let dataset = run.content.content.dataset!
        training = dataset.resolution
        guard let test = Generation.splits(dataset).first(where: { $0.name == "test" }) else {
            throw run.content.rejection(
                of: "dataset", "test", allowed: "1 or more samples: other resolutions are tested with the inputs of the test split")
        }
        let seed = UInt64(run.content.content.seed)
        generators = (0..<min(samples, test.count)).map { Philox(seed: seed, stream: test.firstStream + UInt64($0)) }
    }

    /// Checks that solver and operator can be applied on grids.
    ///
    /// - Parameter fromCase: whether the grids are those of the case, whose line is then named.
    /// - Throws: `CaseError` or `ProblemError`, `OperatorError`.
    func check(_ resolutions: [Resolution], fromCase: Bool) throws {
        for resolution in resolutions {
            let number = run.content.evaluation?.resolutions.firstIndex(of: resolution) ?? 0
            func located<Result>(_ body: () throws -> Result) throws -> Result {
                if fromCase { return try run.content.located(at: ["evaluation", "resolutions", "\(number)"], body) }
                do { return try body() } catch let error as ProblemError {
                    throw ProblemError("evaluation", "resolutions", allowed: error.allowed)
                }
            }
            let schema = try located { try problem.schema(resolution) }
            try run.model.validate(grid: schema.grid.shape, channels: run.model.description.inputs.count)
            _ = try located { try makeTruthSolver(resolution) }
        }
    }

    /// A solver twice as fine as the case's own and as the grid `resolution`, with a tenth of the tolerance.
    private func makeTruthSolver(_ resolution: Resolution) throws -> any SampleSolver {
        let native = try problem.makeSolver(SolverSetting(), output: training, isStrict: true).resolution
        let dimension = native.count
        var source = Resolution(axes: native)
        if (try? problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)) == nil {
            // The case's own grid does not hold these points: one that does, no coarser than it.
            source = Resolution(axes: resolution.size(dimension: dimension) ?? resolution.axes)
            while source.axes.reduce(1, *) < native.reduce(1, *) {
                let finer = problem.refined(source)
                if finer == source { break }
                source = finer
            }
        }
        let tolerance = problem.sweepTolerances.last.map { max($0 / 10, 1e-13) }
        return try problem.makeSolver(
            SolverSetting(resolution: problem.refined(source), tolerance: tolerance), output: resolution, isStrict: true)
    }

    /// Tests on several grids and on the training grid.
    ///
    /// - Returns: the errors split up, coarsest grid first, and the metrics on the grids other than the training grid.
    /// - Throws: `SolverError`, `OperatorError`, `ProblemError`.
    func evaluate(_ resolutions: [Resolution]) throws -> (entries: [Entry], table: [Evaluation.Entry]) {
        let reading = SampleReading(run.model.description)
        let data = try solve { try problem.makeSolver(SolverSetting(), output: training, isStrict: true) }.samples.map {
            reading.samples(of: $0)
        }
        let predictions = try data.map { try run.model.forecast($0, workers: workers) }
        let trainingGrid = try problem.schema(training).grid
        var entries: [Entry] = []
        var table: [Evaluation.Entry] = []
        let all = (resolutions + [training]).sorted { $0.axes.reduce(1, *) < $1.axes.reduce(1, *) }
        for resolution in all {
            let (solved, reference) = try solve { try makeTruthSolver(resolution) }
            let truths = solved.map { reading.samples(of: $0) }
            let schema = try problem.schema(resolution)
            let isTraining = schema.grid == trainingGrid
            let found = try isTraining ? predictions : truths.map { try run.model.forecast($0, workers: workers) }
            if !isTraining { table += try metricEntries(found, truths, schema) }
            let transfer = Interpolation(from: trainingGrid, to: schema.grid)
            entries += split(found, truths, predictions, data, transfer, isTraining, schema.grid.shape, reference)
        }
        return (entries, table)
    }

    /// Solves every sample, shared out over the workers.
    private func solve(_ make: @escaping @Sendable () throws -> any SampleSolver) throws -> (samples: [SolvedSample], reference: [Int]) {
        let pool = SolverPool(make)
        let found = Mutex<[Int: SolvedSample]>([:])
        let reference = try pool.with { $0.resolution }
        try workers.run(generators.count) { number in
            let solved = try pool.with { try $0.solve(generators[number]).checked() }
            found.withLock { $0[number] = solved }
        }
        return (found.withLock { found in generators.indices.map { found[$0]! } }, reference)
    }

    private func metricEntries(_ found: [Tensor<Float>], _ truths: [Samples<Float>], _ schema: DatasetSchema) throws -> [Evaluation.Entry] {
        let leads = run.model.description.window.flatMap { window in
            schema.times.map { times in times.coordinates[window.inputs...].map { $0 - times.coordinates[window.inputs - 1] } }
        }
        var table = EvaluationTable(
            metrics: metrics, fields: run.model.description.stateFields, leads: leads, on: FieldGeometry(schema.grid))
        for (prediction, truth) in zip(found, truths) { try table.add(prediction, truth.targets) }
        return table.entries
    }

    private func split(
        _ found: [Tensor<Float>], _ truths: [Samples<Float>], _ predictions: [Tensor<Float>], _ data: [Samples<Float>],
        _ transfer: Interpolation, _ isTraining: Bool, _ shape: [Int], _ reference: [Int]
    ) -> [Entry] {
        let fields = run.model.description.stateFields
        return fields.indices.map { field -> Entry in
            var parts: [[Double]] = [[], [], [], []]
            for sample in found.indices {
                let frames = truths[sample].targets.shape.last! / fields.count
                var squares = [Double](repeating: 0, count: 5)
                for frame in 0..<frames {
                    func values(_ tensor: Tensor<Float>) -> Tensor<Double> {
                        tensor.field(sample: 0, channel: frame * fields.count + field).cast(to: Double.self)
                    }
                    let (g, u) = (values(found[sample]), values(truths[sample].targets))
                    let (g0, v0) = (transfer(values(predictions[sample])), transfer(values(data[sample].targets)))
                    for point in 0..<u.count {
                        let (g, u) = (g.basePointer[point], u.basePointer[point])
                        let (g0, v0) = (g0.basePointer[point], v0.basePointer[point])
                        squares[0] += (g - u) * (g - u)
                        squares[1] += (v0 - u) * (v0 - u)
                        squares[2] += (g - g0) * (g - g0)
                        squares[3] += (g0 - v0) * (g0 - v0)
                        squares[4] += u * u
                    }
                }
                for part in 0..<4 { parts[part].append((squares[part] / squares[4]).squareRoot()) }
            }
            return Entry(
                resolution: shape, isTraining: isTraining, field: fields[field], total: Share(parts[0]), data: Share(parts[1]),
                aliasing: Share(parts[2]), learning: Share(parts[3]), interpolation: transfer.name, reference: reference,
                samples: found.count)
        }
    }
}

/// How fields of one grid come to another of the same domain.
private struct Interpolation {
    let name: String
    private let map: (Tensor<Double>) -> Tensor<Double>

    init(from source: Grid, to target: Grid) {
        if source.isPeriodic, source.shape != target.shape, zip(source.shape, target.shape).allSatisfy({ $0 <= $1 }) {
            let resampler = SpectralResampler<Double>(from: source.shape, to: target.shape)
            name = "trigonometric"
            map = { resampler($0.reshaped([1] + source.shape)).reshaped(target.shape) }
        } else {
            let transfer = GridTransfer(from: source, to: target)
            name = transfer.method.rawValue
            map = { transfer($0) }
        }
    }

    func callAsFunction(_ field: Tensor<Double>) -> Tensor<Double> { map(field) }
}
