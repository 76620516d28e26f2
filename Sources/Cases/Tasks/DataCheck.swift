import Datasets
import Foundation
import Solvers
import Tensors

/// Measures the error of generated data: some samples are solved again on a finer grid with a smaller tolerance.
struct DataCheck {
    private let problem: any Problem
    private let settings: DatasetSettings
    private let seed: UInt64

    init(_ problem: any Problem, _ settings: DatasetSettings, seed: UInt64) {
        self.problem = problem
        self.settings = settings
        self.seed = seed
    }

    /// `provenance` with the measured errors of the evolving or solved fields.
    ///
    /// - Throws: `ProblemError` when the finer resolution does not fit. Samples whose finer solve fails are left out.
    func provenance(_ provenance: Provenance, _ shouldStop: () -> Bool) throws -> Provenance {
        guard settings.checked > 0 else { return provenance }
        let fields = try problem.schema(settings.resolution).fields.filter { $0.role == .state }.map(\.name)
        let solver = try problem.makeSolver(SolverSetting(), output: settings.resolution, isStrict: true)
        let finer = problem.refined(Resolution(axes: solver.resolution))
        let tolerance = problem.sweepTolerances.last.map { max($0 / 10, 1e-13) }
        let reference = try problem.makeSolver(
            SolverSetting(resolution: finer, tolerance: tolerance), output: settings.resolution, isStrict: false)
        var sums: [String: [Double]] = [:]
        var count = 0
        for sample in 0..<settings.checked {
            if shouldStop() { break }
            let generator = Philox(seed: seed, stream: UInt64(sample))
            guard let rough = try? solver.solve(generator).checked(), let fine = try? reference.solve(generator).checked() else { continue }
            for name in fields {
                guard let u = rough.fields[name], let v = fine.fields[name] else { continue }
                let frames = provenanceFrames(u)
                let errors = u.reshaped([frames, -1]).relativeErrors(to: v.reshaped([frames, -1]))
                sums[name] = sums[name].map { zip($0, errors).map(+) } ?? errors
            }
            count += 1
        }
        guard count > 0 else { return provenance }
        var result = provenance
        let size = reference.resolution.map(String.init).joined(separator: " x ")
        let words = "the same solver on \(size) points" + (tolerance.map { ", tolerance \($0)" } ?? "")
        result.dataErrors = fields.compactMap { name in
            sums[name].map { DataError(field: name, relative: $0.map { $0 / Double(count) }, samples: count, reference: words) }
        }
        return result
    }

    /// Frames of a delivered field: its first axis in time, else one.
    private func provenanceFrames(_ field: Tensor<Double>) -> Int { problem.learning.isEvolution ? field.shape[0] : 1 }
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
