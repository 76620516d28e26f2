import Foundation
import Testing

/// `eddy reproduce` on a small case.
@Suite struct ReproduceTests {
    /// The workshop's case with an expected error, without the resolutions that take longer.
    private static func text(_ expected: String) -> String {
        Workshop.text.replacingOccurrences(of: "resolutions = [16, 31]", with: "resolutions = [16]") + "[expected]\n" + expected
    }

    /// The error of the workshop's run, which training has the same bits for on one machine.
    private func error() throws -> Double {
        let workshop = try #require(Workshop.folder)
        let result = try Program.run(["evaluate", "runs/tiny", "--json"], in: workshop)
        let line = try #require(result.output.split(separator: "\n").first)
        let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(entry["metric"] as? String == "relative-l2")
        return try #require(entry["mean"] as? Double)
    }

    @Test func errorsOnTheCardAreFoundAgain() throws {
        let folder = try TemporaryFolder()
        let error = try error()
        let name = try folder.write(Self.text("errors = { relative-l2 = \(error) }\ntolerance = 1e-4\n"), to: "tiny.toml")
        let result = try Program.run(["reproduce", name, "--json"], in: folder.url)
        #expect(result.status == 0, "\(result.errors)")
        let check = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(check["passed"] as? Bool == true && check["expected"] as? Double == error && check["metric"] as? String == "relative-l2")
        // Nothing stays but the case.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["tiny.toml"])
    }

    @Test func otherErrorsAreReported() throws {
        let folder = try TemporaryFolder()
        let error = try error()
        try FileManager.default.createDirectory(at: folder.url.appendingPathComponent("cases/a"), withIntermediateDirectories: true)
        _ = try folder.write(
            Self.text("errors = { relative-l2 = \(2 * error) }\ntolerance = 0.3\nminutes = 0.1\n"), to: "cases/a/tiny.toml")
        _ = try folder.write(Self.text("errors = { relative-l2 = \(error) }\nminutes = 90\n"), to: "cases/long.toml")
        _ = try folder.write(Workshop.text, to: "cases/silent.toml")
        let result = try Program.run(["reproduce", "--folder", "kept"], in: folder.url)
        #expect(result.status == 1 && result.errors.contains("1 of 1 errors is off by more than the case allows"), "\(result.errors)")
        #expect(result.output.contains("OFF") && result.output.contains("-50") && !result.output.contains("long"), "\(result.output)")
        #expect(FileManager.default.fileExists(atPath: folder.url.path + "/kept/a/tiny/model.safetensors"))
        // The finished work is not done again.
        let again = try Program.run(["reproduce", "--folder", "kept"], in: folder.url)
        #expect(again.status == 1 && again.output == result.output && !again.errors.contains("training:"), "\(again.errors)")
    }

    @Test(
        arguments: [
            ("", "tiny.toml:34: [expected] missing key \"errors\"; expected a table with names of metrics, each a number above 0"),
            ("errors = { relative-l3 = 0.1 }", "[expected.errors] unknown key \"relative-l3\"; did you mean \"relative-l2\"?"),
            ("errors = {}", "[expected] errors = a table is not allowed; allowed: one metric or more"),
            ("errors = { max = 0 }", "[expected.errors] max = 0 is not allowed; allowed: a number above 0"),
            ("errors = { vrmse = 0.1 }", "[expected.errors] vrmse = 0.1 is not allowed; allowed: the metrics of [evaluation]: relative-l2"),
            ("errors = 0.1", "[expected] errors = 0.1; expected a table with names of metrics"),
        ])
    func faults(expected: String, message: String) throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["reproduce", try folder.write(Self.text(expected + "\n"), to: "tiny.toml")], in: folder.url)
        #expect(result.status == 2 && result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
    }

    @Test func nothingToReproduce() throws {
        let folder = try TemporaryFolder()
        let none = try Program.run(["reproduce"], in: folder.url)
        #expect(none.status == 2 && none.errors.contains("no short case below cases/ has a section [expected]"))
        let silent = try Program.run(["reproduce", try folder.write(Workshop.text, to: "tiny.toml")], in: folder.url)
        #expect(silent.status == 2 && silent.errors.contains("tiny.toml: missing section [expected]; reproducing needs it"))
    }
}
