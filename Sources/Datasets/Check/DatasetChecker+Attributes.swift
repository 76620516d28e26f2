import Foundation
import Grids

extension DatasetChecker {
    /// Global attributes that must be a text, with what the text must be.
    private static let texts: [(name: String, expected: String, holds: @Sendable (String) -> Bool)] = [
        ("Conventions", "'CF-1.11'", { $0 == DatasetLayout.conventions }), ("title", "a text", { !$0.isEmpty }),
        ("institution", "a text", { !$0.isEmpty }), ("source", "program, version and commit", { !$0.isEmpty }),
        ("history", "a time and a command", { !$0.isEmpty }), ("references", "a text", { !$0.isEmpty }),
        ("license", "a text", { !$0.isEmpty }), ("date_created", "a date as in 2025-01-31T12:00:00Z", isDate),
        ("id", "'sha256:' and 64 hexadecimal digits", isIdentifier),
        ("schema", "'\(DatasetLayout.schemaName)'", { $0 == DatasetLayout.schemaName }),
        ("split", "train, valid, test or a name of letters, digits, underscores", FieldDescription.isValidName),
        ("pde", "the equation", { !$0.isEmpty }), ("solver_scheme", "the discretisation", { !$0.isEmpty }),
        ("solver_order", "the order of accuracy", { !$0.isEmpty }), ("downsampling", "how the output grid was reached", { !$0.isEmpty }),
        ("precision", "float32 or float64", { $0 == "float32" || $0 == "float64" }), ("rng", "a random number generator", { !$0.isEmpty }),
        ("case", "the text of the case", { !$0.isEmpty }),
    ]

    @Sendable private static func isDate(_ text: String) -> Bool { (try? Date(text, strategy: .iso8601)) != nil }

    @Sendable private static func isIdentifier(_ text: String) -> Bool {
        text.hasPrefix("sha256:") && text.count == 71 && text.dropFirst(7).allSatisfy { "0123456789abcdef".contains($0) }
    }

    mutating func checkAttributes() {
        for (name, expected, holds) in Self.texts {
            guard let value = attributes[name] else {
                error("attribute '\(name)'", found: "nothing", expected: expected)
                continue
            }
            guard let text = value.text, holds(text) else {
                error("attribute '\(name)'", found: "'\(value.formatted)'", expected: expected)
                continue
            }
        }
        requireNumber("seed", expected: "a number that is not negative") { $0 >= 0 }
        requireNumber("host_threads", expected: "a positive number") { $0 >= 1 }
        requireNumber("generation_seconds", expected: "a number that is not negative") { $0 >= 0 }
        // Nobody knows the solver's step of converted data.
        if dimensions["time"] != nil, attributes["converted_from"] == nil {
            requireNumber("solver_dt", expected: "the time step of the solver") { $0 > 0 }
        }
        checkOutputStep()
        checkResolutions()
        checkBoundary(attributes, item: "attribute", required: true)
    }

    private mutating func requireNumber(_ name: String, expected: String, _ holds: (Double) -> Bool) {
        guard let value = attributes[name] else { return error("attribute '\(name)'", found: "nothing", expected: expected) }
        guard let number = value.number, holds(number) else {
            return error("attribute '\(name)'", found: "'\(value.formatted)'", expected: expected)
        }
    }

    /// Frames at equal distances have `output_dt`, and it is that distance.
    private mutating func checkOutputStep() {
        guard let t = variable("t"), t.shape.count == 1, t.count > 1, let times = try? t.readAll(as: Double.self) else { return }
        let step = (times[times.count - 1] - times[0]) / Double(times.count - 1)
        let tolerance = 1e-9 * abs(times[times.count - 1] - times[0])
        let isUniform = times.indices.allSatisfy { abs(times[$0] - times[0] - step * Double($0)) <= tolerance }
        guard let value = attributes["output_dt"] else {
            if isUniform { error("attribute 'output_dt'", found: "nothing", expected: "\(step), the distance of the frames") }
            return
        }
        guard let number = value.number, isUniform, abs(number - step) <= max(tolerance, 1e-9 * step) else {
            let expected = isUniform ? "\(step), the distance of the frames" : "nothing, because the frames are not at equal distances"
            return error("attribute 'output_dt'", found: "'\(value.formatted)'", expected: expected)
        }
    }

    private mutating func checkResolutions() {
        let spatial = spatialDimensions
        let shape = spatial.map { Double(dimensions[$0] ?? 0) }
        if attributes["output_resolution"]?.numbers != shape {
            error(
                "attribute 'output_resolution'", found: attributes["output_resolution"].map { "'\($0.formatted)'" } ?? "nothing",
                expected: "'\(shape.map { "\(Int($0))" }.joined(separator: ", "))', the points along \(spatial.joined(separator: ", "))")
        }
        let solver = attributes["solver_resolution"]?.numbers
        if solver == nil || solver!.count != spatial.count || !solver!.allSatisfy({ $0 >= 1 }) {
            error(
                "attribute 'solver_resolution'", found: attributes["solver_resolution"].map { "'\($0.formatted)'" } ?? "nothing",
                expected: "the points of the solver along \(spatial.joined(separator: ", "))")
        }
    }

    /// Both sides of every spatial axis, valid kinds, periodic in pairs.
    mutating func checkBoundary(_ attributes: [String: AttributeValue], item: String, required: Bool) {
        let kinds = BoundaryKind.allCases.map(\.rawValue).joined(separator: ", ")
        for axis in spatialDimensions {
            let found = Side.allCases.map { attributes["boundary_\(axis)_\($0.rawValue)"] }
            for (side, value) in zip(Side.allCases, found) {
                let name = "\(item) 'boundary_\(axis)_\(side.rawValue)'"
                guard let value else {
                    if required || found.contains(where: { $0 != nil }) { error(name, found: "nothing", expected: kinds) }
                    continue
                }
                if value.text.flatMap(BoundaryKind.init(rawValue:)) == nil { error(name, found: "'\(value.formatted)'", expected: kinds) }
            }
            if let lower = found[0]?.text, let upper = found[1]?.text, (lower == "periodic") != (upper == "periodic") {
                error("\(item)s 'boundary_\(axis)_*'", found: "'\(lower)' and '\(upper)'", expected: "periodic on both sides or on none")
            }
        }
        let known = Set(spatialDimensions.flatMap { axis in Side.allCases.map { "boundary_\(axis)_\($0.rawValue)" } })
        for name in attributes.keys.sorted() where name.hasPrefix("boundary_") && !known.contains(name) {
            error("\(item) '\(name)'", found: "an axis or side that does not exist", expected: known.sorted().joined(separator: ", "))
        }
    }
}
