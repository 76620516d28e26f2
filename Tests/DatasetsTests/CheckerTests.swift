import CNetCDF
import Datasets
import Foundation
import Grids
import Tensors
import Testing

/// A way to break the contract, and the finding that it must give.
struct Violation: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let item: String
    let severity: Finding.Severity
    let damage: @Sendable (NetCDFEditor) throws -> Void

    init(
        _ description: String, item: String, _ severity: Finding.Severity = .error,
        _ damage: @escaping @Sendable (NetCDFEditor) throws -> Void
    ) {
        testDescription = description
        self.item = item
        self.severity = severity
        self.damage = damage
    }

    /// Global attributes that every file must have: each one removed, and each text emptied or set to something not allowed.
    static let attributes: [Violation] =
        [
            "Conventions", "title", "institution", "source", "history", "references", "license", "date_created", "id", "schema", "split",
            "pde", "solver_scheme", "solver_order", "solver_dt", "solver_resolution", "output_resolution", "downsampling", "precision",
            "seed",
            "rng", "case", "host_threads", "generation_seconds", "boundary_x_lower", "boundary_x_upper", "boundary_y_lower",
            "boundary_y_upper",
        ].map { name in Violation("without \(name)", item: "attribute '\(name)'") { try $0.remove(name) } }
        + ["title", "institution", "source", "history", "references", "license", "pde", "solver_scheme", "solver_order", "rng", "case"]
        .map { name in Violation("empty \(name)", item: "attribute '\(name)'") { try $0.setText(name, "") } }
        + [
            ("Conventions", "CF-1.0"), ("date_created", "yesterday"), ("id", "sha256:12"), ("schema", "other"), ("precision", "float16"),
            ("split", "my split"), ("boundary_x_lower", "wobbly"), ("solver_resolution", "many"), ("output_resolution", "some"),
            ("seed", "forty-two"), ("generation_seconds", "long"),
        ].map { name, value in Violation("\(name) = \(value)", item: "attribute '\(name)'") { try $0.setText(name, value) } }
        + [
            Violation("negative step", item: "attribute 'solver_dt'") { try $0.setNumber("solver_dt", -1) },
            Violation("no threads", item: "attribute 'host_threads'") { try $0.setNumber("host_threads", 0) },
            Violation("wrong frame step", item: "attribute 'output_dt'") { try $0.setNumber("output_dt", 0.5) },
            Violation("periodic on one side", item: "attributes 'boundary_y_*'") { try $0.setText("boundary_y_lower", "periodic") },
            Violation("wall on a periodic axis", item: "attribute 'boundary_x_lower'") {
                try $0.setText("boundary_x_lower", "wall")
                try $0.setText("boundary_x_upper", "wall")
            },
            Violation("unknown side", item: "attribute 'boundary_x_left'") { try $0.setText("boundary_x_left", "wall") },
            Violation("mapping without fields", item: "attribute 'grid_mapping_fields'") { try $0.setText("grid_mapping_fields", "u") },
        ]

    static let coordinates: [Violation] =
        ["sample", "t", "time", "x", "y"].flatMap { name in
            [
                Violation("\(name) without units", item: "coordinate '\(name)', attribute 'units'") {
                    try $0.remove("units", variable: name)
                },
                Violation("\(name) without a long name", item: "coordinate '\(name)', attribute 'long_name'") {
                    try $0.remove("long_name", variable: name)
                },
                Violation("\(name) renamed", item: "coordinate '\(name)'") { try $0.rename(name, to: "elsewhere") },
                Violation("\(name) decreasing", item: "coordinate '\(name)'[1]") { try $0.set(name, [1], -7) },
            ]
        } + [
            Violation("x not a number", item: "coordinate 'x'[2]") { try $0.set("x", [2], .nan) },
            Violation("samples with a gap", item: "coordinate 'sample'[9]") { try $0.set("sample", [9], 77) },
            Violation("sample of another meaning", item: "coordinate 'sample', attribute 'standard_name'") {
                try $0.setText("standard_name", "time", variable: "sample")
            },
            Violation("two times", item: "coordinate 'time'") { try $0.set("time", [3], 99) },
            Violation("time without a reference", item: "coordinate 'time', attribute 'units'") {
                try $0.setText("units", "s", variable: "time")
            },
            Violation("time without an axis", item: "coordinate 'time', attribute 'axis'") { try $0.remove("axis", variable: "time") },
            Violation("x without a location", item: "coordinate 'x', attribute 'location'") { try $0.remove("location", variable: "x") },
            Violation("x of unknown location", item: "coordinate 'x', attribute 'location'") {
                try $0.setText("location", "edges", variable: "x")
            },
            Violation("y without an extent", item: "coordinate 'y', attribute 'extent'") { try $0.remove("extent", variable: "y") },
            Violation("repeated end point", item: "coordinate 'x'[4]") { try $0.set("x", [4], 1) },
            Violation("y without bounds", item: "coordinate 'y', attribute 'bounds'") { try $0.remove("bounds", variable: "y") },
            Violation("cells with a gap", item: "variable 'y_bnds'[1]") { try $0.set("y_bnds", [1, 0], 0.7) },
            Violation("cells beyond the domain", item: "variable 'y_bnds'") { try $0.set("y_bnds", [2, 1], 2.5) },
        ]

    static let variables: [Violation] = [
        Violation("u without units", item: "variable 'u', attribute 'units'") { try $0.remove("units", variable: "u") },
        Violation("u without a long name", item: "variable 'u', attribute 'long_name'") { try $0.remove("long_name", variable: "u") },
        Violation("u without a role", item: "variable 'u'", .warning) { try $0.remove("role", variable: "u") },
        Violation("unknown role", item: "variable 'a', attribute 'role'") { try $0.setText("role", "hero", variable: "a") },
        Violation("no state", item: "variables") {
            try $0.setText("role", "forcing", variable: "u")
            try $0.setText("role", "forcing", variable: "v")
        },
        Violation("unknown location", item: "variable 'a', attribute 'location'") { try $0.setText("location", "attic", variable: "a") },
        Violation("no location", item: "variable 'a', attribute 'location'") { try $0.remove("location", variable: "a") },
        Violation("no tensor order", item: "variable 'a', attribute 'tensor_order'") { try $0.remove("tensor_order", variable: "a") },
        Violation("vector without a component", item: "variable 'u', attribute 'tensor_component'") {
            try $0.remove("tensor_component", variable: "u")
        },
        Violation("scalar with a component", item: "variable 'a', attribute 'tensor_component'") {
            try $0.setText("tensor_component", "x", variable: "a")
        },
        Violation("bad boundary of a field", item: "variable 'u', attribute 'boundary_y_lower'") {
            try $0.setText("boundary_y_lower", "sticky", variable: "u")
        },
        Violation("half a boundary of a field", item: "variable 'u', attribute 'boundary_y_lower'") {
            try $0.remove("boundary_y_lower", variable: "u")
        },
        Violation("wrong order of dimensions", item: "variable 'w'") {
            try $0.define("w", ["x", "y"], Array(repeating: 1, count: 15))
            for (name, value) in [("role", "state"), ("units", "1"), ("long_name", "w"), ("location", "node")] {
                try $0.setText(name, value, variable: "w")
            }
            try $0.setNumber("tensor_order", 0, variable: "w")
        },
        Violation("integers as a field", item: "variable 'w'") {
            try $0.define("w", ["y", "x"], Array(repeating: 1, count: 15), type: NC_INT)
            for (name, value) in [("role", "state"), ("units", "1"), ("long_name", "w"), ("location", "node")] {
                try $0.setText(name, value, variable: "w")
            }
            try $0.setNumber("tensor_order", 0, variable: "w")
        },
        Violation("no status", item: "variable 'status'") { try $0.rename("status", to: "state_of_things") },
        Violation("no steps", item: "variable 'steps'") { try $0.rename("steps", to: "paces") },
        Violation("no attempts", item: "variable 'attempts'") { try $0.rename("attempts", to: "tries") },
        Violation("no seconds", item: "variable 'seconds'") { try $0.rename("seconds", to: "minutes") },
    ]

    static let values: [Violation] = [
        Violation("NaN in a state", item: "variable 'u'") { try $0.set("u", [4, 2, 1, 3], .nan) },
        Violation("infinity in a coefficient", item: "variable 'a'") { try $0.set("a", [4, 1, 3], .infinity) },
        Violation("all-zero sample", item: "samples 6") {
            for name in ["u", "v"] { try $0.fill(name, from: [6, 0, 0, 0], count: [1, 4, 3, 5], 0) }
        },
        Violation("a parameter that does not vary", item: "variable 'nu'", .warning) { try $0.fill("nu", from: [0], count: [10], 0.5) },
        Violation("unknown status", item: "variable 'status'[3]") { try $0.set("status", [3], 9) },
        Violation("repeated sample", item: "samples 8", .warning) { editor in
            for (name, shape) in [("u", [4, 3, 5]), ("v", [4, 3, 5]), ("a", [3, 5]), ("nu", []), ("bc_u_y_lower", [5])] {
                for sample in [5, 8] { try editor.fill(name, from: [sample] + shape.map { _ in 0 }, count: [1] + shape, 2) }
            }
        },
        Violation("one changed bit", item: "content") { try $0.set("u", [4, 2, 1, 3], 0.125) },
        Violation("changed coordinate", item: "content") { try $0.set("x", [1], -0.61) },
        Violation("changed definition", item: "content") { try $0.setText("solver_scheme", "guesswork") },
    ]
}

