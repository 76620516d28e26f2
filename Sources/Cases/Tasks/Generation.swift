import Communication
import Datasets
import Foundation
import Grids
import Solvers
import Synchronization
import Tensors

/// Generates the data of a case: `train.nc`, `valid.nc` and `test.nc` in one folder, in blocks that survive an interruption.
public struct Generation: Sendable {
    /// One split of the data.
    public struct Split: Sendable, Equatable {
        /// Name of the file without `.nc`.
        public var name: String
        /// Number of samples.
        public var count: Int
        /// Number of the first stream of random numbers; splits never share a stream.
        public var firstStream: UInt64
    }

    /// What a generation will take, measured on a few samples.
    public struct Plan: Sendable {
        /// The splits.
        public var splits: [Split]
        /// Points of the samples.
        public var grid: String
        /// Points of the solver's grid.
        public var solverResolution: [Int]
        /// Core seconds of one sample.
        public var secondsPerSample: Double
        /// Seconds on the threads asked for.
        public var seconds: Double
        /// Bytes of the finished files.
        public var bytes: Int
        /// Memory of the process at its peak, estimated from the samples solved for this plan.
        public var peakBytes: Int
    }

    /// Progress after each block.
    public struct Progress: Sendable {
        /// Samples done, those of earlier runs included.
        public var done: Int
        /// Samples in all splits (of this shard, or of this rank).
        public var total: Int
        /// Samples done by this run.
        public var fresh: Int
        /// Whether all samples are there and their error is being measured.
        public var isChecking = false
    }

    /// How a generation ended.
    public enum Outcome: Sendable, Equatable {
        /// All files are complete, with their content hashes.
        case complete([String])
        /// All files were complete already.
        case nothingToDo
        /// This shard is done, others are not.
        case waiting(missingBlocks: Int)
        /// Interrupted; finished blocks are kept.
        case interrupted
    }

    private let content: Case
    private let problem: any Problem
    private let folder: String
    private let shard: Shard
    private let workers: Workers
    private let communicator: any Communicator
    private let command: String

    /// Prepares a generation into `folder`; several ranks share the blocks, and the leading one joins the files.
    ///
    /// - Throws: `CaseError` when the case lacks a section or its settings do not fit together.
    public init(
        _ content: Case, folder: String, shard: Shard = .whole, workers: Workers, communicator: any Communicator = SingleProcess(),
        command: String
    ) throws {
        precondition(shard == .whole || communicator.size == 1, "a shard on \(communicator.size) ranks")
        self.content = content
        self.folder = folder
        self.shard = shard
        self.workers = workers
        self.communicator = communicator
        self.command = command
        problem = try content.makeProblem()
    }

    /// The splits that the case asks for.
    public static func splits(_ dataset: DatasetSettings) -> [Split] {
        [("train", dataset.train), ("valid", dataset.valid), ("test", dataset.test)].enumerated()
            .map { Split(name: $1.0, count: $1.1, firstStream: UInt64($0) << 40) }.filter { $0.count > 0 }
    }

    private var settings: DatasetSettings { content.content.dataset! }

    /// Solves a few samples and scales up.
    public func plan() throws -> Plan {
        try content.located {
            let solver = try problem.makeSolver(SolverSetting(), output: settings.resolution, isStrict: true)
            let schema = try problem.schema(settings.resolution)
            var times: [Double] = []
            for index in 0..<3 { times.append(try solver.solve(Philox(seed: UInt64(content.content.seed), stream: UInt64(index))).seconds) }
            let perSample = times.sorted()[1]
            let splits = Self.splits(settings)
            let total = splits.reduce(0) { $0 + $1.count }
            return Plan(
                splits: splits, grid: "\(schema.grid)", solverResolution: solver.resolution, secondsPerSample: perSample,
                seconds: perSample * Double(total) / Double(workers.threads), bytes: schema.bytesPerSample * total,
                peakBytes: MachineInfo.peakResidentBytes * max(1, workers.threads / 2) + 2 * (16 << 20))
        }
    }

    /// Solves one sample, so that everything that is chosen by measuring has been chosen.
    public func rehearse() throws {
        try content.located {
            let solver = try problem.makeSolver(SolverSetting(), output: settings.resolution, isStrict: true)
            // A sample that cannot be solved is dealt with when its turn comes.
            _ = try? solver.solve(Philox(seed: UInt64(content.content.seed), stream: 0))
        }
    }

