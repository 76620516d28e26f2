import Datasets
import Foundation
import Tensors

/// Solves one sample of a case.
public struct SingleSolution: Sendable {
    /// What the solver reports.
    public struct Report: Sendable, Codable {
        /// Range and mean of a field.
        public struct Field: Sendable, Codable {
            /// Name.
            public var name: String
            /// Smallest value.
            public var least: Double
            /// Largest value.
            public var largest: Double
            /// Mean over the grid points.
            public var mean: Double
        }

        /// The equation.
        public var equation: String
        /// The solver, in words.
        public var scheme: String
        /// Points of the solver's grid, slowest axis first.
        public var resolution: [Int]
        /// Iterations or time steps.
        public var steps: Int
        /// Core seconds.
        public var seconds: Double
        /// The fields.
        public var fields: [Field]
    }

    private let content: Case

    /// A solution of a case.
    public init(_ content: Case) { self.content = content }

    /// Solves sample `sample` of the test split and writes its fields to `output`, if given.
    ///
    /// - Throws: `CaseError`, `SolverError`, `DatasetsError`.
    public func solve(sample: Int, output: String?, command: String) throws -> Report {
        let problem = try content.makeProblem()
        let dataset = content.content.dataset!
        let stream = UInt64(2) << 40 + UInt64(sample)
        let solver = try content.located { try problem.makeSolver(SolverSetting(), output: dataset.resolution, isStrict: true) }
        let solved = try solver.solve(Philox(seed: UInt64(content.content.seed), stream: stream))
        let schema = try content.located { try problem.schema(dataset.resolution) }
        if let output {
            let account = problem.account
            let provenance = Provenance(
                title: "\(content.content.title), one sample", source: EddyVersion.source, command: command, references: account.references,
                pde: account.equation, solverScheme: account.scheme, solverOrder: account.order, solverStep: solved.timeStep,
                solverResolution: solver.resolution,
                downsampling: solver.downsampling, seed: UInt64(content.content.seed), caseText: content.resolvedText,
                definition: content.definition, hostThreads: 1)
            let builder = try DatasetBuilder(
                path: output, schema: schema, provenance: provenance, split: "test", samples: sample..<(sample + 1))
            try builder.append(DatasetSample(fields: solved.fields, record: SampleRecord(steps: solved.steps, seconds: solved.seconds)))
            _ = try builder.finish()
        }
        let fields = schema.fields.compactMap { field -> Report.Field? in
            guard let values = solved.fields[field.name]?.scalars, !values.isEmpty else { return nil }
            return Report.Field(
                name: field.name, least: values.min()!, largest: values.max()!, mean: values.reduce(0, +) / Double(values.count))
        }
        return Report(
            equation: problem.account.equation, scheme: problem.account.scheme, resolution: solver.resolution, steps: solved.steps,
            seconds: solved.seconds, fields: fields)
    }
}
