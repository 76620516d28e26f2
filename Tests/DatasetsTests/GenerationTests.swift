import Datasets
import Foundation
import Grids
import Tensors
import Testing

@Suite struct GenerationTests {
    /// The data and the hash of a finished file.
    private func content(_ path: String) throws -> (Tensor<Double>, Tensor<Double>, String) {
        let file = try DatasetFile(path)
        try file.verify()
        return (
            try file.read(samples: Array(0..<file.sampleCount), fields: ["u", "v", "a"], as: Double.self),
            try file.values(of: "nu"), file.id
        )
    }

    @Test func blocksAreSkippedAfterARestart() throws {
        let (single, restarted) = (try TemporaryFolder(), try TemporaryFolder())
        let expected = try content(Fixture.write(single.path))
        let first = try Fixture.writer(restarted.path)
        #expect(try first.missingBlocks() == [0, 1, 2, 3])
        try Fixture.generate(first, blocks: [2, 0])
        #expect(restarted.content == [".train.parts", ".train.parts/block-0001.nc", ".train.parts/block-0003.nc"])
        #expect(throws: DatasetsError.missingBlocks(path: first.path, blocks: [1, 3], total: 4)) { try first.finish() }
        let second = try Fixture.writer(restarted.path)
        #expect(try second.missingBlocks() == [1, 3])
        try Fixture.generate(second)
        #expect(try second.finish() == .complete(id: expected.2))
        let found = try content(second.path)
        #expect(found == expected)
        #expect(restarted.content == ["train.nc"])
        #expect(try Fixture.writer(restarted.path).missingBlocks() == [])
    }

