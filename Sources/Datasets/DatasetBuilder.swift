import Foundation
import Grids
import Tensors

/// Writes one dataset file sample by sample under a temporary name; `finish` computes the content hash and gives the file its name.
///
/// If the builder is released before `finish`, the temporary file is removed and nothing has been written. Not thread-safe: one owner.
public final class DatasetBuilder {
    /// Where the file will be.
    public let path: String
    /// Number of samples that the file will hold.
    public let sampleCount: Int
    /// Samples appended so far.
    public private(set) var appended = 0

    private let schema: DatasetSchema
    private let temporary: String
    private var file: NetCDFFile?
    private let variables: [String: NetCDFVariable]
    private var hashes: [String: SHA256] = [:]
    private var seconds = 0.0

    /// Starts a file for samples `samples` (numbers in the split) of a schema.
    ///
    /// - Parameters:
    ///   - path: Name of the finished file; an existing file is replaced by `finish`.
    ///   - shared: Values of the fields that do not vary with the sample.
    ///   - framesPerChunk: Frames in one chunk of the file, best the training window; nil for about 1 MiB.
    ///   - deflate: Compression, 0 (none) to 9.
    /// - Throws: `DatasetsError` when the file cannot be created or a shared field has the wrong shape.
    public init(
        path: String, schema: DatasetSchema, provenance: Provenance, split: String, samples: Range<Int>,
        shared: [String: Tensor<Double>] = [:], framesPerChunk: Int? = nil, deflate: Int = 0
    ) throws {
        self.path = path
        self.schema = schema
        self.sampleCount = samples.count
        self.temporary = FileSystem.temporaryName(for: path)
        try FileSystem.createFolder(FileSystem.folder(of: path))
        let file: NetCDFFile
        do {
            file = try NetCDFFile.create(temporary)
        } catch {
            FileSystem.remove(temporary)
            throw DatasetBuilder.named(error, path: path)
        }
        do {
            try DatasetLayout.define(
                in: file.root, schema: schema, provenance: provenance, split: split, samples: samples,
                storage: .init(framesPerChunk: framesPerChunk, deflate: deflate))
            variables = Dictionary(uniqueKeysWithValues: try file.root.variables().map { ($0.name, $0) })
        } catch {
            try? file.close()
            FileSystem.remove(temporary)
            throw DatasetBuilder.named(error, path: path)
        }
        self.file = file
        for field in schema.fields where field.dependence.sample { hashes[field.name] = SHA256() }
        for record in SampleRecord.variables { hashes[record.name] = SHA256() }
        do {
            for field in schema.fields where !field.dependence.sample { try writeShared(field, shared[field.name]) }
        } catch {
            abandon()
            throw DatasetBuilder.named(error, path: path)
        }
    }

    deinit { abandon() }

    /// Appends the next sample.
    ///
    /// - Throws: `DatasetsError.invalidSample` when a field is missing, has the wrong shape or holds a value that is not finite;
    ///   `.noSpace` and others when writing fails. Nothing can be appended after an error of writing.
    public func append(_ sample: DatasetSample) throws {
        precondition(appended < sampleCount, "sample \(appended) appended to a file of \(sampleCount)")
        for field in schema.fields where field.dependence.sample {
            let values = try require(sample.fields[field.name], field, sample: appended)
            if schema.type(of: field) == .double {
                try write(values, field)
            } else {
                try write(values.cast(to: Float.self), field)
            }
        }
        try write(record: sample.record, at: appended)
        appended += 1
    }

    /// Appends all samples of a finished file of the same schema.
    func append(contentsOf part: NetCDFFile) throws {
        guard let count = try part.root.dimensions().first(where: { $0.name == "sample" })?.count, appended + count <= sampleCount else {
            throw DatasetsError.invalid(
                path: part.path, item: "dimension 'sample'", found: "another length", expected: "at most \(sampleCount - appended)")
        }
        for field in schema.fields where field.dependence.sample {
            if schema.type(of: field) == .double {
                try copy(field.name, from: part, count: count, as: Double.self)
            } else {
                try copy(field.name, from: part, count: count, as: Float.self)
            }
        }
        try copy("status", from: part, count: count, as: Int8.self)
        try copy("steps", from: part, count: count, as: Int32.self)
        try copy("attempts", from: part, count: count, as: Int32.self)
        try copy("seconds", from: part, count: count, as: Double.self) { self.seconds += $0.reduce(0, +) }
        appended += count
    }

