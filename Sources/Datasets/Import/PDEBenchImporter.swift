import Foundation
import Grids
import Tensors

/// Reads the HDF5 layouts of PDEBench.
///
/// Reference: M. Takamoto et al., "PDEBench: an extensive benchmark for scientific machine learning", NeurIPS 2022, arXiv:2210.07182.
enum PDEBenchImporter {
    private static let flowFields: [(name: String, field: String, longName: String, component: String?)] = [
        ("density", "density", "density", nil), ("pressure", "pressure", "pressure", nil), ("Vx", "u", "velocity along x", "x"),
        ("Vy", "v", "velocity along y", "y"), ("Vz", "w", "velocity along z", "z"),
    ]

    static func recognises(_ root: NetCDFGroup) throws -> Bool {
        if try root.variable("tensor") != nil { return true }
        if try root.variable("density") != nil, try root.variable("Vx") != nil { return true }
        return try sampleGroups(root).first != nil
    }

    static func open(_ file: NetCDFFile, options: ConversionOptions) throws -> ForeignDataset {
        let geometry = ForeignGeometry(path: file.path, options: options)
        if let tensor = try file.root.variable("tensor") {
            if let nu = try file.root.variable("nu"), nu.shape.count == 3 { return try darcy(file, tensor, nu, geometry) }
            return try line(file, tensor, geometry)
        }
        if let density = try file.root.variable("density") { return try flow(file, density, geometry) }
        return try groups(file, geometry)
    }

    /// `tensor (b, t, x)` with `x-coordinate` and `t-coordinate`.
    private static func line(_ file: NetCDFFile, _ tensor: NetCDFVariable, _ geometry: ForeignGeometry) throws -> ForeignDataset {
        guard tensor.shape.count == 3 else { throw wrongShape(file, tensor, "(sample, time, x)") }
        let kind = try geometry.kind(axis: "x", implied: .periodic)
        let x = try coordinate(file, "x", count: tensor.shape[2])
        let grid = Grid([try geometry.axis("x", coordinates: x, kind: kind)])
        let (times, notes) = try self.times(file, count: tensor.shape[1], geometry)
        let field = FieldDescription(name: "u", longName: "solution", role: .state, location: location(grid), dependence: .trajectory)
        let source = ForeignVariable(variable: tensor, axes: [.sample, .time, .x])
        return ForeignDataset(
            layout: .pdeBench,
            schema: DatasetSchema(
                grid: grid, times: times, boundary: geometry.boundary(["x": kind]), fields: [field], precision: geometry.options.precision),
            sampleCount: tensor.shape[0], fields: [ForeignField(description: field, read: source.read)], notes: notes)
    }

    /// `tensor (b, 1, x, y)` and `nu (b, x, y)`.
    private static func darcy(_ file: NetCDFFile, _ tensor: NetCDFVariable, _ nu: NetCDFVariable, _ geometry: ForeignGeometry) throws
        -> ForeignDataset
    {
        guard tensor.shape.count == 4, tensor.shape[1] == 1, nu.shape == [tensor.shape[0], tensor.shape[2], tensor.shape[3]] else {
            throw wrongShape(file, tensor, "(sample, 1, x, y) with nu (sample, x, y)")
        }
        let kinds = try ["x", "y"].map { try geometry.kind(axis: $0, implied: .dirichlet) }
        let x = try geometry.axis("x", coordinates: coordinate(file, "x", count: tensor.shape[2]), kind: kinds[0])
        let y = try geometry.axis("y", coordinates: coordinate(file, "y", count: tensor.shape[3]), kind: kinds[1])
        let grid = Grid([y, x])
        let coefficient = FieldDescription(
            name: "nu", longName: "diffusion coefficient", role: .coefficient, location: location(grid), dependence: .field)
        let solution = FieldDescription(name: "u", longName: "solution", role: .state, location: location(grid), dependence: .field)
        return ForeignDataset(
            layout: .pdeBench,
            schema: DatasetSchema(
                grid: grid, boundary: geometry.boundary(["x": kinds[0], "y": kinds[1]]), fields: [coefficient, solution],
                precision: geometry.options.precision),
            sampleCount: tensor.shape[0],
            fields: [
                ForeignField(description: coefficient, read: ForeignVariable(variable: nu, axes: [.sample, .x, .y]).read),
                ForeignField(description: solution, read: ForeignVariable(variable: tensor, axes: [.sample, .entry(0), .x, .y]).read),
            ], notes: [])
    }

