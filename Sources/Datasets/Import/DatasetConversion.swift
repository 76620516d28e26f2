import Foundation
import Grids
import Tensors

/// Converts a foreign dataset file into one of Eddy's, a few samples at a time.
public enum DatasetConversion {
    /// What was written.
    public struct Report: Hashable, Sendable {
        /// The layout that was recognised.
        public let layout: ForeignLayout
        /// What the new file holds.
        public let schema: DatasetSchema
        /// Number of samples.
        public let samples: Int
        /// Content hash.
        public let id: String
        /// What had to be assumed or left out.
        public let notes: [String]
    }

    /// Bytes of samples in memory at a time.
    private static let bytesPerBlock = 64 << 20

    /// Converts `path` to `output`; an existing file is replaced when the new one is complete.
    ///
    /// - Parameter progress: called with the samples done and to do after each block.
    /// - Throws: `DatasetsError.notConvertible` when the layout is not known or something it needs is missing, and errors of reading and
    ///   writing.
    public static func convert(
        _ path: String, to output: String, options: ConversionOptions, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> Report {
        let file = try NetCDFFile.open(path)
        defer { try? file.close() }
        let source = try open(file, options: options)
        let first = options.samples?.lowerBound ?? 0
        let end = options.samples.map { $0.upperBound == .max ? source.sampleCount : $0.upperBound } ?? source.sampleCount
        guard first >= 0, first < end, end <= source.sampleCount else {
            throw DatasetsError.invalid(
                path: path, item: "samples", found: "\(source.sampleCount)",
                expected: "more: the range \(first):\(max(end, first + 1)) is asked for")
        }
        let samples = first..<end
        let axes = source.schema.grid.axes.map(\.name)
        if let other = options.axisBoundary.keys.sorted().first(where: { !axes.contains($0) }) {
            throw DatasetsError.invalid(
                path: path, item: "boundary of axis \(other)", found: "no such axis",
                expected: "one of \(axes.reversed().joined(separator: ", "))")
        }
        let shared = try source.fields.filter { !$0.description.dependence.sample }.map { ($0.description.name, try $0.read(samples)) }
        let builder = try DatasetBuilder(
            path: output, schema: source.schema, provenance: provenance(path, source, options), split: options.split,
            samples: 0..<samples.count, shared: Dictionary(uniqueKeysWithValues: shared))
        let varying = source.fields.filter(\.description.dependence.sample)
        let step = max(1, bytesPerBlock / max(1, 2 * source.schema.bytesPerSample))
        for first in stride(from: samples.lowerBound, to: samples.upperBound, by: step) {
            let block = first..<min(first + step, samples.upperBound)
            let values = try varying.map { ($0.description, try $0.read(block)) }
            for row in 0..<block.count {
                let fields = values.map { ($0.name, $1.rows(row..<row + 1).reshaped(source.schema.shape(of: $0))) }
                try builder.append(DatasetSample(fields: Dictionary(uniqueKeysWithValues: fields)))
            }
            progress(block.upperBound - samples.lowerBound, samples.count)
        }
        let id = try builder.finish()
        return Report(layout: source.layout, schema: source.schema, samples: samples.count, id: id, notes: source.notes)
    }

    private static func open(_ file: NetCDFFile, options: ConversionOptions) throws -> ForeignDataset {
        let root = file.root
        var layout = options.layout
        if layout == nil, try TheWellImporter.recognises(root) { layout = .theWell }
        if layout == nil, try PDEBenchImporter.recognises(root) { layout = .pdeBench }
        if layout == nil, try FNOImporter.recognises(root) { layout = .fno }
        switch layout {
        case .theWell: return try TheWellImporter.open(file, options: options)
        case .pdeBench: return try PDEBenchImporter.open(file, options: options)
        case .fno: return try FNOImporter.open(file, options: options)
        case nil:
            let content = try root.variables().map(\.name) + root.groups().map { $0.name + "/" }
            throw DatasetsError.notConvertible(
                path: file.path,
                reason: "its layout is none of \(ForeignLayout.allCases.map(\.rawValue).joined(separator: ", ")); it holds "
                    + (content.isEmpty ? "nothing" : content.prefix(12).joined(separator: ", ")))
        }
    }

    private static func provenance(_ path: String, _ source: ForeignDataset, _ options: ConversionOptions) -> Provenance {
        let name = URL(fileURLWithPath: path).lastPathComponent
        let times = source.schema.times
        let step = times.flatMap { $0.isUniform && $0.count > 1 ? $0.spacing : nil }
        var result = Provenance(
            title: options.title ?? name, source: options.source, command: options.command, references: "unknown", license: options.license,
            comment: source.notes.joined(separator: "; "), pde: options.pde ?? "unknown", solverScheme: "unknown", solverOrder: "unknown",
            outputStep: step, solverResolution: source.schema.grid.shape, downsampling: "unknown", solverPrecision: "float64", seed: 0,
            generator: "unknown", caseText: "converted from \(name)", definition: "converted from \(name)", hostThreads: 1)
        result.convertedFrom = name
        return result
    }
}
