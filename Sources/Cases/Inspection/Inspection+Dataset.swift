import Datasets
import Grids
import Tensors

extension Inspection {
    /// Samples that ranges of values are taken from.
    private static let rangeSamples = 16

    static func dataset(_ path: String) throws -> (text: String, json: String) {
        let file = try DatasetFile(path)
        let records = try file.records()
        func text(_ name: String) -> String? { file.attributes[name].map(\.formatted).flatMap { $0.isEmpty ? nil : $0 } }

        var pairs = [("dataset", "\(path), \(Format.count(file.sampleCount)) samples, \(size(path))")]
        for (label, name) in [
            ("title", "title"), ("split", "split"), ("equation", "pde"), ("solver", "solver_scheme"), ("order", "solver_order"),
            ("solver's points", "solver_resolution"), ("solver's step", "solver_dt"), ("frame step", "output_dt"),
            ("downsampling", "downsampling"), ("seed", "seed"), ("made by", "source"), ("made on", "date_created"), ("id", "id"),
        ] {
            if let value = text(name) { pairs.append((label, value)) }
        }
        for axis in file.grid.axes { pairs.append(("axis " + axis.name, account(of: axis))) }
        if let times = file.times { pairs.append(("axis t", account(of: times))) }
        for (axis, sides) in file.boundary.sides.sorted(by: { $0.key < $1.key }) {
            pairs.append(
                (
                    "boundary " + axis,
                    sides.lower == sides.upper ? sides.lower.rawValue : "\(sides.lower.rawValue) to \(sides.upper.rawValue)"
                ))
        }
        let seconds = records.map(\.seconds).reduce(0, +)
        let refined = records.count { $0.status != .solved }
        pairs.append(
            ("solves", "\(Format.duration(seconds)) of one core\(refined > 0 ? ", \(refined) samples refined or drawn again" : "")"))

        var table = TextTable([
            .init("field"), .init("role"), .init("units"), .init("varies with"), .init("least", .decimal), .init("mean", .decimal),
            .init("largest", .decimal), .init("meaning"),
        ])
        var fields: [Literal] = []
        for field in file.fields {
            let range = try range(of: field, in: file)
            let numbers = range.map { [$0.least, $0.mean, $0.largest] }
            table.add(
                [field.name, field.role.rawValue, field.units, variation(of: field, on: file.grid)]
                    + (numbers?.map { Format.significant($0) } ?? ["-", "-", "-"]) + [field.longName])
            fields.append(
                .table(
                    [
                        .init("name", .string(field.name)), .init("role", .string(field.role.rawValue)),
                        .init("units", .string(field.units)),
                        .init("shape", .array(file.schema.shape(of: field).map { .integer($0) })),
                        .init("meaning", .string(field.longName)),
                    ]
                        + (range.map {
                            [.init("least", .number($0.least)), .init("mean", .number($0.mean)), .init("largest", .number($0.largest))]
                        } ?? [])))
        }
        let sampled = min(rangeSamples, file.sampleCount)
        let note = sampled < file.sampleCount ? "Values of the first \(sampled) samples.\n" : ""
        let json = Literal.table(
            [
                .init("type", .string("dataset")), .init("file", .string(path)), .init("samples", .integer(file.sampleCount)),
                .init("grid", .array(file.grid.shape.map { .integer($0) })), .init("frames", .integer(file.schema.frameCount)),
                .init("fields", .array(fields)),
            ]
                + file.attributes.sorted { $0.key < $1.key }.filter { $0.key != "case" && $0.key != "history" }
                .map { Literal.Member($0.key, $0.value.literal) })
        return (lines(pairs) + "\n" + table.text + note, json.json)
    }

    private static func account(of axis: Axis) -> String {
        let spacing = axis.isUniform ? "" : ", not uniform"
        let units = axis.units == "1" ? "" : " " + axis.units
        return
            "\(axis.count) \(axis.location.rawValue) on [\(whole(axis.lower)), \(whole(axis.upper))]\(units)\(spacing)"
    }

    private static func variation(of field: FieldDescription, on grid: Grid) -> String {
        let names =
            (field.dependence.sample ? ["sample"] : []) + (field.dependence.time ? ["t"] : []) + field.axes(on: grid).map(\.name)
        return names.isEmpty ? "nothing" : names.joined(separator: " ")
    }

    /// Least, mean and largest value of the first samples; nil for fields on parts of the grid and for no samples.
    private static func range(of field: FieldDescription, in file: DatasetFile) throws -> (least: Double, mean: Double, largest: Double)? {
        let samples = Array(0..<min(rangeSamples, file.sampleCount))
        guard !samples.isEmpty else { return nil }
        let values: Tensor<Double>
        switch field.dependence.space {
        case .all: values = try file.read(samples: samples, fields: [field.name], as: Double.self)
        case .none: values = try file.readNumbers(samples: samples, fields: [field.name], as: Double.self)
        case .axes: return nil
        }
        let scalars = values.scalars.filter(\.isFinite)
        guard let least = scalars.min(), let largest = scalars.max() else { return nil }
        return (least, scalars.reduce(0, +) / Double(scalars.count), largest)
    }
}

extension AttributeValue {
    /// The value for JSON; single numbers are no lists.
    fileprivate var literal: Literal {
        switch self {
        case .text(let value): .string(value)
        case .real(let values): values.count == 1 ? .number(values[0]) : .array(values.map { .number($0) })
        case .integer(let values): values.count == 1 ? .integer(values[0]) : .array(values.map { .integer($0) })
        case .bytes(let values): .array(values.map { .integer(Int($0)) })
        case .unsigned(let value): .string(String(value))
        }
    }
}
