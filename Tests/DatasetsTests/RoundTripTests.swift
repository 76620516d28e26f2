import Datasets
import Foundation
import Grids
import Tensors
import Testing

@Suite struct RoundTripTests {
    @Test func everythingThatIsWrittenIsRead() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        let file = try DatasetFile(path)
        #expect(file.schema == Fixture.schema)
        #expect(file.sampleCount == 10)
        #expect(file.split == "train")
        #expect(file.attributes["seed"] == .unsigned(0xFFFF_FFFF_FFFF_FFF1))
        #expect(file.attributes["case"] == .text("title = \"tést\"\n"))
        #expect(file.attributes["Conventions"] == .text("CF-1.11"))
        #expect(file.attributes["solver_resolution"] == .integer([6, 10]))
        #expect(file.attributes["boundary_y_upper"] == .text("open"))
        #expect(file.attributes["generation_seconds"] == .real([2.5]))
        #expect(try file.records() == (0..<10).map { Fixture.sample($0).record })
        try file.verify()
        #expect(folder.content == ["train.nc"])
    }

    @Test func fieldsAreGatheredChannelsLast() throws {
        let folder = try TemporaryFolder()
        let file = try DatasetFile(Fixture.write(folder.path))
        let samples = [7, 2, 3, 4, 2]
        let found = try file.read(samples: samples, fields: ["v", "a", "u", "f"])
        #expect(found.shape == [5, 4, 3, 5, 4])
        let partial = try file.read(samples: samples, fields: ["v", "a", "u", "f"], frames: 1..<3)
        #expect(partial.shape == [5, 2, 3, 5, 4])
        let double = try file.read(samples: samples, fields: ["u"], as: Double.self)
        for (row, number) in samples.enumerated() {
            let sample = Fixture.sample(number).fields
            for time in 0..<4 {
                for y in 0..<3 {
                    for x in 0..<5 {
                        #expect(found[row, time, y, x, 0] == Float(sample["v"]![time, y, x]))
                        #expect(found[row, time, y, x, 1] == Float(sample["a"]![y, x]))
                        #expect(found[row, time, y, x, 2] == Float(sample["u"]![time, y, x]))
                        #expect(found[row, time, y, x, 3] == Float(Fixture.shared["f"]![y, x]))
                        #expect(double[row, time, y, x, 0] == sample["u"]![time, y, x])
                        if (1..<3).contains(time) {
                            for channel in 0..<4 { #expect(partial[row, time - 1, y, x, channel] == found[row, time, y, x, channel]) }
                        }
                    }
                }
            }
        }
        let steady = try file.read(samples: Array(0..<10), fields: ["a"])
        #expect(steady.shape == [10, 3, 5, 1])
        #expect(steady[9, 2, 4, 0] == Float(Fixture.sample(9).fields["a"]![2, 4]))
    }

    @Test func numbersKeepDoublePrecision() throws {
        let folder = try TemporaryFolder()
        let file = try DatasetFile(Fixture.write(folder.path))
        let nu = try file.readNumbers(samples: [3, 1], fields: ["nu"], as: Double.self)
        #expect(nu.shape == [2, 1])
        #expect(nu[1, 0] == Fixture.sample(1).fields["nu"]!.item)
        let both = try file.readNumbers(samples: [3, 1], fields: ["nu", "drift"], as: Double.self)
        #expect(both.shape == [2, 4, 2])
        #expect(both[0, 3, 0] == Fixture.sample(3).fields["nu"]!.item)
        #expect(both[0, 3, 1] == Fixture.sample(3).fields["drift"]![3])
        let walls = try file.values(of: "bc_u_y_lower")
        #expect(walls.shape == [10, 5])
        #expect(walls[6, 4] == Fixture.sample(6).fields["bc_u_y_lower"]![4])
    }

    @Test(arguments: [1, 2, 3]) func dimensions(dimension: Int) throws {
        let folder = try TemporaryFolder()
        let file = try DatasetFile(Fixture.writeSteady(folder.path + "/u.nc", dimension: dimension))
        #expect(file.schema.grid == Grid(shape: Array([4, 3, 6].suffix(dimension)), location: .nodes))
        #expect(file.schema.precision == .float64)
        let values = Philox(seed: 1, stream: 1).normals(file.grid.count)
        #expect(try file.read(samples: [1], fields: ["u"], as: Double.self) == Tensor([1] + file.grid.shape + [1], values))
        try file.verify()
    }

    @Test func curvilinearGridsKeepTheirCoordinatesPerSample() throws {
        let folder = try TemporaryFolder()
        let file = try DatasetFile(Fixture.writeCurvilinear(folder.path + "/mesh.nc"))
        #expect(file.grid.mapping == ["x", "y"])
        #expect(file.grid.axes.map(\.name) == ["eta", "xi"])
        #expect(file.schema.field("x")?.role == .coordinate)
        #expect(file.boundary.kind(axis: "eta", side: .lower) == .wall)
    }

    @Test func distanceOfEquallySpacedFramesIsWritten() throws {
        let folder = try TemporaryFolder()
        let times = Axis(name: "t", from: 0, to: 3, count: 4, location: .nodes)
        let schema = DatasetSchema(
            grid: Fixture.grid, times: times, boundary: Fixture.schema.boundary,
            fields: [FieldDescription(name: "u", longName: "solution", role: .state, dependence: .trajectory)])
        let path = folder.path + "/test.nc"
        let builder = try DatasetBuilder(path: path, schema: schema, provenance: Fixture.provenance, split: "test", samples: 0..<1)
        try builder.append(DatasetSample(fields: ["u": Tensor([4, 3, 5], repeating: 1)]))
        try builder.finish()
        let file = try DatasetFile(path)
        #expect(file.attributes["output_dt"] == .real([1]))
        #expect(file.attributes["solver_dt"] == .real([0.01]))
        #expect(file.times == times)
    }

    @Test func twoReadersOnTwoThreadsSeeTheSame() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        let expected = try DatasetFile(path).read(samples: Array(0..<10), fields: ["u", "v"])
        let shared = try DatasetFile(path)
        try Workers(threads: 4).run(40) { index in
            let file = index % 2 == 0 ? shared : try DatasetFile(path)
            let sample = index % 10
            #expect(try file.read(samples: [sample], fields: ["u", "v"]) == expected.rows(sample..<sample + 1))
        }
    }
}
