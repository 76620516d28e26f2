import Foundation
import Grids
import Tensors

/// A dataset open for streaming reads: only the samples asked for are in memory.
///
/// Safe to use from any thread; reads do not overlap.
public final class DatasetFile: Sendable {
    /// Path as given.
    public let path: String
    /// Grid, times, boundary and fields.
    public let schema: DatasetSchema
    /// Number of samples.
    public let sampleCount: Int
    /// Global attributes by name.
    public let attributes: [String: AttributeValue]

    private let file: NetCDFFile
    private let variables: [String: NetCDFVariable]

    /// Opens a dataset and reads its description.
    ///
    /// - Throws: `DatasetsError.noSuchFile`, `.notNetCDF` (other format, truncated), `.foreign` (lacks what a dataset must have),
    ///   `.invalid` (an item that breaks the contract).
    public init(_ path: String) throws {
        let file = try NetCDFFile.open(path)
        self.path = path
        self.file = file
        self.schema = try DatasetLayout.readSchema(file.root, path: path)
        self.attributes = try file.root.attributes()
        self.sampleCount = try file.root.dimensions().first { $0.name == "sample" }?.count ?? 0
        self.variables = Dictionary(uniqueKeysWithValues: try file.root.variables().map { ($0.name, $0) })
    }

    /// The grid of the fields.
    public var grid: Grid { schema.grid }
    /// Times of the frames; nil when nothing depends on time.
    public var times: Axis? { schema.times }
    /// The boundary of the domain.
    public var boundary: Boundary { schema.boundary }
    /// All fields.
    public var fields: [FieldDescription] { schema.fields }
    /// The content hash that the file claims.
    public var id: String { attributes["id"]?.text ?? "" }
    /// The measured error of a field; nil when the file does not say.
    public func dataError(of field: String) -> DataError? {
        guard let relative = attributes["data_error_\(field)"]?.numbers else { return nil }
        return DataError(
            field: field, relative: relative, samples: Int(attributes["data_error_samples"]?.numbers?.first ?? 0),
            reference: attributes["data_error_reference"]?.text ?? "")
    }
    /// Which split this is.
    public var split: String { attributes["split"]?.text ?? "" }

    /// Reads fields of some samples, channels last: `[sample, (time,) z, y, x, field]`.
    ///
    /// The result has a time axis when one of the fields depends on time; fields that do not are repeated along it, as are fields that
    /// all samples share.
    ///
    /// - Parameters:
    ///   - samples: Numbers of the samples, in any order; neighbours are read together.
    ///   - fields: Names of spatial fields; the last axis is in this order.
    ///   - frames: Frames to read; nil for all.
    /// - Throws: `DatasetsError.missingField` and errors of reading.
    public func read<S: Scalar>(samples: [Int], fields names: [String], frames: Range<Int>? = nil, as type: S.Type = Float.self) throws
        -> Tensor<S>
    {
        let fields = try names.map(requireField)
        for field in fields {
            precondition(
                field.dependence.space == .all, "field '\(field.name)' does not vary over the whole grid; use readNumbers or values")
        }
        let inTime = fields.contains { $0.dependence.time }
        let frames = try requireFrames(frames, inTime: inTime)
        requireSamples(samples)
        let shape = [samples.count] + (inTime ? [frames.count] : []) + grid.shape + [fields.count]
        var result = Tensor<S>(uninitialized: shape)
        let points = grid.count
        try result.withUnsafeMutablePointer { target in
            var plane = Tensor<S>(uninitialized: [fields.count == 1 ? 0 : samples.count * frames.count * points])
            for (channel, field) in fields.enumerated() {
                if fields.count == 1 {
                    try gather(field, samples: samples, frames: frames, into: target)
                } else {
                    try plane.withUnsafeMutablePointer { try gather(field, samples: samples, frames: frames, into: $0) }
                    let source = plane.basePointer
                    DatasetFile.scatter(plane.count, source, target + channel, stride: fields.count)
                }
            }
        }
        return result
    }

    /// Reads numbers per sample (or per sample and frame): `[sample, field]` or `[sample, time, field]`.
    public func readNumbers<S: Scalar>(samples: [Int], fields names: [String], frames: Range<Int>? = nil, as type: S.Type = Float.self)
        throws -> Tensor<S>
    {
        let fields = try names.map(requireField)
        for field in fields { precondition(field.dependence.space == .none, "field '\(field.name)' varies in space; use read") }
        let inTime = fields.contains { $0.dependence.time }
        let frames = try requireFrames(frames, inTime: inTime)
        requireSamples(samples)
        var result = Tensor<S>(uninitialized: [samples.count] + (inTime ? [frames.count] : []) + [fields.count])
        var column = Tensor<S>(uninitialized: [samples.count * frames.count])
        try result.withUnsafeMutablePointer { target in
            for (channel, field) in fields.enumerated() {
                try column.withUnsafeMutablePointer { try gather(field, samples: samples, frames: frames, into: $0) }
                DatasetFile.scatter(column.count, column.basePointer, target + channel, stride: fields.count)
            }
        }
        return result
    }

    /// All values of one field as stored, `[sample, time, z, y, x]` less what it does not depend on; for small fields.
    public func values(of name: String) throws -> Tensor<Double> {
        _ = try requireField(name)
        let variable = variables[name]!
        var result = Tensor<Double>(uninitialized: variable.shape)
        guard result.count > 0 else { return result }
        try result.withUnsafeMutablePointer { try variable.read(start: variable.shape.map { _ in 0 }, count: variable.shape, into: $0) }
        return result
    }

