import Foundation
import Grids

/// How a schema becomes dimensions, variables and attributes of a NetCDF file.
enum DatasetLayout {
    /// Version of the layout; raised when a reader must know the difference.
    static let schemaName = "eddy-dataset-1"
    static let conventions = "CF-1.11"
    /// Reference of the CF time coordinate: one unit of simulation time counts as one second after it.
    static let timeUnits = "seconds since 2000-01-01 00:00:00"
    /// Text of the length of a real identifier, which takes its place when the content is complete.
    static let unfinishedIdentifier = "sha256:" + String(repeating: "0", count: 64)

    /// Global attributes that describe the file rather than its content, and so are not part of the hash.
    private static let volatileAttributes: Set<String> = [
        "id", "history", "date_created", "generation_seconds", "host_threads", "title", "institution", "source", "references", "license",
        "comment", "case", "converted_from",
    ]

    /// Whether an attribute of the file is left out of the hash: it describes the file, or is a measurement of the content.
    static func isVolatile(attribute name: String) -> Bool { volatileAttributes.contains(name) || name.hasPrefix("data_error_") }

    /// Variables that are not part of the content hash.
    static let volatileVariables: Set<String> = ["seconds"]

    /// How values are laid out in the file.
    struct Storage: Hashable, Sendable {
        /// Frames in one chunk; nil for as many as fit into about 1 MiB.
        var framesPerChunk: Int?
        /// 0 for none, 1 (fast) to 9 (small).
        var deflate = 0
    }

    /// Defines everything in an empty file and writes the coordinates.
    static func define(
        in group: NetCDFGroup, schema: DatasetSchema, provenance: Provenance, split: String, samples: Range<Int>, storage: Storage
    ) throws {
        try group.defineDimension("sample", samples.count)
        if let times = schema.times { try group.defineDimension("time", times.count) }
        for axis in schema.grid.axes { try group.defineDimension(axis.name, axis.count) }
        if schema.grid.axes.contains(where: { $0.location == .centers }) { try group.defineDimension("nv", 2) }
        try defineGlobalAttributes(in: group, schema: schema, provenance: provenance, split: split)
        try defineCoordinates(in: group, schema: schema)
        for field in schema.fields { try define(field, in: group, schema: schema, storage: storage) }
        try defineRecords(in: group)
        try group.endDefinition()
        try writeCoordinates(in: group, schema: schema, samples: samples)
    }

    private static func defineGlobalAttributes(in group: NetCDFGroup, schema: DatasetSchema, provenance: Provenance, split: String) throws {
        let date = timestamp()
        try group.setAttribute("Conventions", .text(conventions))
        for (name, value) in provenance.descriptiveAttributes { try group.setAttribute(name, value) }
        try group.setAttribute("history", .text("\(date) \(provenance.command)"))
        try group.setAttribute("date_created", .text(date))
        try group.setAttribute("id", .text(unfinishedIdentifier))
        try group.setAttribute("schema", .text(schemaName))
        try group.setAttribute("split", .text(split))
        for (name, value) in provenance.definitionAttributes { try group.setAttribute(name, value) }
        if provenance.outputStep == nil, let times = schema.times, times.isUniform, times.count > 1 {
            try group.setAttribute("output_dt", .real([times.spacing]))
        }
        try group.setAttribute("output_resolution", .integer(schema.grid.shape))
        if !schema.grid.mapping.isEmpty { try group.setAttribute("grid_mapping_fields", .text(schema.grid.mapping.joined(separator: " "))) }
        for (name, value) in attributes(of: schema.boundary, on: schema.grid) { try group.setAttribute(name, value) }
        try group.setAttribute("generation_seconds", .real([0]))
    }

    static func attributes(of boundary: Boundary, on grid: Grid) -> [(name: String, value: AttributeValue)] {
        grid.axes.flatMap { axis in
            Side.allCases.compactMap { side in
                boundary.kind(axis: axis.name, side: side).map { ("boundary_\(axis.name)_\(side.rawValue)", .text($0.rawValue)) }
            }
        }
    }

    private static func defineCoordinates(in group: NetCDFGroup, schema: DatasetSchema) throws {
        let sample = try group.defineVariable("sample", .int, ["sample"])
        try sample.setAttribute("standard_name", .text("realization"))
        try sample.setAttribute("long_name", .text("number of the sample in its split"))
        try sample.setAttribute("units", .text("1"))
        if let times = schema.times {
            // CF requires a reference date of a coordinate named time; the simulation time itself, exact and in its own units, is t.
            let time = try group.defineVariable("time", .double, ["time"])
            try time.setAttribute("standard_name", .text("time"))
            try time.setAttribute("long_name", .text("time, one unit of simulation time as one second"))
            try time.setAttribute("axis", .text("T"))
            try time.setAttribute("units", .text(timeUnits))
            try time.setAttribute("calendar", .text("proleptic_gregorian"))
            try time.setAttribute("units_metadata", .text("leap_seconds: none"))
            try define(times, named: "t", dimension: "time", in: group)
        }
        for axis in schema.grid.axes {
            let variable = try define(axis, named: axis.name, dimension: axis.name, in: group)
            if axis.location == .centers {
                try variable.setAttribute("bounds", .text("\(axis.name)_bnds"))
                try group.defineVariable("\(axis.name)_bnds", .double, [axis.name, "nv"])
            }
        }
    }