    @Test func aProcessKilledWhileWritingLosesOnlyTheBlockInProgress() throws {
        let folder = try TemporaryFolder()
        let writer = try Fixture.writer(folder.path)
        try Fixture.generate(writer, blocks: [0])
        // What a kill leaves behind: a half-written temporary file, and a block whose content never reached the device.
        let parts = folder.path + "/.train.parts"
        try Data(repeating: 7, count: 100).write(to: URL(fileURLWithPath: parts + "/.block-0002.nc.abc.tmp"))
        let whole = try Data(contentsOf: URL(fileURLWithPath: parts + "/block-0001.nc"))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: parts + "/block-0003.nc"))
        try Data(repeating: 7, count: 100).write(to: URL(fileURLWithPath: folder.path + "/.train.nc.abc.tmp"))
        let again = try Fixture.writer(folder.path)
        #expect(try again.missingBlocks() == [1, 2, 3])
        try Fixture.generate(again)
        _ = try again.finish()
        #expect(folder.content == ["train.nc"])
        try DatasetFile(again.path).verify()
    }

    @Test func shardsAndBlockSizesGiveTheSameBytes() throws {
        let single = try TemporaryFolder()
        let expected = try content(Fixture.write(single.path))
        for (shards, blockSize) in [(2, 3), (3, 1), (1, 10), (5, 4)] {
            let folder = try TemporaryFolder()
            var outcomes: [DatasetWriter.Outcome] = []
            for index in (1...shards).reversed() {
                let writer = try Fixture.writer(folder.path, blockSize: blockSize, shard: Shard(index: index, of: shards))
                try Fixture.generate(writer)
                outcomes.append(try writer.finish())
            }
            for outcome in outcomes.dropLast() {
                guard case .waiting(let missing) = outcome else { Issue.record("joined too early"); continue }
                #expect(!missing.isEmpty)
            }
            #expect(outcomes.last == .complete(id: expected.2))
            #expect(try content(folder.path + "/train.nc") == expected)
            #expect(folder.content == ["train.nc"])
        }
    }

    @Test func blocksWrittenFromManyThreads() throws {
        let (single, parallel) = (try TemporaryFolder(), try TemporaryFolder())
        let expected = try content(Fixture.write(single.path))
        let writer = try Fixture.writer(parallel.path, blockSize: 1)
        try Workers(threads: 4).run(10) { try Fixture.generate(writer, blocks: [$0]) }
        _ = try writer.finish()
        #expect(try content(writer.path) == expected)
    }

    @Test func hashIgnoresDatesHostsAndProse() throws {
        let (first, second, third) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
        let id = try DatasetFile(Fixture.write(first.path)).id
        var other = Fixture.provenance
        other.hostThreads = 64
        other.title = "Another title"
        other.caseText = "# with a comment\n"
        let writer = try Fixture.writer(second.path, provenance: other)
        try Fixture.generate(writer)
        #expect(try writer.finish() == .complete(id: id))
        other.seed = 2
        let changed = try Fixture.writer(third.path, provenance: other)
        try Fixture.generate(changed)
        #expect(try changed.finish() != .complete(id: id))
    }

    @Test(arguments: [(10, 1), (100, 3), (1000, 31), (100_000, 64)]) func defaultBlocks(samples: Int, expected: Int) throws {
        #expect(try Fixture.writer("/nowhere", samples: samples, blockSize: nil).blockSize == expected)
    }

    @Test func anotherDefinitionIsRefused() throws {
        let folder = try TemporaryFolder()
        let writer = try Fixture.writer(folder.path)
        try Fixture.generate(writer, blocks: [0])
        var other = Fixture.provenance
        other.seed = 7
        let block = folder.path + "/.train.parts/block-0001.nc"
        #expect(
            throws: DatasetsError.otherDefinition(path: block, item: "attribute 'seed'", found: "'18446744073709551601'", expected: "'7'")
        ) { try Fixture.writer(folder.path, provenance: other).missingBlocks() }
        try Fixture.generate(writer)
        _ = try writer.finish()
        #expect(throws: DatasetsError.self) { try Fixture.writer(folder.path, provenance: other) }
        #expect(throws: DatasetsError.otherDefinition(path: writer.path, item: "samples", found: "10", expected: "11")) {
            try Fixture.writer(folder.path, samples: 11)
        }
    }

    @Test(arguments: [("u", Double.nan), ("a", .infinity), ("nu", -.infinity), ("u", 1e39)])
    func valuesThatAreNotFiniteAreRefused(field: String, value: Double) throws {
        let folder = try TemporaryFolder()
        let writer = try Fixture.writer(folder.path)
        var samples = writer.samples(inBlock: 1).map(Fixture.sample)
        let shape = samples[2].fields[field]!.shape
        samples[2].fields[field] = Tensor(shape, repeating: value)
        #expect(throws: DatasetsError.invalidSample(sample: 5, field: field, reason: "value \(value) at position 0")) {
            try writer.write(block: 1, samples: samples)
        }
        #expect(folder.content == [".train.parts"])
        #expect(try writer.missingBlocks() == [0, 1, 2, 3])
    }

    @Test func missingAndMisshapenFieldsAreRefused() throws {
        let folder = try TemporaryFolder()
        let writer = try Fixture.writer(folder.path, blockSize: 1)
        var sample = Fixture.sample(0)
        sample.fields["u"] = Tensor([3, 5], repeating: 1)
        #expect(throws: DatasetsError.self) { try writer.write(block: 0, samples: [sample]) }
        sample.fields["u"] = nil
        #expect(throws: DatasetsError.invalidSample(sample: 0, field: "u", reason: "no values given")) {
            try writer.write(block: 0, samples: [sample])
        }
    }

    @Test(arguments: ["0/2", "3/2", "1", "a/b", "1/2/3", "-1/2", ""]) func badShards(text: String) {
        #expect(Shard(text) == nil)
    }

    @Test func everyBlockBelongsToOneShard() {
        #expect(Shard("2/3") == Shard(index: 2, of: 3))
        for block in 0..<12 { #expect((1...5).filter { Shard(index: $0, of: 5).owns(block: block) }.count == 1) }
    }
}