    /// `density, pressure, Vx, Vy, Vz (b, t, x, y, z)` with the parameters `eta`, `zeta`, `M` as attributes.
    private static func flow(_ file: NetCDFFile, _ density: NetCDFVariable, _ geometry: ForeignGeometry) throws -> ForeignDataset {
        let dimension = density.shape.count - 2
        guard (1...3).contains(dimension) else { throw wrongShape(file, density, "(sample, time, x, y, z)") }
        let names = Array(["x", "y", "z"].prefix(dimension))
        let lower = file.path.lowercased()
        let implied: BoundaryKind? = lower.contains("periodic") ? .periodic : lower.contains("trans") ? .open : nil
        let kinds = try names.map { try geometry.kind(axis: $0, implied: implied) }
        let axes = try names.indices.map {
            try geometry.axis(names[$0], coordinates: coordinate(file, names[$0], count: density.shape[2 + $0]), kind: kinds[$0])
        }
        let grid = Grid(axes.reversed())
        let (times, notes) = try self.times(file, count: density.shape[1], geometry)
        var fields: [ForeignField] = []
        for (name, field, longName, component) in flowFields {
            guard let variable = try file.root.variable(name) else { continue }
            guard variable.shape == density.shape else { throw wrongShape(file, variable, "that of density, \(density.shape)") }
            let description = FieldDescription(
                name: field, longName: longName, role: .state, location: location(grid), dependence: .trajectory,
                tensorOrder: component == nil ? 0 : 1, tensorComponent: component)
            let axes = [.sample, .time] + names.compactMap(ForeignAxis.init)
            fields.append(ForeignField(description: description, read: ForeignVariable(variable: variable, axes: axes).read))
        }
        let attributes = try file.root.attributes()
        for (attribute, name, longName) in [
            ("eta", "eta", "shear viscosity"), ("zeta", "zeta", "bulk viscosity"), ("M", "mach", "Mach number"),
        ] {
            guard let value = attributes[attribute]?.number else { continue }
            let description = FieldDescription(name: name, longName: longName, role: .parameter, dependence: .constant)
            fields.append(ForeignField(description: description) { _ in Tensor(value) })
        }
        return ForeignDataset(
            layout: .pdeBench,
            schema: DatasetSchema(
                grid: grid, times: times, boundary: geometry.boundary(Dictionary(uniqueKeysWithValues: zip(names, kinds))),
                fields: fields.map(\.description), precision: geometry.options.precision),
            sampleCount: density.shape[0], fields: fields, notes: notes)
    }

    /// Groups `NNNN` with `data (t, x, y, c)` and `grid/{x, y, t}`, one for each sample.
    private static func groups(_ file: NetCDFFile, _ geometry: ForeignGeometry) throws -> ForeignDataset {
        let samples = try sampleGroups(file.root)
        guard let first = samples.first, let data = try first.variable("data"), (3...4).contains(data.shape.count) else {
            throw DatasetsError.notConvertible(path: file.path, reason: "no group '0000' with data (time, x, y, component)")
        }
        let names = Array(["x", "y"].prefix(data.shape.count - 2))
        let kinds = try names.map { try geometry.kind(axis: $0, implied: nil) }
        let grids = try first.group("grid")
        let axes = try names.indices.map { index in
            guard let values = try grids?.variable(names[index])?.readAll(as: Double.self) else {
                throw DatasetsError.notConvertible(path: file.path, reason: "no coordinate '\(first.name)/grid/\(names[index])'")
            }
            return try geometry.axis(names[index], coordinates: values, kind: kinds[index])
        }
        let grid = Grid(axes.reversed())
        let stored = try grids?.variable("t")?.readAll(as: Double.self) ?? (0..<data.shape[0]).map(Double.init)
        let times = try geometry.times(stored, count: data.shape[0])
        let components = data.shape[data.shape.count - 1]
        let variables = try samples.map { group in
            guard let variable = try group.variable("data"), variable.shape == data.shape else {
                throw DatasetsError.notConvertible(
                    path: file.path, reason: "'\(group.name)/data' has not the shape \(data.shape) of the first sample")
            }
            return variable
        }
        let fields = (0..<components).map { component in
            let name = components <= 3 ? ["u", "v", "w"][component] : "u\(component)"
            let description = FieldDescription(
                name: name, longName: components == 1 ? "solution" : "component \(component + 1) of the solution", role: .state,
                location: location(grid), dependence: .trajectory)
            let axes = [.time] + names.compactMap(ForeignAxis.init) + [.entry(component)]
            return ForeignField(description: description) { range in
                var values: [Double] = []
                for sample in range { values += try ForeignVariable(variable: variables[sample], axes: axes).read(samples: 0..<1).scalars }
                return Tensor([range.count, times.count] + grid.shape, values)
            }
        }
        return ForeignDataset(
            layout: .pdeBench,
            schema: DatasetSchema(
                grid: grid, times: times, boundary: geometry.boundary(Dictionary(uniqueKeysWithValues: zip(names, kinds))),
                fields: fields.map(\.description), precision: geometry.options.precision),
            sampleCount: samples.count, fields: fields, notes: [])
    }

    private static func sampleGroups(_ root: NetCDFGroup) throws -> [NetCDFGroup] {
        try root.groups().filter { !$0.name.isEmpty && $0.name.allSatisfy(\.isNumber) }.sorted { Int($0.name) ?? 0 < Int($1.name) ?? 0 }
    }

    private static func coordinate(_ file: NetCDFFile, _ name: String, count: Int) throws -> [Double] {
        guard let variable = try file.root.variable("\(name)-coordinate") else {
            throw DatasetsError.notConvertible(path: file.path, reason: "no coordinate '\(name)-coordinate'")
        }
        let values = try variable.readAll(as: Double.self)
        guard values.count == count else {
            throw DatasetsError.invalid(
                path: file.path, item: "coordinate '\(name)-coordinate'", found: "\(values.count) values", expected: "\(count)")
        }
        return values
    }

    private static func times(_ file: NetCDFFile, count: Int, _ geometry: ForeignGeometry) throws -> (Axis, [String]) {
        guard let variable = try file.root.variable("t-coordinate") else {
            throw DatasetsError.notConvertible(path: file.path, reason: "no coordinate 't-coordinate'")
        }
        let values = try variable.readAll(as: Double.self)
        let notes = values.count > count ? ["the file has \(values.count) times for \(count) frames: the first \(count) were taken"] : []
        return (try geometry.times(values, count: count), notes)
    }

    private static func location(_ grid: Grid) -> FieldDescription.Location {
        grid.axes.allSatisfy { $0.location == .centers } ? .center : .node
    }

    private static func wrongShape(_ file: NetCDFFile, _ variable: NetCDFVariable, _ expected: String) -> DatasetsError {
        .invalid(path: file.path, item: "variable '\(variable.name)'", found: "shape \(variable.shape)", expected: expected)
    }
}
