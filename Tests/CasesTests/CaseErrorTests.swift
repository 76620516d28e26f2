import Cases
import Foundation
import Metrics
import Testing

@Suite struct CaseErrorTests {
    /// Faulty texts after `title = "x"` (line 1) with the message that each must give.
    static let faults: [(text: String, message: String)] = [
        (
            "[operator]\nname = \"test-linear\"\nwidht = 3",
            "t.toml:4: [operator] unknown key \"widht\"; did you mean \"width\"? allowed: bias, label, width, name"
        ),
        (
            "[operator]\nname = \"test-linear\"\nwidth = \"32\"",
            "t.toml:4: [operator] width = \"32\" (a string); expected an integer from 1 to 4096"
        ),
        (
            "[operator]\nname = \"test-linear\"\nwidth = 32.0",
            "t.toml:4: [operator] width = 32.0; expected an integer from 1 to 4096"
        ),
        (
            "[operator]\n\nname = \"test-linear\"\nwidth = -3",
            "t.toml:5: [operator] width = -3 is not allowed; allowed: an integer from 1 to 4096"
        ),
        (
            "[operator]\nname = \"test-liner\"",
            "t.toml:3: [operator] name = \"test-liner\" is not known; did you mean \"test-linear\"? allowed: test-linear"
        ),
        ("[operator]\nwidth = 3", "t.toml:2: [operator] missing key \"name\"; expected one of \"test-linear\""),
        ("[operator]\nname = 3", "t.toml:3: [operator] name = 3; expected one of \"test-linear\""),
        ("operator = 3", "t.toml:2: operator = 3; expected the name of an operator, or a table with its name and options"),
        (
            "[operator]\nname = \"test-linear\"\nbias = 1\nlabel = \"  \"",
            "t.toml:4: [operator] bias = 1; expected true or false\n"
                + "t.toml:5: [operator] label = \"  \" is not allowed; allowed: a string, not empty"
        ),
        (
            "[trainig]\nepochs = 3",
            "t.toml:2: unknown section [trainig]; did you mean \"training\"? allowed: [equation], [sampler], [solver], [dataset], "
                + "[operator], [rollout], [physics], [training], [evaluation], [comparison], [expected]"
        ),
        (
            "sede = 3",
            "t.toml:2: unknown key \"sede\"; did you mean \"seed\"? allowed: comparison, dataset, equation, evaluation, expected, operator, physics, rollout, "
                + "sampler, seed, solver, title, training"
        ),
        ("seed = -1", "t.toml:2: seed = -1 is not allowed; allowed: an integer at least 0"),
        ("dataset = 4", "t.toml:2: dataset = 4; expected a table"),
        (
            "[dataset]\nresolution = 1",
            "t.toml:3: [dataset] resolution = 1 is not allowed; allowed: an integer from 2 to 65536, or a list of one for each direction"
        ),
        (
            "[dataset]\nresolution = [64, \"a\"]",
            "t.toml:3: [dataset] resolution[1] = \"a\" (a string); expected an integer from 2 to 65536, or a list of one for each direction"
        ),
        (
            "[dataset]\nresolution = [8, 8, 8, 8]",
            "t.toml:3: [dataset] resolution = a list of 4 is not allowed; allowed: an integer from 2 to 65536, or a list of one for each direction"
        ),
        (
            "[dataset]\nprecision = \"float23\"",
            "t.toml:3: [dataset] precision = \"float23\" is not known; did you mean \"float32\"? allowed: float32, float64"
        ),
        (
            "[dataset]\ntrain = 2024-01-01",
            "t.toml:3: [dataset] train = 2024-01-01 (a date or time); expected an integer from 0 to 10000000"
        ),
        (
            "[training]\noptimizer = { name = \"adamm\" }",
            "t.toml:3: [training.optimizer] name = \"adamm\" is not known; did you mean \"adamw\"? allowed: adamw, adam, lion, sgd"
        ),
        (
            "[training.optimizer]\nname = \"adam\"\n\nlearning-rate = 0",
            "t.toml:5: [training.optimizer] learning-rate = 0 is not allowed; allowed: a number above 0"
        ),
        ("[training]\nclip = inf", "t.toml:3: [training] clip = inf is not allowed; allowed: a number above 0"),
        ("[training]\nema = true", "t.toml:3: [training] ema = true; expected a number between 0 and 1, both excluded"),
        (
            "[evaluation]\nmetrics = [\"max\",\n\"relative-l3\"]",
            "t.toml:4: [evaluation] metrics[1] = \"relative-l3\" is not known; did you mean \"relative-l2\"? allowed: "
                + Metric.all.map(\.name).joined(separator: ", ")
        ),
        (
            "[evaluation]\nmetrics = [\"max\", \"max\"]",
            "t.toml:3: [evaluation] metrics[1] = \"max\" is not allowed; allowed: each name once"
        ),
        ("[evaluation]\nmetrics = []", "t.toml:3: [evaluation] metrics = [] (an empty list) is not allowed; allowed: 1 to 64 names"),
        (
            "[equation]\nname = \"test-heat\"\n[sampler]\nname = \"test-other\"",
            "t.toml:5: [sampler] name = \"test-other\" is not known; allowed: test-waves, test-steps"
        ),
        (
            "[equation]\nname = \"test-heat\"\n[sampler]\nwaves = [1, 2, 3]",
            "t.toml:4: [sampler] amplitudes = [1.0, 0.5] (the default) is not allowed; allowed: as many as waves, 3"
        ),
        (
            "[equation]\nname = \"test-heat\"\n[sampler]\nwaves = [1, 2, 3, 4]",
            "t.toml:5: [sampler] waves = a list of 4 is not allowed; allowed: 1 to 3 integers"
        ),
        (
            "[[operator]]\nname = \"fno\"",
            "t.toml:2: operator = a list of 1; expected the name of an operator, or a table with its name and options"
        ),
    ]