    /// Generates what is missing.
    ///
    /// - Parameters:
    ///   - shouldStop: asked before every sample; finished blocks are kept.
    ///   - progress: called from any thread after every block.
    /// - Throws: `CaseError`, `SolverError`, `DatasetsError`.
    public func run(shouldStop: @escaping @Sendable () -> Bool = { false }, progress: @escaping @Sendable (Progress) -> Void = { _ in })
        throws -> Outcome
    {
        do { return try content.located { try runUnlocated(shouldStop, progress) } } catch CommunicationError.interrupted {
            return .interrupted
        }
    }

    private func runUnlocated(_ shouldStop: @escaping @Sendable () -> Bool, _ progress: @escaping @Sendable (Progress) -> Void) throws
        -> Outcome
    {
        let description = try problem.schema(settings.resolution)
        let schema = DatasetSchema(
            grid: description.grid, times: description.times, boundary: description.boundary, fields: description.fields,
            precision: settings.precision == .float32 ? .float32 : .float64)
        _ = try communicator.lead { () -> Bool in
            try DatasetWriter.makeFolder(folder)
            return true
        }
        let probe = try problem.makeSolver(SolverSetting(), output: settings.resolution, isStrict: true)
        // The step of the first sample stands for all where it adapts.
        let timeStep = try communicator.lead { () -> Double? in
            problem.learning.isEvolution ? try? probe.solve(Philox(seed: UInt64(content.content.seed), stream: 0)).timeStep : nil
        }
        let provenance = provenance(solverResolution: probe.resolution, downsampling: probe.downsampling, timeStep: timeStep)
        func makeWriters() throws -> [(split: Split, writer: DatasetWriter)] {
            try Self.splits(settings).map { split in
                (
                    split,
                    try DatasetWriter(
                        folder: folder, split: split.name, samples: split.count, schema: schema, provenance: provenance, shard: shard,
                        blockSize: settings.block)
                )
            }
        }
        // The leading rank looks first: what is wrong with the folder is found once.
        var writers: [(split: Split, writer: DatasetWriter)] = []
        let missingBlocks = try communicator.lead { () -> [[Int]]? in
            writers = try makeWriters()
            for (_, writer) in writers { try writer.prepare() }
            return writers.allSatisfy(\.writer.isComplete) ? nil : try writers.map { try $0.writer.missingBlocks() }
        }
        if !communicator.isLeader { writers = try makeWriters() }
        guard let missingBlocks else { return .nothingToDo }
        let work = missingBlocks.enumerated().flatMap { number, blocks in blocks.map { (number, $0) } }.enumerated()
            .filter { $0.offset % communicator.size == communicator.rank }.map(\.element)
        let missing = work.reduce(0) { $0 + writers[$1.0].writer.samples(inBlock: $1.1).count }
        let total =
            communicator.size > 1
            ? missing
            : writers.reduce(0) { sum, pair in
                sum
                    + (0..<pair.writer.blockCount).filter(shard.owns(block:)).reduce(0) { $0 + pair.writer.samples(inBlock: $1).count }
            }
        let fresh = Mutex(0)
        let written = Mutex(0)
        let pool = SolverPool { [problem, settings] in
            try problem.makeSolver(SolverSetting(), output: settings.resolution, isStrict: true)
        }
        progress(Progress(done: total - missing, total: total, fresh: 0))
        let sources = writers
        let isDone = try communicator.gather { () -> Bool in
            try workers.run(work.count) { index in
                if shouldStop() { return }
                let (split, writer) = sources[work[index].0]
                let range = writer.samples(inBlock: work[index].1)
                let samples = try pool.with { solver in
                    try range.map { number -> DatasetSample? in
                        if shouldStop() { return nil }
                        return try sample(solver, split, number)
                    }
                }
                let finished = samples.compactMap { $0 }
                guard finished.count == range.count else { return }
                try writer.write(block: work[index].1, samples: finished)
                written.withLock { $0 += 1 }
                let count = fresh.withLock { value in
                    value += range.count
                    return value
                }
                progress(Progress(done: total - missing + count, total: total, fresh: count))
            }
            return written.withLock { $0 } == work.count
        }
        guard try communicator.lead({ isDone.allSatisfy { $0 } }) else { return .interrupted }
        return try join(writers.map(\.writer), provenance, shouldStop) {
            progress(Progress(done: total, total: total, fresh: fresh.withLock { $0 }, isChecking: true))
        }
    }

