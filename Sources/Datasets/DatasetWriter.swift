import Foundation
import Grids
import Tensors

/// Generates one split of a dataset in blocks, so that an interruption loses at most the blocks in progress.
///
/// Finished blocks are files of their own in the hidden folder `.SPLIT.parts`, complete and renamed; `finish` joins them into `SPLIT.nc`.
/// A generation that starts again with the same definition skips them. Several processes share the work as shards: whichever finds all
/// blocks present joins them. The bytes of the data do not depend on threads, blocks or shards.
///
///     let writer = try DatasetWriter(folder: "data/darcy", split: "train", samples: 1000, schema: schema, provenance: provenance)
///     for block in try writer.missingBlocks() {
///         try writer.write(block: block, samples: writer.samples(inBlock: block).map(solve))
///     }
///     try writer.finish()
public struct DatasetWriter: Sendable {
    /// The finished file.
    public let path: String
    /// The folder of finished blocks.
    public let partsFolder: String
    /// Split: `train`, `valid`, `test`, ...
    public let split: String
    /// Samples in the split.
    public let sampleCount: Int
    /// Samples in a block (fewer in the last one).
    public let blockSize: Int
    /// Number of blocks.
    public let blockCount: Int
    /// Which blocks this process generates.
    public let shard: Shard
    /// What the file holds.
    public let schema: DatasetSchema

    private let provenance: Provenance
    private let shared: [String: Tensor<Double>]
    private let framesPerChunk: Int?
    private let deflate: Int

    /// What `finish` found and did.
    public enum Outcome: Hashable, Sendable {
        /// The file is complete; its content hash.
        case complete(id: String)
        /// Blocks of other shards are still missing.
        case waiting(missing: [Int])
    }

    /// Prepares a generation; nothing is written yet.
    ///
    /// - Parameters:
    ///   - folder: Folder of the dataset; created when missing.
    ///   - split: Name of the file without `.nc`.
    ///   - samples: Number of samples in the split.
    ///   - shared: Values of the fields that do not vary with the sample.
    ///   - blockSize: Samples in a block; nil for a 32nd of the split, but at most 64 samples and about 16 MiB.
    ///   - framesPerChunk: Frames in one chunk of the file, best the training window; nil for about 1 MiB.
    ///   - deflate: Compression, 0 (none) to 9.
    /// - Throws: `DatasetsError.otherDefinition` when the finished file exists and was made from another definition.
    public init(
        folder: String, split: String, samples: Int, schema: DatasetSchema, provenance: Provenance, shared: [String: Tensor<Double>] = [:],
        shard: Shard = .whole, blockSize: Int? = nil, framesPerChunk: Int? = nil, deflate: Int = 0
    ) throws {
        precondition(samples > 0, "\(samples) samples in split '\(split)'")
        precondition(FieldDescription.isValidName(split), "split name '\(split)'")
        precondition(blockSize.map { $0 > 0 } ?? true, "\(blockSize ?? 0) samples in a block")
        self.path = folder + "/" + split + ".nc"
        self.partsFolder = folder + "/." + split + ".parts"
        self.split = split
        self.sampleCount = samples
        self.blockSize = blockSize ?? max(1, min(64, samples / 32, (16 << 20) / max(1, schema.bytesPerSample)))
        self.blockCount = (samples + self.blockSize - 1) / self.blockSize
        self.shard = shard
        self.schema = schema
        self.provenance = provenance
        self.shared = shared
        self.framesPerChunk = framesPerChunk
        self.deflate = deflate
        if isComplete {
            let file = try NetCDFFile.open(path)
            defer { try? file.close() }
            try requireSameDefinition(file)
            let count = try file.root.dimensions().first { $0.name == "sample" }?.count ?? 0
            guard count == samples else {
                throw DatasetsError.otherDefinition(path: path, item: "samples", found: "\(count)", expected: "\(samples)")
            }
        }
    }

    /// Whether the finished file exists.
    public var isComplete: Bool { FileSystem.exists(path) }

    /// The samples of a block, as numbers in the split.
    public func samples(inBlock block: Int) -> Range<Int> {
        precondition((0..<blockCount).contains(block), "block \(block) of \(blockCount)")
        return block * blockSize..<min((block + 1) * blockSize, sampleCount)
    }

    /// Makes the folder of a dataset, so that one that cannot be made is found before anything is computed.
    ///
    /// - Throws: `DatasetsError.cannotWrite`.
    public static func makeFolder(_ folder: String) throws { try FileSystem.createFolder(folder) }

    /// Makes the folder of the blocks; one without permission to write is found here, before samples are made.
    ///
    /// - Throws: `DatasetsError.cannotWrite`.
    public func prepare() throws {
        if !isComplete { try FileSystem.createFolder(partsFolder) }
    }

    /// Blocks of this shard that still have to be generated; none when the finished file exists.
    ///
    /// - Throws: `DatasetsError.otherDefinition` when blocks of another definition lie there.
    public func missingBlocks() throws -> [Int] {
        guard !isComplete else { return [] }
        return try (0..<blockCount).filter { try shard.owns(block: $0) && !isPresent($0) }
    }