    @Test(arguments: faults) func message(text: String, message: String) {
        if let error = #expect(throws: CaseError.self, performing: { try CaseTests.decode("title = \"x\"\n" + text) }) {
            #expect(error.description == message)
        }
    }

    @Test func missingTitle() {
        #expect(throws: CaseError.missingKey("title", at: CaseLocation(file: "t.toml", line: 0, path: []), expected: "a string, not empty"))
        {
            try CaseTests.decode("")
        }
    }

    @Test(
        arguments: [
            ("title = ", 1), ("title = \"x\"\n\nseed = = 3", 3), ("title = \"x\"\nseed = 1\nseed = 2", 3), ("a = 1\n[b\nc = 2", 2),
            ("[[[a]]]", 1),
            ("title = \"x\u{0}\"", 1), ("a = 1\nb = \u{0}", 2),
        ])
    func syntax(text: String, line: Int) throws {
        let error = #expect(throws: CaseError.self) { try CaseTests.decode(text) }
        guard case .syntax(let at, let column, let reason) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(at.line == line && at.file == "t.toml" && column > 0 && !reason.isEmpty)
        #expect(error?.description.hasPrefix("t.toml:\(line): not valid TOML at column ") == true)
    }

    @Test func unreadableFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-case-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let binary = folder.appendingPathComponent("binary.toml").path
        try Data([0x74, 0xff, 0xfe]).write(to: URL(fileURLWithPath: binary))
        #expect(throws: CaseError.unreadable(file: binary, reason: "it is not UTF-8 text")) { try Case(contentsOf: binary) }
        let large = folder.appendingPathComponent("large.toml").path
        try Data(repeating: 0x20, count: 2 << 20).write(to: URL(fileURLWithPath: large))
        #expect(throws: CaseError.unreadable(file: large, reason: "it is larger than 1 MiB, which no case is")) {
            try Case(contentsOf: large)
        }
    }
}