    /// Measures the error of the data and joins the files, if all blocks are there; on the leading rank.
    private func join(
        _ writers: [DatasetWriter], _ provenance: Provenance, _ shouldStop: @escaping @Sendable () -> Bool,
        _ checking: @escaping @Sendable () -> Void
    ) throws -> Outcome {
        var account = provenance
        // Whoever joins the files measures their error; shards that only wait for others do not.
        let isComplete = try communicator.lead { () -> Bool in try isReady(writers) }
        if settings.checked > 0, isComplete {
            let check = DataCheck(problem, settings, seed: UInt64(content.content.seed), workers: workers, communicator: communicator)
            account.dataErrors = try check.errors(shouldStop: shouldStop) { _ in checking() }
            if shouldStop() { return .interrupted }
        }
        guard communicator.isLeader else { return .complete([]) }
        var identifiers: [String] = []
        var waiting = 0
        for writer in writers {
            switch try writer.finish(provenance: account) {
            case .complete(let id): identifiers.append(id)
            case .waiting(let missing): waiting += missing.count
            }
        }
        if let train = writers.first(where: { $0.split == "train" && $0.isComplete }) {
            try DatasetStatistics(DatasetFile(train.path)).write(to: folder + "/stats.json")
        }
        return waiting > 0 ? .waiting(missingBlocks: waiting) : .complete(identifiers)
    }

    /// Whether all blocks can be joined.
    ///
    /// Network file systems may show a file that another machine has written only after up to a minute.
    private func isReady(_ writers: [DatasetWriter]) throws -> Bool {
        let start = ContinuousClock.now
        while try !writers.allSatisfy({ try $0.isReady() }) {
            guard communicator.size > 1, ContinuousClock.now - start < .seconds(90) else { return false }
            Thread.sleep(forTimeInterval: 0.5)
        }
        return true
    }

    /// Solves one sample.
    ///
    /// A solve that fails is tried again with a hundredth of its tolerance; a draw that fails even so is drawn again from a stream of its own.
    /// The record says which.
    private func sample(_ solver: any SampleSolver, _ split: Split, _ number: Int) throws -> DatasetSample {
        let start = ContinuousClock.now
        var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
        var attempts = 0
        let draws = 4
        for draw in 0..<draws {
            let generator = Philox(
                seed: UInt64(content.content.seed), stream: split.firstStream + UInt64(number) + UInt64(draw) << 56)
            attempts += 1
            do {
                let solved = try solver.solve(generator).checked()
                return DatasetSample(
                    fields: solved.fields,
                    record: SampleRecord(
                        status: draw == 0 ? .solved : .redrawn, steps: solved.steps, attempts: attempts, seconds: seconds))
            } catch let error as SolverError {
                if let tolerance = problem.sweepTolerances.last, tolerance > 1e-10 {
                    attempts += 1
                    let careful = try problem.makeSolver(
                        SolverSetting(tolerance: tolerance / 100), output: settings.resolution, isStrict: true)
                    if let solved = try? careful.solve(generator).checked() {
                        return DatasetSample(
                            fields: solved.fields,
                            record: SampleRecord(
                                status: draw == 0 ? .refined : .redrawn, steps: solved.steps, attempts: attempts, seconds: seconds))
                    }
                }
                if draw == draws - 1 { throw error }
            }
        }
        preconditionFailure("the last draw returns or throws")
    }

    private func provenance(solverResolution: [Int], downsampling: String, timeStep: Double?) -> Provenance {
        let account = problem.account
        return Provenance(
            title: content.content.title, source: EddyVersion.source, command: command, references: account.references,
            pde: account.equation,
            solverScheme: account.scheme, solverOrder: account.order, solverStep: timeStep, solverResolution: solverResolution,
            downsampling: downsampling,
            seed: UInt64(content.content.seed), caseText: content.resolvedText, definition: content.definition,
            hostThreads: workers.threads * communicator.size)
    }
}

/// Solvers that threads borrow: one is made for each thread that needs one and used again, because its plans and work space cost time.
final class SolverPool: Sendable {
    private struct Box: @unchecked Sendable {
        // Invariant: a solver is in the list or lent to one thread, never both.
        let solver: any SampleSolver
    }

    private let idle = Mutex<[Box]>([])
    private let make: @Sendable () throws -> any SampleSolver

    init(_ make: @escaping @Sendable () throws -> any SampleSolver) { self.make = make }

    func with<Result>(_ body: (any SampleSolver) throws -> Result) throws -> Result {
        let box = try idle.withLock { $0.popLast() } ?? Box(solver: make())
        defer { idle.withLock { $0.append(box) } }
        return try body(box.solver)
    }
}
