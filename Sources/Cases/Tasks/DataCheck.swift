import Communication
import Datasets
import Foundation
import Solvers
import Synchronization
import Tensors

/// Measures the error of generated data: some samples are solved again on a finer grid with a smaller tolerance.
struct DataCheck {
    private let problem: any Problem
    private let settings: DatasetSettings
    private let seed: UInt64
    private let workers: Workers
    private let communicator: any Communicator

    init(
        _ problem: any Problem, _ settings: DatasetSettings, seed: UInt64, workers: Workers,
        communicator: any Communicator = SingleProcess()
    ) {
        self.workers = workers
        self.communicator = communicator
        self.problem = problem
        self.settings = settings
        self.seed = seed
    }

    /// The measured errors of the evolving or solved fields, on the leading rank; empty when nothing was to be checked, or no finer solve
    /// succeeded.
    ///
    /// - Parameter progress: called from any thread with the number of samples done.
    /// - Throws: `ProblemError` when the finer resolution does not fit.
    func errors(shouldStop: @Sendable () -> Bool, progress: @escaping @Sendable (Int) -> Void) throws -> [DataError] {
        let fields = try problem.schema(settings.resolution).fields.filter { $0.role == .state }.map(\.name)
        @Sendable func solver() throws -> any SampleSolver {
            try problem.makeSolver(SolverSetting(), output: settings.resolution, isStrict: true)
        }
        let finer = problem.refined(Resolution(axes: try solver().resolution))
        let tolerance = problem.sweepTolerances.last.map { max($0 / 10, 1e-13) }
        @Sendable func better() throws -> any SampleSolver {
            try problem.makeSolver(
                SolverSetting(resolution: finer, tolerance: tolerance), output: settings.resolution, isStrict: false)
        }
        let reference = try better().resolution
        let own = Array(stride(from: communicator.rank, to: settings.checked, by: communicator.size))
        let found = Mutex<[Int: [[Double]]]>([:])
        progress(0)
        workers.run(own.count) { number in
            if shouldStop() { return }
            let sample = own[number]
            let generator = Philox(seed: seed, stream: UInt64(sample))
            // A sample that one of the two cannot solve says nothing about the error of the others.
            if let rough = try? solver().solve(generator).checked(), let fine = try? better().solve(generator).checked() {
                let errors = fields.map { differences(rough.fields[$0]!, fine.fields[$0]!) }
                found.withLock { $0[sample] = errors }
            }
            progress(sample + 1)
        }
        // Added in the order of the samples, so that the sum does not depend on threads and ranks.
        let all = try communicator.gather { found.withLock { $0 } }.flatMap { $0 }
        let samples = all.sorted { $0.key < $1.key }.map(\.value)
        guard !samples.isEmpty else { return [] }
        let size = reference.map(String.init).joined(separator: " x ")
        let words = "a solution on \(size) points" + (tolerance.map { ", tolerance \(Format.significant($0, 2))" } ?? "")
        return fields.enumerated().map { number, name in
            let frames = samples[0][number].indices
            let means = frames.map { frame in samples.reduce(0) { $0 + $1[number][frame] } / Double(samples.count) }
            return DataError(field: name, relative: means, samples: samples.count, reference: words)
        }
    }

    /// Relative L2 distance of each frame (one number without time).
    private func differences(_ rough: Tensor<Double>, _ fine: Tensor<Double>) -> [Double] {
        let frames = problem.learning.isEvolution ? rough.shape[0] : 1
        return rough.reshaped([frames, -1]).relativeErrors(to: fine.reshaped([frames, -1]))
    }
}

extension SolvedSample {
    /// The sample, if every number in it is finite.
    ///
    /// - Throws: `SolverError.diverged` with the field and the value.
    func checked() throws -> SolvedSample {
        for (name, values) in fields.sorted(by: { $0.key < $1.key }) {
            for index in 0..<values.count where !values.basePointer[index].isFinite {
                throw SolverError.diverged(solver: "the solution", step: steps, time: 0, quantity: name, value: values.basePointer[index])
            }
        }
        return self
    }
}