@Suite struct CheckerTests {
    @Test func filesThatEddyWritesHaveNoFindings() throws {
        let folder = try TemporaryFolder()
        for path in [
            try Fixture.write(folder.path), try Fixture.writeCurvilinear(folder.path + "/mesh.nc"),
            try Fixture.writeSteady(folder.path + "/u.nc", dimension: 1), try Fixture.writeSteady(folder.path + "/v.nc", dimension: 3),
        ] { #expect(try DatasetChecker.check(path) == []) }
    }

    @Test(arguments: Violation.attributes) func attributes(violation: Violation) throws { try expect(violation) }
    @Test(arguments: Violation.coordinates) func coordinates(violation: Violation) throws { try expect(violation) }
    @Test(arguments: Violation.variables) func variables(violation: Violation) throws { try expect(violation) }
    @Test(arguments: Violation.values) func values(violation: Violation) throws { try expect(violation) }

    /// A sound file, damaged in one way, must give that finding, and the message must say what was expected.
    private func expect(_ violation: Violation) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/train.nc"
        try SharedFile.bytes.get().write(to: URL(fileURLWithPath: path))
        try NetCDFEditor.edit(path, violation.damage)
        let findings = try DatasetChecker.check(path)
        let match = findings.first { $0.item == violation.item && $0.severity == violation.severity }
        #expect(match != nil, "\(findings)")
        #expect(match?.expected.isEmpty == false)
    }

    @Test func cosmeticChangesKeepTheHash() throws {
        let folder = try TemporaryFolder()
        let path = try Fixture.write(folder.path)
        try NetCDFEditor.edit(path) {
            try $0.setText("title", "A better title")
            try $0.setText("comment", "seen")
            try $0.set("seconds", [0], 99)
        }
        #expect(try DatasetChecker.check(path) == [])
    }

    @Test func samplesInTwoSplits() throws {
        let folder = try TemporaryFolder()
        let train = try Fixture.write(folder.path)
        let test = try Fixture.write(folder.path, samples: 2, split: "test")
        let findings = try DatasetChecker.checkSplits([train, test])
        #expect(findings.map(\.severity) == [.error, .error])
        #expect(findings.first?.item == "sample 0 of \(test)")
        #expect(try DatasetChecker.checkSplits([train]) == [])
    }
}

/// The bytes of one sound file, made once for all violations.
private enum SharedFile {
    static let bytes = Result {
        let folder = try TemporaryFolder()
        return try Data(contentsOf: URL(fileURLWithPath: Fixture.write(folder.path)))
    }
}
