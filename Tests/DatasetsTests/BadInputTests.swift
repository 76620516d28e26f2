import CNetCDF
import Datasets
import Foundation
import Grids
import Tensors
import Testing

@Suite struct BadInputTests {
    @Test func missingFile() {
        #expect(throws: DatasetsError.noSuchFile(path: "/nowhere/train.nc")) { try DatasetFile("/nowhere/train.nc") }
    }

    @Test func folderInsteadOfAFile() throws {
        let folder = try TemporaryFolder()
        #expect(throws: DatasetsError.notNetCDF(path: folder.path, reason: "it is a folder")) { try DatasetFile(folder.path) }
    }

    @Test(arguments: ["", "hello", "PK\u{3}\u{4} a zip file", String(repeating: "x", count: 4096)]) func otherFormats(content: String)
        throws
    {
        let folder = try TemporaryFolder()
        let path = folder.path + "/train.nc"
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        let error = try #require(throws: DatasetsError.self) { try DatasetFile(path) }
        #expect(error.description.hasPrefix("\(path): cannot be read as NetCDF ("))
    }

    @Test("a file cut short is refused wherever the cut is", arguments: [8, 100, 512, 2048, 10_000, -4096, -512, -8, -1])
    func truncated(length: Int) throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let kept = length > 0 ? length : whole.count + length
        try whole.prefix(kept).write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: DatasetsError.self) {
            _ = try DatasetFile(path).read(samples: Array(0..<10), fields: ["u", "v", "a"])
        }
        #expect(error.description.contains(path))
    }

    @Test func foreignNetCDF() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/other.nc"
        try NetCDFEditor.create(path) {
            try $0.dimension("time", 2)
            try $0.define("temperature", ["time"], [1, 2])
        }
        let expected = DatasetsError.foreign(
            path: path, missing: ["dimension 'sample'", "attribute 'schema'", "variables with the attribute 'role'", "variable 't'"])
        #expect(throws: expected) { try DatasetFile(path) }
        #expect(try DatasetChecker.check(path).contains { $0.item == "dimension 'sample'" })
    }

    @Test func layoutOfALaterVersion() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        try NetCDFEditor.edit(path) { try $0.setText("schema", "eddy-dataset-9") }
        #expect(
            throws: DatasetsError.invalid(path: path, item: "attribute 'schema'", found: "'eddy-dataset-9'", expected: "'eddy-dataset-1'")
        ) { try DatasetFile(path) }
    }

    @Test func coordinatesThatDoNotIncrease() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        try NetCDFEditor.edit(path) { try $0.set("x", [2], -5) }
        #expect(throws: DatasetsError.self) { try DatasetFile(path) }
    }

    @Test func wrongOrderOfDimensions() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        try NetCDFEditor.edit(path) {
            try $0.define("w", ["x", "y"], Array(repeating: 1, count: 15))
            try $0.setText("role", "state", variable: "w")
        }
        #expect(
            throws: DatasetsError.invalid(
                path: path, item: "dimensions of 'w'", found: "(x, y)", expected: "sample, time and then some of (y, x) in this order")
        ) { try DatasetFile(path) }
    }

    @Test func repeatedDimension() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/square.nc"
        try NetCDFEditor.create(path) {
            try $0.dimension("sample", 1)
            try $0.dimension("x", 2)
            try $0.setText("schema", "eddy-dataset-1")
            try $0.define("w", ["sample", "x", "x"], [1, 2, 3, 4])
            try $0.setText("role", "state", variable: "w")
        }
        #expect(throws: DatasetsError.self) { try DatasetFile(path) }
    }

    @Test func absurdShapes() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/huge.nc"
        try NetCDFEditor.create(path) {
            try $0.dimension("sample", 1 << 40)
            try $0.dimension("x", 1 << 40)
            try $0.setText("schema", "eddy-dataset-1")
            try $0.define("x", ["x"], [])
            try $0.setText("role", "state", variable: "x")
        }
        #expect(throws: DatasetsError.self) { try DatasetFile(path) }
    }

    @Test func missingField() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        let expected = DatasetsError.missingField(
            path: path, field: "pressure", available: ["u", "v", "a", "f", "nu", "drift", "bc_u_y_lower"])
        #expect(throws: expected) { try DatasetFile(path).read(samples: [0], fields: ["u", "pressure"]) }
        #expect(expected.description.contains("no field 'pressure'; it has u, v, a"))
    }

    @Test func corruptedContent() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        try NetCDFEditor.edit(path) { try $0.set("a", [0, 0, 0], 42) }
        let error = try #require(throws: DatasetsError.self) { try DatasetFile(path).verify() }
        guard case .corrupt = error else { return #expect(Bool(false), "\(error)") }
    }

    @Test func folderThatCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
        #expect(throws: DatasetsError.self) { try Fixture.write(folder.path + "/file/inside") }
        #expect(throws: DatasetsError.self) { try DatasetWriter.makeFolder(folder.path + "/file/inside") }
    }

    /// A device with less space than the file needs; needs the right to mount one.
    @Test(.enabled(if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/bin/mount"))) func noSpaceLeft() throws {
        let folder = try TemporaryFolder()
        let mount = Process()
        mount.executableURL = URL(fileURLWithPath: "/bin/mount")
        mount.arguments = ["-t", "tmpfs", "-o", "size=96k", "tmpfs", folder.path]
        mount.standardError = FileHandle.nullDevice
        try mount.run()
        mount.waitUntilExit()
        // A container may forbid mounting.
        guard mount.terminationStatus == 0 else { return }
        defer {
            let unmount = Process()
            unmount.executableURL = URL(fileURLWithPath: "/bin/umount")
            // Lazily: HDF5 keeps the file open that it could not close.
            unmount.arguments = ["-l", folder.path]
            try? unmount.run()
            unmount.waitUntilExit()
        }
        let writer = try Fixture.writer(folder.path, samples: 400, blockSize: 400)
        let error = try #require(throws: DatasetsError.self) { try Fixture.generate(writer) }
        guard case .noSpace(let path, _, _) = error else { return #expect(Bool(false), "\(error)") }
        #expect(path.hasSuffix("block-0001.nc"))
        #expect(folder.content == [".train.parts"])
        #expect(try writer.missingBlocks() == [0])
    }
}

@Suite struct StatisticsTests {
    @Test func momentsOfTheTrainingSplit() throws {
        let folder = try TemporaryFolder()
        let file = try DatasetFile(Fixture.write(folder.path))
        let statistics = try DatasetStatistics(file)
        #expect(statistics.id == file.id)
        #expect(Set(statistics.fields.keys) == ["u", "v", "a", "f", "nu", "bc_u_y_lower"])
        let values = try file.values(of: "u").scalars
        var differences: [Double] = []
        for sample in 0..<10 {
            for time in 0..<3 {
                for point in 0..<15 {
                    differences.append(values[(sample * 4 + time + 1) * 15 + point] - values[(sample * 4 + time) * 15 + point])
                }
            }
        }
        func moments(_ values: [Double]) -> (Double, Double, Double) {
            let mean = values.reduce(0, +) / Double(values.count)
            let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
            return (mean, (square - mean * mean).squareRoot(), square.squareRoot())
        }
        let u = try #require(statistics.fields["u"])
        let (mean, std, rms) = moments(values)
        let (meanDelta, stdDelta, rmsDelta) = moments(differences)
        for (found, expected) in [
            (u.mean, mean), (u.std, std), (u.rms, rms), (u.meanDelta!, meanDelta), (u.stdDelta!, stdDelta), (u.rmsDelta!, rmsDelta),
            (u.minimum, values.min()!), (u.maximum, values.max()!),
        ] { #expect(abs(found - expected) < 1e-12) }
        #expect(statistics.fields["a"]?.meanDelta == nil)
        let path = folder.path + "/stats.json"
        try statistics.write(to: path)
        #expect(try DatasetStatistics(reading: path) == statistics)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for name in ["mean", "std", "rms", "mean_delta", "std_delta", "rms_delta"] { #expect(text.contains("\"\(name)\"")) }
    }

    @Test("no cancellation: values of mean 1e8 and deviation 1e-2") func largeMean() throws {
        let folder = try TemporaryFolder()
        let grid = Grid(shape: [64], location: .nodes)
        let schema = DatasetSchema(
            grid: grid, boundary: Boundary(.dirichlet, on: grid),
            fields: [FieldDescription(name: "u", longName: "solution", role: .state, dependence: .field)], precision: .float64)
        let path = folder.path + "/train.nc"
        let builder = try DatasetBuilder(path: path, schema: schema, provenance: Fixture.provenance, split: "train", samples: 0..<64)
        for sample in 0..<64 {
            let values = (0..<64).map { 1e8 + ((sample + $0) % 2 == 0 ? 0.0078125 : -0.0078125) }
            try builder.append(DatasetSample(fields: ["u": Tensor([64], values)]))
        }
        try builder.finish()
        let u = try #require(DatasetStatistics(DatasetFile(path)).fields["u"])
        #expect(abs(u.mean - 1e8) < 1e-6)
        #expect(abs(u.std - 0.0078125) < 1e-9)
    }

    @Test func onlyTheTrainingSplitIsAllowed() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path, split: "test")
        #expect(throws: DatasetsError.invalid(path: path, item: "attribute 'split'", found: "'test'", expected: "'train'")) {
            try DatasetStatistics(DatasetFile(path))
        }
    }

    @Test func foreignStatistics() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/stats.json"
        #expect(throws: DatasetsError.noSuchFile(path: path)) { try DatasetStatistics(reading: path) }
        try "{}".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: DatasetsError.self) { try DatasetStatistics(reading: path) }
    }
}
