import Grids

extension DatasetLayout {
    /// What a file must have to be read as a dataset; everything else is for the checker.
    static func readSchema(_ group: NetCDFGroup, path: String) throws -> DatasetSchema {
        let dimensions = Dictionary(try group.dimensions().map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
        let variables = try group.variables()
        let attributes = try group.attributes()
        var missing: [String] = []
        if dimensions["sample"] == nil { missing.append("dimension 'sample'") }
        if attributes["schema"]?.text == nil { missing.append("attribute 'schema'") }
        var described: [(NetCDFVariable, [String: AttributeValue])] = []
        for variable in variables {
            let attributes = try variable.attributes()
            if attributes["role"] != nil { described.append((variable, attributes)) }
        }
        if described.isEmpty { missing.append("variables with the attribute 'role'") }
        if dimensions["time"] != nil && !variables.contains(where: { $0.name == "t" }) { missing.append("variable 't'") }
        guard missing.isEmpty else { throw DatasetsError.foreign(path: path, missing: missing) }
        let schemaName = attributes["schema"]?.text ?? ""
        guard schemaName == DatasetLayout.schemaName else {
            throw DatasetsError.invalid(
                path: path, item: "attribute 'schema'", found: "'\(schemaName)'", expected: "'\(DatasetLayout.schemaName)'")
        }
        let grid = try readGrid(variables, described: described.map(\.0), attributes: attributes, path: path)
        let times = try variables.first { $0.name == "t" }.map { try readAxis($0, named: "t", path: path) }
        let fields = try described.map { try readField($0, attributes: $1, grid: grid, path: path) }
        let precision: DatasetSchema.Precision =
            described.contains { $0.0.type == .double && hasSpace($0.0, grid) } ? .float64 : .float32
        for name in grid.mapping where !fields.contains(where: { $0.name == name && $0.role == .coordinate }) {
            throw DatasetsError.foreign(path: path, missing: ["coordinate field '\(name)'"])
        }
        let reserved = DatasetSchema.reservedNames(grid)
        if let name = fields.map(\.name).first(where: { reserved.contains($0) }) {
            throw DatasetsError.invalid(
                path: path, item: "variable '\(name)'", found: "attribute 'role'", expected: "a coordinate or a record")
        }
        return DatasetSchema(
            grid: grid, times: times, boundary: try readBoundary(attributes, axes: grid.axes.map(\.name), item: "the file", path: path),
            fields: fields, precision: precision)
    }

    private static func hasSpace(_ variable: NetCDFVariable, _ grid: Grid) -> Bool {
        variable.dimensions.contains { grid.axis($0) != nil }
    }

    /// The grid: every dimension of the fields besides `sample` and `time`, in the order of the field that has most of them.
    private static func readGrid(
        _ variables: [NetCDFVariable], described: [NetCDFVariable], attributes: [String: AttributeValue], path: String
    ) throws -> Grid {
        let spatial = described.map { $0.dimensions.filter { $0 != "sample" && $0 != "time" } }
        let names = spatial.max { $0.count < $1.count } ?? []
        guard !names.isEmpty else { throw DatasetsError.foreign(path: path, missing: ["a field with a spatial dimension"]) }
        guard Set(names).count == names.count else {
            throw DatasetsError.invalid(
                path: path, item: "dimensions of a field", found: "(\(names.joined(separator: ", ")))", expected: "each dimension once")
        }
        for (variable, own) in zip(described, spatial) where own != names.filter({ own.contains($0) }) {
            throw DatasetsError.invalid(
                path: path, item: "dimensions of '\(variable.name)'", found: "(\(variable.dimensions.joined(separator: ", ")))",
                expected: "sample, time and then some of (\(names.joined(separator: ", "))) in this order")
        }
        let axes = try names.map { name in
            guard let variable = variables.first(where: { $0.name == name }) else {
                throw DatasetsError.foreign(path: path, missing: ["coordinate variable '\(name)'"])
            }
            return try readAxis(variable, named: name, path: path)
        }
        let mapping = attributes["grid_mapping_fields"]?.text?.split(separator: " ").map(String.init) ?? []
        return Grid(axes, mapping: mapping)
    }

    private static func readAxis(_ variable: NetCDFVariable, named name: String, path: String) throws -> Axis {
        let item = "coordinate '\(variable.name)'"
        guard variable.shape.count == 1, variable.count > 0, variable.type?.isNumeric == true else {
            throw DatasetsError.invalid(path: path, item: item, found: "shape \(variable.shape)", expected: "one dimension of at least 1")
        }
        let values = try variable.readAll(as: Double.self)
        guard values.allSatisfy(\.isFinite), zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw DatasetsError.invalid(
                path: path, item: item, found: "values that do not increase", expected: "strictly increasing values")
        }
        let attributes = try variable.attributes()
        let location = attributes["location"]?.text ?? Axis.Location.nodes.rawValue
        guard let location = Axis.Location(rawValue: location) else {
            throw DatasetsError.invalid(
                path: path, item: "\(item), attribute 'location'", found: "'\(location)'",
                expected: Axis.Location.allCases.map(\.rawValue).joined(separator: ", "))
        }
        var extent = attributes["extent"]?.numbers ?? [values[0], values[values.count - 1]]
        guard extent.count == 2, extent.allSatisfy(\.isFinite), extent[0] <= values[0], extent[1] >= values[values.count - 1],
            extent[0] < extent[1] || values.count == 1
        else {
            throw DatasetsError.invalid(
                path: path, item: "\(item), attribute 'extent'", found: "\(extent)", expected: "two numbers that enclose the coordinates")
        }
        if extent[0] == extent[1] { extent[1] = extent[0].nextUp }
        return Axis(
            name: name, coordinates: values, extent: extent[0]...extent[1], location: location, units: attributes["units"]?.text ?? "1",
            longName: attributes["long_name"]?.text)
    }