    /// Calls `body(sample, values[frame, point], frames, points)` for one sample of a field after the other, in double precision.
    ///
    /// A field that all samples share is visited once, as sample 0.
    func forEachSample(of field: FieldDescription, _ body: (Int, UnsafePointer<Double>, Int, Int) throws -> Void) throws {
        let frames = field.dependence.time ? schema.frameCount : 1
        let points = field.axes(on: grid).reduce(1) { $0 * $1.count }
        var buffer = Tensor<Double>(uninitialized: [frames * points])
        for sample in 0..<(field.dependence.sample ? sampleCount : 1) {
            try buffer.withUnsafeMutablePointer { try gather(field, samples: [sample], frames: 0..<frames, into: $0) }
            try body(sample, buffer.basePointer, frames, points)
        }
    }

    /// The records of all samples.
    public func records() throws -> [SampleRecord] {
        func column<N: NetCDFNumber>(_ name: String, _ type: N.Type) throws -> [N] {
            guard let variable = variables[name], variable.shape == [sampleCount] else {
                throw DatasetsError.foreign(path: path, missing: ["variable '\(name)(sample)'"])
            }
            return try variable.readAll()
        }
        let (status, steps) = (try column("status", Int8.self), try column("steps", Int32.self))
        let (attempts, seconds) = (try column("attempts", Int32.self), try column("seconds", Double.self))
        return (0..<sampleCount).map {
            SampleRecord(
                status: SampleStatus(rawValue: status[$0]) ?? .solved, steps: Int(steps[$0]), attempts: Int(attempts[$0]),
                seconds: seconds[$0])
        }
    }

    /// Computes the hash of the content and compares it with `id`.
    ///
    /// - Throws: `DatasetsError.corrupt` when they differ.
    public func verify() throws {
        let found = try ContentHash.identifier(file.root)
        guard found == id else { throw DatasetsError.corrupt(path: path, found: found, expected: id.isEmpty ? "nothing" : id) }
    }

    private func requireField(_ name: String) throws -> FieldDescription {
        guard let field = schema.field(name) else {
            throw DatasetsError.missingField(path: path, field: name, available: schema.fields.map(\.name))
        }
        return field
    }

    private func requireFrames(_ frames: Range<Int>?, inTime: Bool) throws -> Range<Int> {
        guard inTime else { return 0..<1 }
        let all = 0..<schema.frameCount
        guard let frames else { return all }
        precondition(!frames.isEmpty && frames.lowerBound >= 0 && frames.upperBound <= all.count, "frames \(frames) of \(all.count)")
        return frames
    }

    private func requireSamples(_ samples: [Int]) {
        precondition(samples.allSatisfy { $0 >= 0 && $0 < sampleCount }, "samples \(samples) of \(sampleCount) in \(path)")
    }

    /// Reads one field into `target[sample, frame, point]`, repeating what it does not depend on.
    private func gather<S: Scalar>(_ field: FieldDescription, samples: [Int], frames: Range<Int>, into target: UnsafeMutablePointer<S>)
        throws
    {
        let variable = variables[field.name]!
        let space = field.axes(on: grid).map(\.count)
        let points = space.reduce(1, *)
        let block = frames.count * points
        func read(sample: Int?, count: Int, into pointer: UnsafeMutablePointer<S>) throws {
            let time = field.dependence.time
            let start = (sample.map { [$0] } ?? []) + (time ? [frames.lowerBound] : []) + space.map { _ in 0 }
            let extent = (sample == nil ? [] : [count]) + (time ? [frames.count] : []) + space
            try DatasetFile.read(variable, start: start, count: extent, into: pointer)
        }
        guard field.dependence.sample else {
            guard let first = samples.indices.first else { return }
            try read(sample: nil, count: 1, into: target)
            if !field.dependence.time { DatasetFile.repeatFrames(target, points: points, frames: frames.count) }
            for index in samples.indices where index != first { (target + index * block).update(from: target, count: block) }
            return
        }
        var index = 0
        while index < samples.count {
            // Only fields that fill the whole row can be read in runs; others are read one by one and repeated.
            var run = 1
            if field.dependence.time || frames.count == 1 {
                while index + run < samples.count && samples[index + run] == samples[index] + run { run += 1 }
            }
            try read(sample: samples[index], count: run, into: target + index * block)
            if !field.dependence.time { DatasetFile.repeatFrames(target + index * block, points: points, frames: frames.count) }
            index += run
        }
    }

    private static func repeatFrames<S>(_ target: UnsafeMutablePointer<S>, points: Int, frames: Int) {
        for frame in 1..<max(frames, 1) { (target + frame * points).update(from: target, count: points) }
    }

    private static func read<S: Scalar>(_ variable: NetCDFVariable, start: [Int], count: [Int], into target: UnsafeMutablePointer<S>) throws
    {
        if S.self == Float.self {
            try variable.read(start: start, count: count, into: UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self))
        } else {
            try variable.read(start: start, count: count, into: UnsafeMutableRawPointer(target).assumingMemoryBound(to: Double.self))
        }
    }

    @specialized(where S == Float)
    @specialized(where S == Double)
    private static func scatter<S: Scalar>(_ count: Int, _ source: UnsafePointer<S>, _ target: UnsafeMutablePointer<S>, stride: Int) {
        for index in 0..<count { target[index * stride] = source[index] }
    }
}
