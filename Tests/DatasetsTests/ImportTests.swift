import CNetCDF
import Datasets
import Foundation
import Grids
import Tensors
import Testing

/// Files in the layouts of others, made by Tests/Python/make_foreign_samples.py.
@Suite struct ImportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func options(_ change: (inout ConversionOptions) -> Void = { _ in }) -> ConversionOptions {
        var options = ConversionOptions(source: "eddy test", command: "eddy convert")
        change(&options)
        return options
    }

    private func convert(_ name: String, _ options: ConversionOptions? = nil) throws -> (DatasetConversion.Report, DatasetFile) {
        let source = try #require(Bundle.module.path(forResource: "Fixtures/\(name)", ofType: nil))
        let output = folder.path + "/out.nc"
        let report = try DatasetConversion.convert(source, to: output, options: options ?? self.options())
        #expect(try DatasetChecker.check(output).filter { $0.severity == .error } == [])
        return (report, try DatasetFile(output))
    }

    /// Expects `value(sample, time, y, x)` at every point of a field; time is 0 for fields without it.
    private func expect(_ file: DatasetFile, _ name: String, _ value: (Int, Int, Int, Int) -> Double) throws {
        let field = try #require(file.schema.field(name))
        let found = try file.read(samples: Array(0..<file.sampleCount), fields: [name], as: Double.self).scalars
        let frames = field.dependence.time ? file.schema.frameCount : 1
        let shape = [Int](repeating: 1, count: 2 - file.grid.dimension) + file.grid.shape
        var position = 0
        for sample in 0..<file.sampleCount {
            for time in 0..<frames {
                for y in 0..<shape[0] {
                    for x in 0..<shape[1] {
                        #expect(
                            abs(found[position] - value(sample, time, y, x)) < 1e-3, "\(name) sample \(sample) time \(time) y \(y) x \(x)")
                        position += 1
                    }
                }
            }
        }
        #expect(position == found.count)
    }

    /// What the script stores: 1000 sample + 100 time + 10 x + y.
    private func origin(_ sample: Int, _ time: Int, _ y: Int, _ x: Int) -> Double {
        1000 * Double(sample) + 100 * Double(time) + 10 * Double(x) + Double(y)
    }

    @Test func pdeBenchLine() throws {
        let (report, file) = try convert("pdebench_1d.hdf5")
        #expect(report.layout == .pdeBench)
        #expect(report.samples == 3)
        #expect(report.notes == ["the file has 5 times for 4 frames: the first 4 were taken"])
        #expect(file.grid == Grid([Axis(name: "x", count: 8, location: .centers)]))
        #expect(file.times == Axis(name: "t", from: 0, to: 0.3, count: 4, location: .nodes))
        #expect(file.boundary.isPeriodic(axis: "x"))
        try expect(file, "u") { origin($0, $1, 0, $3) }
    }

    @Test func pdeBenchDarcy() throws {
        let (_, file) = try convert("pdebench_darcy.hdf5")
        #expect(file.grid == Grid([Axis(name: "y", count: 5, location: .centers), Axis(name: "x", count: 4, location: .centers)]))
        #expect(file.times == nil)
        #expect(file.boundary.kind(axis: "y", side: .upper) == .dirichlet)
        #expect(file.schema.field("nu")?.role == .coefficient)
        try expect(file, "u") { origin($0, 0, $2, $3) }
        try expect(file, "nu") { origin($0, 0, $2, $3) + 0.5 }
    }

    @Test func pdeBenchFlow() throws {
        let (_, file) = try convert("pdebench_cfd_periodic.hdf5", options { $0.samples = 1..<2 })
        #expect(file.sampleCount == 1)
        #expect(file.fields.map(\.name) == ["density", "pressure", "u", "v", "eta", "zeta", "mach"])
        #expect(file.schema.field("v")?.tensorComponent == "y")
        #expect(file.boundary.isPeriodic(axis: "y"))
        #expect(try file.values(of: "zeta").item == 0.02)
        for (index, name) in ["density", "pressure", "u", "v"].enumerated() {
            try expect(file, name) { origin($0 + 1, $1, $2, $3) + 0.25 * Double(index) }
        }
    }

    @Test func pdeBenchGroups() throws {
        let (_, file) = try convert("pdebench_groups.h5", options { $0.boundary = .neumann })
        #expect(file.sampleCount == 2)
        #expect(file.grid.shape == [5, 4])
        #expect(file.grid.axis("x") == Axis(name: "x", from: -2, to: 2, count: 4, location: .centers))
        #expect(file.grid.axis("y") == Axis(name: "y", from: -2, to: 2, count: 5, location: .nodes))
        try expect(file, "u") { origin($0, $1, $2, $3) }
        try expect(file, "v") { origin($0, $1, $2, $3) + 0.01 }
    }

    @Test func theWell() throws {
        let (report, file) = try convert("the_well.hdf5", options { $0.precision = .float64 })
        #expect(report.layout == .theWell)
        #expect(file.schema.precision == .float64)
        #expect(file.grid.axis("x") == Axis(name: "x", count: 4, location: .periodic))
        #expect(file.grid.axis("y") == Axis(name: "y", count: 5, location: .centers))
        #expect(file.boundary == Boundary(["x": .init(lower: .periodic, upper: .periodic), "y": .init(lower: .wall, upper: .wall)]))
        #expect(
            file.fields.map(\.name).sorted() == [
                "Re", "buoyancy", "strain_xx", "strain_xy", "strain_yx", "strain_yy", "terrain", "velocity_x", "velocity_y",
            ])
        #expect(file.schema.field("terrain")?.dependence == .shared)
        #expect(file.schema.field("strain_xy")?.tensorOrder == 2)
        #expect(try file.values(of: "Re").item == 100)
        try expect(file, "buoyancy", origin)
        try expect(file, "terrain") { origin(0 * $0, 0, $2, $3) }
        try expect(file, "velocity_y") { origin($0, $1, $2, $3) + 0.01 }
        let strain = try file.read(samples: [1], fields: ["strain_xy", "strain_yx"], frames: 2..<3, as: Double.self)
        #expect(abs(strain[0, 0, 4, 3, 0] - (origin(1, 2, 4, 3) + 0.001)) < 2e-4)
        #expect(abs(strain[0, 0, 4, 3, 1] - (origin(1, 2, 4, 3) + 0.01)) < 2e-4)
    }

    @Test func fnoNavierStokes() throws {
        let (report, file) = try convert("fno_ns.mat")
        #expect(report.layout == .fno)
        #expect(file.grid.shape == [5, 4])
        #expect(file.grid.isPeriodic)
        #expect(file.times == Axis(name: "t", from: 1, to: 6, count: 6, location: .nodes))
        try expect(file, "u", origin)
        try expect(file, "u_initial") { origin($0, 0, $2, $3) }
    }

    @Test func fnoDarcyAndBurgers() throws {
        let (_, darcy) = try convert("fno_darcy.mat")
        #expect(darcy.grid == Grid(shape: [5, 5], location: .nodes))
        #expect(darcy.boundary.kind(axis: "x", side: .lower) == .dirichlet)
        try expect(darcy, "a") { origin($0, 0, $2, $3) + 3 }
        try expect(darcy, "u") { origin($0, 0, $2, $3) }
        let (_, burgers) = try convert("fno_burgers.mat")
        #expect(burgers.grid == Grid(shape: [8], location: .periodic))
        #expect(burgers.sampleCount == 4)
        try expect(burgers, "u") { origin($0, 0, 0, $3) + 0.5 }
    }

    @Test func whatCannotBeConverted() throws {
        let groups = try #require(Bundle.module.path(forResource: "Fixtures/pdebench_groups.h5", ofType: nil))
        let output = folder.path + "/out.nc"
        let boundary = try #require(throws: DatasetsError.self) { try DatasetConversion.convert(groups, to: output, options: options()) }
        #expect(boundary.description.contains("does not say which boundary axis x has; give one of periodic, dirichlet"))
        let range = try #require(throws: DatasetsError.self) {
            try DatasetConversion.convert(
                groups, to: output,
                options: options {
                    $0.samples = 0..<9
                    $0.boundary = .neumann
                })
        }
        #expect(range.description.hasSuffix("samples: found 2, expected more: the range 0:9 is asked for"))
        let other = folder.path + "/other.nc"
        try NetCDFEditor.create(other) {
            try $0.dimension("x", 2)
            try $0.define("temperature", ["x"], [1, 2])
        }
        let unknown = try #require(throws: DatasetsError.self) { try DatasetConversion.convert(other, to: output, options: options()) }
        #expect(unknown.description.contains("its layout is none of pdebench, the-well, fno; it holds temperature"))
        #expect(throws: DatasetsError.self) {
            try DatasetConversion.convert(other, to: output, options: options { $0.layout = .theWell })
        }
        #expect(folder.content == ["other.nc"])
    }

    @Test("a layout that NetCDF-C wrote itself") func withDimensionScales() throws {
        let source = folder.path + "/advection.h5"
        try NetCDFEditor.create(source) {
            for (name, count) in [("b", 2), ("t", 3), ("x", 4), ("u", 4)] { try $0.dimension(name, count) }
            try $0.define("tensor", ["b", "t", "x"], (0..<24).map(Double.init))
            try $0.define("x-coordinate", ["x"], [0, 0.25, 0.5, 0.75], type: NC_DOUBLE)
            try $0.define("t-coordinate", ["u"], [0, 1, 3, 9], type: NC_DOUBLE)
        }
        _ = try DatasetConversion.convert(source, to: folder.path + "/out.nc", options: options())
        let file = try DatasetFile(folder.path + "/out.nc")
        #expect(file.grid == Grid(shape: [4], location: .periodic))
        #expect(file.times == Axis(name: "t", coordinates: [0, 1, 3]))
        #expect(try file.read(samples: [0, 1], fields: ["u"]).scalars == (0..<24).map(Float.init))
    }
}