    private static func readField(
        _ variable: NetCDFVariable, attributes: [String: AttributeValue], grid: Grid, path: String
    ) throws -> FieldDescription {
        func choice<T: RawRepresentable & CaseIterable>(_ name: String, default value: T) throws -> T where T.RawValue == String {
            guard let attribute = attributes[name] else { return value }
            guard let text = attribute.text, let result = T(rawValue: text) else {
                throw DatasetsError.invalid(
                    path: path, item: "variable '\(variable.name)', attribute '\(name)'", found: "'\(attribute.formatted)'",
                    expected: T.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return result
        }
        guard let type = variable.type, type.isNumeric else {
            throw DatasetsError.invalid(
                path: path, item: "variable '\(variable.name)'", found: "type \(variable.type?.name ?? "defined by the user")",
                expected: "numbers")
        }
        guard FieldDescription.isValidName(variable.name) else {
            throw DatasetsError.invalid(
                path: path, item: "variable '\(variable.name)'", found: "this name",
                expected: "a letter followed by letters, digits, underscores")
        }
        let own = variable.dimensions.filter { $0 != "sample" && $0 != "time" }
        let canonical = variable.dimensions.filter { $0 == "sample" } + variable.dimensions.filter { $0 == "time" } + own
        guard canonical == variable.dimensions else {
            throw DatasetsError.invalid(
                path: path, item: "dimensions of '\(variable.name)'", found: "(\(variable.dimensions.joined(separator: ", ")))",
                expected: "(\(canonical.joined(separator: ", ")))")
        }
        let space: FieldDescription.Dependence.Space = own.isEmpty ? .none : own.count == grid.dimension ? .all : .axes(own)
        return FieldDescription(
            name: variable.name, longName: attributes["long_name"]?.text ?? variable.name, standardName: attributes["standard_name"]?.text,
            units: attributes["units"]?.text ?? "1", role: try choice("role", default: FieldDescription.Role.state),
            location: try choice("location", default: FieldDescription.Location.node),
            dependence: .init(sample: canonical.contains("sample"), time: canonical.contains("time"), space: space),
            tensorOrder: attributes["tensor_order"]?.number.flatMap { Int(exactly: $0) } ?? 0,
            tensorComponent: attributes["tensor_component"]?.text,
            boundary: try readFieldBoundary(attributes, grid: grid, name: variable.name, path: path))
    }

    private static func readFieldBoundary(
        _ attributes: [String: AttributeValue], grid: Grid, name: String, path: String
    ) throws -> Boundary? {
        guard attributes.keys.contains(where: { $0.hasPrefix("boundary_") }) else { return nil }
        return try readBoundary(attributes, axes: grid.axes.map(\.name), item: "variable '\(name)'", path: path)
    }

    private static func readBoundary(_ attributes: [String: AttributeValue], axes: [String], item: String, path: String) throws -> Boundary
    {
        var sides: [String: Boundary.Sides] = [:]
        for axis in axes {
            let kinds = try Side.allCases.map { side -> BoundaryKind? in
                let name = "boundary_\(axis)_\(side.rawValue)"
                guard let value = attributes[name] else { return nil }
                guard let kind = value.text.flatMap(BoundaryKind.init(rawValue:)) else {
                    throw DatasetsError.invalid(
                        path: path, item: "\(item), attribute '\(name)'", found: "'\(value.formatted)'",
                        expected: BoundaryKind.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return kind
            }
            guard let lower = kinds[0], let upper = kinds[1] else { continue }
            guard (lower == .periodic) == (upper == .periodic) else {
                throw DatasetsError.invalid(
                    path: path, item: "\(item), boundary of \(axis)", found: "\(lower.rawValue) and \(upper.rawValue)",
                    expected: "periodic on both sides or on none")
            }
            sides[axis] = Boundary.Sides(lower: lower, upper: upper)
        }
        return Boundary(sides)
    }
}
