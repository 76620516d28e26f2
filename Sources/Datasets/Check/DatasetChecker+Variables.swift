import Grids

extension DatasetChecker {
    mutating func checkVariables() {
        let coordinates = Set(dimensionOrder + ["t"])
        let bounds = Set(variableAttributes.values.compactMap { $0["bounds"]?.text })
        let records = Set(SampleRecord.variables.map(\.name))
        var states = 0
        for variable in variables
        where !coordinates.contains(variable.name) && !bounds.contains(variable.name) && !records.contains(variable.name) {
            let attributes = variableAttributes[variable.name] ?? [:]
            guard attributes["role"] != nil else {
                warning("variable '\(variable.name)'", found: "no attribute 'role'", expected: "a field, which has a role")
                continue
            }
            checkField(variable, attributes)
            if attributes["role"] == .text(FieldDescription.Role.state.rawValue) { states += 1 }
        }
        if states == 0 { error("variables", found: "none with the role 'state'", expected: "at least one field to predict") }
        for (name, type, _, _) in SampleRecord.variables { checkRecord(name, type) }
        for name in attributes["grid_mapping_fields"]?.text?.split(separator: " ").map(String.init) ?? []
        where variableAttributes[name]?["role"] != .text(FieldDescription.Role.coordinate.rawValue) {
            error("attribute 'grid_mapping_fields'", found: "'\(name)'", expected: "names of variables with the role 'coordinate'")
        }
    }

    private mutating func checkField(_ variable: NetCDFVariable, _ attributes: [String: AttributeValue]) {
        let item = "variable '\(variable.name)'"
        for name in ["long_name", "units"] where (attributes[name]?.text ?? "").isEmpty {
            error("\(item), attribute '\(name)'", found: attributes[name].map { "'\($0.formatted)'" } ?? "nothing", expected: "a text")
        }
        checkChoice(FieldDescription.Role.self, "role", item, attributes)
        checkChoice(FieldDescription.Location.self, "location", item, attributes)
        if variable.type != .float && variable.type != .double {
            error(item, found: "type \(variable.type?.name ?? "defined by the user")", expected: "float or double")
        }
        if !FieldDescription.isValidName(variable.name) {
            error(item, found: "this name", expected: "a letter followed by letters, digits or underscores")
        }
        checkDimensions(variable, item)
        checkComponent(attributes, item)
        if attributes["_FillValue"] != nil, attributes["role"]?.text != FieldDescription.Role.diagnostic.rawValue {
            error(
                "\(item), attribute '_FillValue'", found: "'\(attributes["_FillValue"]!.formatted)'",
                expected: "nothing: fields are complete")
        }
        checkBoundary(attributes, item: "\(item), attribute", required: false)
    }

    private mutating func checkChoice<T: RawRepresentable & CaseIterable>(
        _ type: T.Type, _ name: String, _ item: String, _ attributes: [String: AttributeValue]
    ) where T.RawValue == String {
        guard attributes[name]?.text.flatMap(T.init(rawValue:)) == nil else { return }
        error(
            "\(item), attribute '\(name)'", found: attributes[name].map { "'\($0.formatted)'" } ?? "nothing",
            expected: T.allCases.map(\.rawValue).joined(separator: ", "))
    }

    /// `(sample, time, z, y, x)` less what the field does not depend on, in this order.
    private mutating func checkDimensions(_ variable: NetCDFVariable, _ item: String) {
        let order = ["sample", "time"] + spatialDimensions
        let expected = order.filter { variable.dimensions.contains($0) }
        if variable.dimensions != expected {
            error(
                item, found: "dimensions (\(variable.dimensions.joined(separator: ", ")))",
                expected: "some of (\(order.joined(separator: ", "))) in this order")
        }
        if Set(spatialDimensions).isSubset(of: ["x", "y", "z"]), spatialDimensions != spatialDimensions.sorted(by: >) {
            error(item, found: "spatial dimensions \(spatialDimensions.joined(separator: ", "))", expected: "slowest first: z, y, x")
        }
    }

    private mutating func checkComponent(_ attributes: [String: AttributeValue], _ item: String) {
        guard let order = attributes["tensor_order"]?.number, order >= 0, order <= 2 else {
            return error(
                "\(item), attribute 'tensor_order'", found: attributes["tensor_order"].map { "'\($0.formatted)'" } ?? "nothing",
                expected: "0, 1 or 2")
        }
        let component = attributes["tensor_component"]?.text
        if order > 0, component?.count != Int(order) {
            error(
                "\(item), attribute 'tensor_component'", found: component.map { "'\($0)'" } ?? "nothing",
                expected: "\(Int(order)) letter\(order > 1 ? "s" : ""), as in '\(order > 1 ? "xy" : "x")'")
        }
        if order == 0, let component {
            error("\(item), attribute 'tensor_component'", found: "'\(component)'", expected: "nothing for a scalar")
        }
    }

    private mutating func checkRecord(_ name: String, _ type: NetCDFType) {
        guard let variable = variable(name) else {
            return error("variable '\(name)'", found: "nothing", expected: "\(type.name) \(name)(sample)")
        }
        if variable.dimensions != ["sample"] || variable.type != type {
            error(
                "variable '\(name)'", found: "\(variable.type?.name ?? "other") \(name)(\(variable.dimensions.joined(separator: ", ")))",
                expected: "\(type.name) \(name)(sample)")
        }
    }
}