    /// Completes the file: content hash, close, fsync, rename.
    ///
    /// Returns the content hash, as stored in `id`.
    @discardableResult
    public func finish() throws -> String {
        precondition(appended == sampleCount, "finish after \(appended) of \(sampleCount) samples")
        guard let file else { preconditionFailure("finish of a file that is finished or has failed") }
        do {
            try file.root.setAttribute("generation_seconds", .real([seconds]))
            let identifier = try ContentHash.identifier(file.root, digests: hashes.mapValues { $0.hexadecimal() })
            try file.root.setAttribute("id", .text(identifier))
            try file.close()
            try FileSystem.commit(temporary, as: path)
            self.file = nil
            return identifier
        } catch {
            abandon()
            throw DatasetBuilder.named(error, path: path)
        }
    }

    private func abandon() {
        guard let file else { return }
        try? file.close()
        FileSystem.remove(temporary)
        self.file = nil
    }

    /// Errors speak of the file that the user asked for, not of its temporary name.
    static func named(_ error: any Error, path: String) -> any Error {
        switch error {
        case DatasetsError.noSpace(_, let needed, let available): DatasetsError.noSpace(path: path, needed: needed, available: available)
        case DatasetsError.cannotWrite(_, let reason): DatasetsError.cannotWrite(path: path, reason: reason)
        case DatasetsError.netCDF(_, let operation, let message): DatasetsError.netCDF(path: path, operation: operation, message: message)
        default: error
        }
    }

    private func require(_ values: Tensor<Double>?, _ field: FieldDescription, sample: Int) throws -> Tensor<Double> {
        guard let values else { throw DatasetsError.invalidSample(sample: sample, field: field.name, reason: "no values given") }
        let expected = schema.shape(of: field)
        guard values.shape == expected else {
            throw DatasetsError.invalidSample(
                sample: sample, field: field.name, reason: "shape \(values.shape), expected \(schema.dimensions(of: field)) = \(expected)")
        }
        guard field.role != .diagnostic else { return values }
        // Stored values count: a number too large for 32 bits must not become infinite in the file.
        let limit = schema.type(of: field) == .float ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude
        let pointer = values.basePointer
        for index in 0..<values.count where !(abs(pointer[index]) <= limit) {
            throw DatasetsError.invalidSample(sample: sample, field: field.name, reason: "value \(pointer[index]) at position \(index)")
        }
        return values
    }

    private func writeShared(_ field: FieldDescription, _ values: Tensor<Double>?) throws {
        let values = try require(values, field, sample: 0)
        guard let variable = variables[field.name] else { preconditionFailure("variable '\(field.name)' is not defined") }
        try variable.write(start: variable.shape.map { _ in 0 }, count: variable.shape, from: values.basePointer)
    }

    private func write<S: Scalar & NetCDFNumber>(_ values: Tensor<S>, _ field: FieldDescription) throws {
        guard let variable = variables[field.name] else { preconditionFailure("variable '\(field.name)' is not defined") }
        let start = [appended] + variable.shape.dropFirst().map { _ in 0 }
        do {
            try variable.write(start: start, count: [1] + variable.shape.dropFirst(), from: values.basePointer)
        } catch {
            abandon()
            throw DatasetBuilder.named(error, path: path)
        }
        hashes[field.name]!.update(UnsafeRawBufferPointer(start: values.basePointer, count: values.count * MemoryLayout<S>.stride))
    }

    private func write(record: SampleRecord, at index: Int) throws {
        func put<N: NetCDFNumber>(_ name: String, _ value: N) throws {
            try withUnsafePointer(to: value) {
                try variables[name]!.write(start: [index], count: [1], from: $0)
                hashes[name]!.update(UnsafeRawBufferPointer(start: $0, count: MemoryLayout<N>.size))
            }
        }
        do {
            try put("status", record.status.rawValue)
            try put("steps", Int32(clamping: record.steps))
            try put("attempts", Int32(clamping: record.attempts))
            try put("seconds", record.seconds)
        } catch {
            abandon()
            throw DatasetBuilder.named(error, path: path)
        }
        seconds += record.seconds
    }

    private func copy<N: NetCDFNumber>(
        _ name: String, from part: NetCDFFile, count: Int, as type: N.Type, _ observe: (UnsafeBufferPointer<N>) -> Void = { _ in }
    ) throws {
        guard let source = try part.root.variable(name), let target = variables[name], source.shape.dropFirst() == target.shape.dropFirst()
        else {
            throw DatasetsError.invalid(
                path: part.path, item: "variable '\(name)'", found: "another shape or nothing", expected: "the shape of the dataset")
        }
        var row = appended
        let rest = target.shape.dropFirst()
        let size = rest.reduce(1, *)
        do {
            try ContentHash.forEachSlab(source, as: type) { values in
                let rows = values.count / size
                try target.write(start: [row] + rest.map { _ in 0 }, count: [rows] + rest, from: values.baseAddress!)
                hashes[name]!.update(UnsafeRawBufferPointer(values))
                observe(values)
                row += rows
            }
        } catch {
            abandon()
            throw DatasetBuilder.named(error, path: path)
        }
    }
}