    /// Defines a coordinate.
    ///
    /// Spatial ones have no attribute `axis`: checkers of CF take X and Y for longitude and latitude.
    @discardableResult
    private static func define(_ axis: Axis, named name: String, dimension: String, in group: NetCDFGroup) throws -> NetCDFVariable {
        let variable = try group.defineVariable(name, .double, [dimension])
        try variable.setAttribute("long_name", .text(axis.longName))
        try variable.setAttribute("units", .text(axis.units))
        try variable.setAttribute("location", .text(axis.location.rawValue))
        try variable.setAttribute("extent", .real([axis.lower, axis.upper]))
        return variable
    }

    private static func define(_ field: FieldDescription, in group: NetCDFGroup, schema: DatasetSchema, storage: Storage) throws {
        let dimensions = schema.dimensions(of: field)
        let type = schema.type(of: field)
        let variable = try group.defineVariable(
            field.name, type, dimensions, chunk: chunk(of: field, schema: schema, storage: storage), deflate: storage.deflate)
        try variable.setAttribute("long_name", .text(field.longName))
        if let name = field.standardName { try variable.setAttribute("standard_name", .text(name)) }
        try variable.setAttribute("units", .text(field.units))
        try variable.setAttribute("role", .text(field.role.rawValue))
        try variable.setAttribute("location", .text(field.location.rawValue))
        try variable.setAttribute("tensor_order", .integer([field.tensorOrder]))
        if let component = field.tensorComponent { try variable.setAttribute("tensor_component", .text(component)) }
        let coordinates = (field.dependence.time ? ["t"] : []) + auxiliaryCoordinates(of: field, schema: schema)
        if !coordinates.isEmpty { try variable.setAttribute("coordinates", .text(coordinates.joined(separator: " "))) }
        if let boundary = field.boundary {
            for (name, value) in attributes(of: boundary, on: schema.grid) { try variable.setAttribute(name, value) }
        }
    }

    /// Names of the 2-D coordinates that belong to a field on a curvilinear grid.
    private static func auxiliaryCoordinates(of field: FieldDescription, schema: DatasetSchema) -> [String] {
        guard field.role != .coordinate, field.dependence.space == .all else { return [] }
        return schema.grid.mapping.filter { name in
            schema.field(name).map { !$0.dependence.sample || field.dependence.sample } ?? false
        }
    }

    /// One sample, and as many frames as the storage asks for; numbers are contiguous.
    static func chunk(of field: FieldDescription, schema: DatasetSchema, storage: Storage) -> [Int] {
        guard field.dependence.sample, field.dependence.space != .none else { return [] }
        var shape = schema.shape(of: field)
        if field.dependence.time {
            let frame = shape.dropFirst().reduce(1, *) * schema.type(of: field).size!
            shape[0] = min(shape[0], max(1, storage.framesPerChunk ?? (1 << 20) / max(frame, 1)))
        }
        return [1] + shape
    }

    private static func defineRecords(in group: NetCDFGroup) throws {
        for (name, type, longName, units) in SampleRecord.variables {
            let variable = try group.defineVariable(name, type, ["sample"])
            try variable.setAttribute("long_name", .text(longName))
            if name == "status" {
                try variable.setAttribute("standard_name", .text("status_flag"))
                try variable.setAttribute("flag_values", .bytes(SampleStatus.allCases.map(\.rawValue)))
                try variable.setAttribute("flag_meanings", .text(SampleStatus.allCases.map(\.meaning).joined(separator: " ")))
            } else {
                try variable.setAttribute("units", .text(units))
            }
        }
    }

    private static func writeCoordinates(in group: NetCDFGroup, schema: DatasetSchema, samples: Range<Int>) throws {
        try group.variable("sample")!.writeAll(samples.map { Int32($0) })
        if let times = schema.times {
            try group.variable("time")!.writeAll(times.coordinates)
            try group.variable("t")!.writeAll(times.coordinates)
        }
        for axis in schema.grid.axes {
            try group.variable(axis.name)!.writeAll(axis.coordinates)
            if axis.location == .centers {
                let faces = axis.faces
                try group.variable("\(axis.name)_bnds")!.writeAll((0..<axis.count).flatMap { [faces[$0], faces[$0 + 1]] })
            }
        }
    }

    /// Now, in ISO 8601, UTC, whole seconds.
    static func timestamp() -> String { Date().formatted(.iso8601) }
}