    /// Writes one block; the file gets its name only when it is complete and on the device.
    ///
    /// - Throws: `DatasetsError.invalidSample`, `.noSpace`, `.cannotWrite`; the block is then still missing.
    public func write(block: Int, samples: [DatasetSample]) throws {
        let range = self.samples(inBlock: block)
        precondition(samples.count == range.count, "\(samples.count) samples for block \(block), which holds \(range.count)")
        let builder = try builder(path: path(ofBlock: block), samples: range, provenance)
        for (index, sample) in samples.enumerated() {
            do {
                try builder.append(sample)
            } catch DatasetsError.invalidSample(_, let field, let reason) {
                throw DatasetsError.invalidSample(sample: range.lowerBound + index, field: field, reason: reason)
            }
        }
        try builder.finish()
    }

    /// Whether the file is complete, or every block of all shards is there to be joined.
    ///
    /// - Throws: errors of reading.
    public func isReady() throws -> Bool { try isComplete || (0..<blockCount).allSatisfy { try isPresent($0) } }

    /// Joins the blocks into the finished file and removes them, if all blocks of all shards are present.
    ///
    /// - Parameter provenance: the account for the finished file, with what has been found out since; nil for that of the writer.
    /// - Throws: `DatasetsError.missingBlocks` when blocks of this shard are missing; `.noSpace` and others.
    public func finish(provenance: Provenance? = nil) throws -> Outcome {
        if isComplete {
            FileSystem.remove(partsFolder)
            return .complete(id: try identifier())
        }
        let missing = try (0..<blockCount).filter { try !isPresent($0) }
        let own = missing.filter(shard.owns(block:))
        guard own.isEmpty else { throw DatasetsError.missingBlocks(path: path, blocks: own, total: blockCount) }
        guard missing.isEmpty else { return .waiting(missing: missing) }
        return try withLock {
            // Another shard may have joined the blocks while this one waited for the lock.
            guard !isComplete else { return .complete(id: try identifier()) }
            // With the lock held, temporary files are those of a process that was killed while joining.
            FileSystem.removeTemporaries(of: path)
            let needed = schema.bytesPerSample * sampleCount
            guard FileSystem.available(path) > needed else { throw FileSystem.noSpace(path, needed: needed) }
            let builder = try builder(path: path, samples: 0..<sampleCount, provenance ?? self.provenance)
            for block in 0..<blockCount {
                let part = try NetCDFFile.open(path(ofBlock: block))
                try builder.append(contentsOf: part)
                try part.close()
            }
            let id = try builder.finish()
            FileSystem.remove(partsFolder)
            return .complete(id: id)
        }
    }

    /// Removes the finished file and all blocks, to generate everything anew.
    public func removeAll() {
        FileSystem.remove(path)
        FileSystem.remove(partsFolder)
    }

    private func path(ofBlock block: Int) -> String {
        let number = String(block + 1)
        return partsFolder + "/block-" + String(repeating: "0", count: max(0, 4 - number.count)) + number + ".nc"
    }

    private func builder(path: String, samples: Range<Int>, _ provenance: Provenance) throws -> DatasetBuilder {
        try DatasetBuilder(
            path: path, schema: schema, provenance: provenance, split: split, samples: samples, shared: shared,
            framesPerChunk: framesPerChunk, deflate: deflate)
    }

    private func identifier() throws -> String {
        let file = try NetCDFFile.open(path)
        defer { try? file.close() }
        return try file.root.attributes()["id"]?.text ?? ""
    }

    /// Whether a finished block of these samples and this definition lies in the folder of parts.
    private func isPresent(_ block: Int) throws -> Bool {
        let path = path(ofBlock: block)
        guard FileSystem.exists(path) else { return false }
        // A damaged block is generated again.
        guard let file = try? NetCDFFile.open(path) else { return false }
        defer { try? file.close() }
        try requireSameDefinition(file)
        guard let samples = try file.root.variable("sample"), samples.shape.count == 1 else { return false }
        return try samples.readAll(as: Int32.self) == self.samples(inBlock: block).map { Int32($0) }
    }

    private func requireSameDefinition(_ file: NetCDFFile) throws {
        let attributes = try file.root.attributes()
        let expected = provenance.definitionAttributes + [("split", .text(split)), ("source", .text(provenance.source))]
        for (name, value) in expected where attributes[name] != value {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "attribute '\(name)'", found: attributes[name].map { "'\($0.formatted)'" } ?? "nothing",
                expected: "'\(value.formatted)'")
        }
        let found = try DatasetLayout.readSchema(file.root, path: file.path)
        guard found == schema else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "grid, times, boundary or fields", found: "\(found.grid); \(found.fields.map(\.name))",
                expected: "\(schema.grid); \(schema.fields.map(\.name))")
        }
    }

    /// Runs `body` while this process holds the lock of the parts' folder, so that two shards never join at once.
    private func withLock<R>(_ body: () throws -> R) throws -> R {
        let lock = partsFolder + "/lock"
        let descriptor = open(lock, O_RDWR | O_CREAT, 0o644)
        guard descriptor >= 0 else {
            if isComplete { return try body() }
            throw DatasetsError.cannotWrite(path: lock, reason: FileSystem.message(errno))
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw DatasetsError.cannotWrite(path: lock, reason: FileSystem.message(errno)) }
        return try body()
    }
}
