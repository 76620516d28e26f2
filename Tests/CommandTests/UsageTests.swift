import Foundation
import Testing

/// Help, version, listing and bad usage of the program as a user meets them.
@Suite struct UsageTests {
    @Test func version() throws {
        let result = try Program.run(["--version"])
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(result.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }

    @Test func help() throws {
        let result = try Program.run(["--help"])
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(result.output.contains("USAGE: eddy <subcommand>") && result.output.contains("A case file says everything"))
        #expect(try Program.run([]).output == result.output)
    }

    /// Every subcommand explains itself and shows an example.
    @Test func helpOfEachCommand() throws {
        let help = try Program.run(["--help"]).output
        let section = try #require(help.range(of: "SUBCOMMANDS:\n"))
        let names = help[section.upperBound...].split(separator: "\n").compactMap { line in
            line.hasPrefix("  ") && !line.hasPrefix("   ") && !line.contains("See 'eddy help")
                ? line.split(separator: " ").first.map(String.init) : nil
        }
        #expect(names.contains("list") && names.contains("inspect"))
        for name in names {
            let result = try Program.run([name, "--help"])
            #expect(result.status == 0, "\(name)")
            #expect(result.output.contains("\n  eddy \(name)"), "the help of \(name) has no example")
        }
    }

    @Test(
        arguments: [
            (["lst"], "Unexpected argument 'lst'"), (["list", "--jason"], "Unknown option '--jason'"),
            (["inspect"], "Missing expected argument '<file>'"),
            (["list", "operators", "fno", "more"], "Unexpected argument 'more'"),
        ])
    func badUsage(arguments: [String], message: String) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 2)
        #expect(result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
    }

    @Test func listShowsEveryTopic() throws {
        let result = try Program.run(["list"])
        #expect(result.status == 0 && result.errors.isEmpty)
        for text in ["sections: [name]\n", "optimizers: [training] optimizer", "  one-cycle ", "  relative-l2 "] {
            #expect(result.output.contains(text), "\(text)")
        }
    }

    @Test func listShowsKeys() throws {
        let result = try Program.run(["list", "optimizers", "adamw"])
        #expect(result.status == 0 && result.output.contains("  learning-rate  0.001    a number above 0"))
        #expect(try Program.run(["list", "optimizer", "adamw"]).output == result.output)
    }

    @Test func listPrintsLinesOfJSON() throws {
        let result = try Program.run(["list", "--json"])
        #expect(result.status == 0)
        for line in result.output.split(separator: "\n") {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(object["kind"] is String && object["name"] is String && object["keys"] is [Any])
        }
    }

    @Test func listOfUnknownNames() throws {
        let topic = try Program.run(["list", "metric5"])
        #expect(topic.status == 2 && topic.output.isEmpty)
        #expect(topic.errors.hasPrefix("Error: there is no topic \"metric5\"; did you mean \"metrics\"? allowed: sections, "))
        let entry = try Program.run(["list", "metrics", "relative-l3"])
        #expect(entry.status == 2 && entry.errors.hasPrefix("Error: there is no metric \"relative-l3\"; did you mean \"relative-l2\"?"))
    }
}
