import Grids

extension DatasetChecker {
    mutating func checkCoordinates() throws {
        if dimensions["sample"] == nil { error("dimension 'sample'", found: "nothing", expected: "a dimension") }
        if spatialDimensions.isEmpty { error("dimensions", found: "none in space", expected: "x, or y, x, or z, y, x") }
        try checkSample()
        try checkTime()
        for name in spatialDimensions { try checkAxis(name) }
    }

    /// The values of a coordinate variable, if it is one: one dimension, numbers, finite, strictly increasing, described.
    private mutating func coordinate(_ name: String, dimension: String) throws -> [Double]? {
        let item = "coordinate '\(name)'"
        guard let variable = variable(name) else {
            error(item, found: "nothing", expected: "a variable \(name)(\(dimension))")
            return nil
        }
        guard variable.dimensions == [dimension], variable.type?.isNumeric == true else {
            error(item, found: "\(name)(\(variable.dimensions.joined(separator: ", ")))", expected: "numbers \(name)(\(dimension))")
            return nil
        }
        let attributes = variableAttributes[name] ?? [:]
        for required in ["long_name", "units"] where (attributes[required]?.text ?? "").isEmpty {
            error(
                "\(item), attribute '\(required)'", found: attributes[required].map { "'\($0.formatted)'" } ?? "nothing", expected: "a text"
            )
        }
        for forbidden in ["_FillValue", "missing_value"] where attributes[forbidden] != nil {
            error(
                "\(item), attribute '\(forbidden)'", found: "'\(attributes[forbidden]!.formatted)'",
                expected: "nothing: coordinates are complete")
        }
        let values = try variable.readAll(as: Double.self)
        guard !values.isEmpty else {
            error(item, found: "no values", expected: "at least one")
            return nil
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            error("\(item)[\(index)]", found: "\(values[index])", expected: "a finite number")
            return nil
        }
        if let index = values.indices.dropLast().first(where: { values[$0] >= values[$0 + 1] }) {
            error("\(item)[\(index + 1)]", found: "\(values[index + 1]) after \(values[index])", expected: "strictly increasing values")
            return nil
        }
        return values
    }

    private mutating func checkSample() throws {
        guard dimensions["sample"] != nil, let values = try coordinate("sample", dimension: "sample") else { return }
        if let index = values.indices.first(where: { values[$0] != values[0] + Double($0) }) {
            error(
                "coordinate 'sample'[\(index)]", found: "\(values[index])", expected: "\(values[0] + Double(index)), numbers without a gap")
        }
        let name = variableAttributes["sample"]?["standard_name"]
        if name != .text("realization") {
            error(
                "coordinate 'sample', attribute 'standard_name'", found: name.map { "'\($0.formatted)'" } ?? "nothing",
                expected: "'realization'")
        }
    }

    private mutating func checkTime() throws {
        guard dimensions["time"] != nil else { return }
        let times = try coordinate("t", dimension: "time")
        let decoded = try coordinate("time", dimension: "time")
        if let times, let decoded, times != decoded {
            error("coordinate 'time'", found: "other values than 't'", expected: "the values of 't' as seconds")
        }
        let expected: [(String, String)] = [("standard_name", "time"), ("axis", "T"), ("units", DatasetLayout.timeUnits)]
        for (attribute, value) in expected {
            let found = variableAttributes["time"]?[attribute]
            if found != .text(value) {
                error(
                    "coordinate 'time', attribute '\(attribute)'", found: found.map { "'\($0.formatted)'" } ?? "nothing",
                    expected: "'\(value)'")
            }
        }
    }

    private mutating func checkAxis(_ name: String) throws {
        guard let values = try coordinate(name, dimension: name) else { return }
        let item = "coordinate '\(name)'"
        let attributes = variableAttributes[name] ?? [:]
        let locations = Axis.Location.allCases.map(\.rawValue).joined(separator: ", ")
        guard let location = attributes["location"]?.text.flatMap(Axis.Location.init(rawValue:)) else {
            return error(
                "\(item), attribute 'location'", found: attributes["location"].map { "'\($0.formatted)'" } ?? "nothing", expected: locations
            )
        }
        guard let extent = attributes["extent"]?.numbers, extent.count == 2, extent[0] <= values[0], values[values.count - 1] <= extent[1]
        else {
            return error(
                "\(item), attribute 'extent'", found: attributes["extent"].map { "'\($0.formatted)'" } ?? "nothing",
                expected: "two numbers that enclose [\(values[0]), \(values[values.count - 1])]")
        }
        if location == .periodic {
            if values[values.count - 1] >= extent[1] {
                error(
                    "\(item)[\(values.count - 1)]", found: "\(values[values.count - 1])",
                    expected: "less than \(extent[1]): a periodic axis does not repeat its first point")
            }
            if let kind = self.attributes["boundary_\(name)_lower"]?.text, kind != BoundaryKind.periodic.rawValue {
                error("attribute 'boundary_\(name)_lower'", found: "'\(kind)'", expected: "'periodic', as the location of '\(name)' says")
            }
        }
        if location == .centers { try checkBounds(name, values: values, extent: extent) }
    }

    /// Cell faces: `(n, 2)` values, each cell round its centre, no gap between cells, from end to end.
    private mutating func checkBounds(_ name: String, values: [Double], extent: [Double]) throws {
        let item = "coordinate '\(name)', attribute 'bounds'"
        guard let bounds = variableAttributes[name]?["bounds"]?.text, let variable = variable(bounds) else {
            return error(
                item, found: variableAttributes[name]?["bounds"].map { "'\($0.formatted)'" } ?? "nothing",
                expected: "a variable with the faces of the cells")
        }
        guard variable.dimensions.first == name, variable.shape == [values.count, 2] else {
            return error("variable '\(bounds)'", found: "shape \(variable.shape)", expected: "[\(values.count), 2]")
        }
        let faces = try variable.readAll(as: Double.self)
        for index in values.indices {
            let (lower, upper) = (faces[2 * index], faces[2 * index + 1])
            guard lower < values[index], values[index] < upper, index == 0 || faces[2 * index - 1] == lower else {
                return error(
                    "variable '\(bounds)'[\(index)]", found: "[\(lower), \(upper)]",
                    expected: "the cell round \(values[index]), next to its neighbour")
            }
        }
        if faces.first != extent[0] || faces.last != extent[1] {
            error(
                "variable '\(bounds)'", found: "cells from \(faces.first ?? 0) to \(faces.last ?? 0)",
                expected: "cells from \(extent[0]) to \(extent[1])")
        }
    }
}
