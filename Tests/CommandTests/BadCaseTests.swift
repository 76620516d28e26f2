import Foundation
import Testing

/// Faulty cases: message, exit status 2, nothing on standard output, nothing written.
@Suite struct BadCaseTests {
    @Test(
        arguments: [
            (
                "title = \"x\"\n[training]\nepohcs = 3\n",
                "error: bad.toml:3: [training] unknown key \"epohcs\"; did you mean \"epochs\"? allowed: "
            ),
            (
                "title = \"x\"\n[training]\nepochs = \"3\"\n",
                "error: bad.toml:3: [training] epochs = \"3\" (a string); expected an integer from 1 to "
            ),
            (
                "title = \"x\"\n[dataset]\ntrain = -1\n",
                "error: bad.toml:3: [dataset] train = -1 is not allowed; allowed: an integer from 0 to "
            ),
            ("title = \"x\"\n[operator]\nname = \"fnoo\"\n", "error: bad.toml:3: [operator] name = \"fnoo\" is not known"),
            ("title = \"x\"\n[trainin]\n", "error: bad.toml:2: unknown section [trainin]; did you mean \"training\"? allowed: [equation]"),
            ("seed = 3\n", "error: bad.toml: missing key \"title\"; expected a string, not empty"),
            ("title = \"x\n", "error: bad.toml:1: not valid TOML at column 11: the string does not end on its line"),
            ("<html></html>\n", "error: bad.toml:1: not valid TOML at column 1: expected a key"),
            (
                "title = 3\n[training]\nbatch = 0\n",
                "error: bad.toml:1: title = 3; expected a string, not empty\nbad.toml:3: [training] batch = 0 is not allowed"
            ),
        ])
    func message(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["inspect", folder.write(text, to: "bad.toml")], in: folder.url)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix(message), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["bad.toml"])
    }

    @Test func missingFile() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("title = \"x\"", to: "darcy.toml")
        let result = try Program.run(["inspect", "dracy.toml"], in: folder.url)
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors == "error: dracy.toml: cannot read the case: no such file; did you mean darcy.toml?\n")
    }

    @Test func binaryFile() throws {
        let folder = try TemporaryFolder()
        try Data([0x7f, 0x45, 0x4c, 0x46, 0xff, 0x00]).write(to: folder.url.appendingPathComponent("x.toml"))
        let result = try Program.run(["inspect", "x.toml"], in: folder.url)
        #expect(result.status == 2 && result.errors == "error: x.toml: cannot read the case: it is not UTF-8 text\n")
    }

    @Test func inspectShowsDefaults() throws {
        let folder = try TemporaryFolder()
        let name = try folder.write("title = \"Heat\"\nseed = 7\n[training]\nepochs = 5\n", to: "heat.toml")
        let result = try Program.run(["inspect", name], in: folder.url)
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(
            result.output.hasPrefix(
                "Heat\nheat.toml\n  seed  7\n\n[training]\n  epochs             5\n  batch              20             default\n"))
        let json = try Program.run(["inspect", "heat", "--json"], in: folder.url)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["type"] as? String == "case" && object["file"] as? String == "heat.toml")
        #expect(((object["case"] as? [String: Any])?["training"] as? [String: Any])?["batch"] as? Int == 20)
    }
}
