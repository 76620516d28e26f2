import Datasets
import Foundation
import Grids
import Tensors

/// A folder that is removed with everything in it at the end of a test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "eddy-datasets-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Names of everything below the folder, hidden files included, sorted.
    var content: [String] {
        (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
    }
}

/// A small dataset with every kind of field.
enum Fixture {
    static let grid = Grid([
        Axis(name: "y", from: 0, to: 2, count: 3, location: .centers, units: "m"),
        Axis(name: "x", from: -1, to: 1, count: 5, location: .periodic, units: "m"),
    ])
    static let schema = DatasetSchema(
        grid: grid, times: Axis(name: "t", coordinates: [0, 0.1, 0.5, 1], units: "s"),
        boundary: Boundary(["x": .init(lower: .periodic, upper: .periodic), "y": .init(lower: .wall, upper: .open)]),
        fields: [
            FieldDescription(
                name: "u", longName: "velocity along x", units: "m s-1", role: .state, location: .center, dependence: .trajectory,
                tensorOrder: 1, tensorComponent: "x",
                boundary: Boundary(["x": .init(lower: .periodic, upper: .periodic), "y": .init(lower: .dirichlet, upper: .neumann)])),
            FieldDescription(
                name: "v", longName: "velocity along y", units: "m s-1", role: .state, location: .center, dependence: .trajectory,
                tensorOrder: 1, tensorComponent: "y"),
            FieldDescription(name: "a", longName: "permeability", units: "m2", role: .coefficient, location: .center, dependence: .field),
            FieldDescription(name: "f", longName: "source", role: .forcing, location: .center, dependence: .shared),
            FieldDescription(name: "nu", longName: "viscosity", units: "m2 s-1", role: .parameter, dependence: .parameter),
            FieldDescription(name: "drift", longName: "relative drift of the energy", role: .diagnostic, dependence: .series),
            FieldDescription(
                name: "bc_u_y_lower", longName: "velocity at the lower wall", units: "m s-1", role: .boundary,
                dependence: .init(sample: true, time: false, space: .axes(["x"]))),
        ])
    static let provenance = Provenance(
        title: "Test flow", source: "eddy test", command: "eddy generate test", references: "none", pde: "u_t = nu u_xx",
        solverScheme: "central differences", solverOrder: "2 in space, 4 in time", solverStep: 0.01, solverResolution: [6, 10],
        downsampling: "average", seed: 0xFFFF_FFFF_FFFF_FFF1, caseText: "title = \"tést\"\n", definition: "equation=heat", hostThreads: 2)
    static let shared = ["f": Tensor<Double>([3, 5], (0..<15).map { Double($0) / 4 })]

    /// Values that are exact in 32 bits and depend on everything.
    static func sample(_ index: Int) -> DatasetSample {
        var fields: [String: Tensor<Double>] = [:]
        for field in schema.fields where field.dependence.sample {
            let shape = schema.shape(of: field)
            let stream = Philox(seed: 1, stream: UInt64(index))
            let offset = Int(field.name.utf8.reduce(0) { $0 &* 31 &+ UInt32($1) } % 1000)
            fields[field.name] = Tensor(
                shape, (0..<shape.reduce(1, *)).map { Double(Float(stream.normal(at: offset + $0))) })
        }
        return DatasetSample(
            fields: fields,
            record: SampleRecord(status: index % 3 == 1 ? .redrawn : .solved, steps: 10 + index, attempts: 1 + index % 3, seconds: 0.25))
    }

    static func writer(
        _ folder: String, samples: Int = 10, blockSize: Int? = 3, shard: Shard = .whole, provenance: Provenance = provenance,
        schema: DatasetSchema = schema, split: String = "train"
    ) throws -> DatasetWriter {
        try DatasetWriter(
            folder: folder, split: split, samples: samples, schema: schema, provenance: provenance, shared: shared, shard: shard,
            blockSize: blockSize)
    }

    /// Generates the missing blocks of a writer, in the given order.
    static func generate(_ writer: DatasetWriter, blocks: [Int]? = nil) throws {
        for block in try blocks ?? writer.missingBlocks() {
            try writer.write(block: block, samples: writer.samples(inBlock: block).map(sample))
        }
    }

    /// A complete file of `samples` samples; returns its path.
    @discardableResult
    static func write(_ folder: String, samples: Int = 10, split: String = "train") throws -> String {
        let writer = try writer(folder, samples: samples, split: split)
        try generate(writer)
        _ = try writer.finish()
        return writer.path
    }

    /// One steady sample on a uniform grid of 1 to 3 dimensions, in double precision, compressed.
    @discardableResult
    static func writeSteady(_ path: String, dimension: Int) throws -> String {
        let grid = Grid(shape: Array([4, 3, 6].suffix(dimension)), location: .nodes)
        let schema = DatasetSchema(
            grid: grid, boundary: Boundary(.dirichlet, on: grid),
            fields: [FieldDescription(name: "u", longName: "solution", role: .state, dependence: .field)], precision: .float64)
        var provenance = provenance
        provenance.solverResolution = grid.shape
        let builder = try DatasetBuilder(
            path: path, schema: schema, provenance: provenance, split: "test", samples: 0..<2, deflate: 4)
        for index in 0..<2 {
            let values = Philox(seed: 1, stream: UInt64(index)).normals(grid.count)
            try builder.append(DatasetSample(fields: ["u": Tensor(grid.shape, values)]))
        }
        try builder.finish()
        return path
    }

    /// One sample on a curvilinear grid whose coordinates are fields.
    @discardableResult
    static func writeCurvilinear(_ path: String) throws -> String {
        let grid = Grid(
            [Axis(name: "eta", count: 2, location: .nodes), Axis(name: "xi", count: 3, location: .nodes)], mapping: ["x", "y"])
        let schema = DatasetSchema(
            grid: grid, boundary: Boundary(["eta": .init(lower: .wall, upper: .open), "xi": .init(lower: .open, upper: .open)]),
            fields: ["x", "y"].map {
                FieldDescription(name: $0, longName: "\($0) of the mesh", units: "m", role: .coordinate, dependence: .field)
            } + [FieldDescription(name: "mach", longName: "Mach number", role: .state, dependence: .field)])
        let builder = try DatasetBuilder(path: path, schema: schema, provenance: provenance, split: "test", samples: 0..<1)
        let values = Tensor<Double>([2, 3], [1, 2, 3, 4, 5, 6])
        try builder.append(DatasetSample(fields: ["x": values, "y": values, "mach": values]))
        try builder.finish()
        return path
    }
}
