import ArgumentParser
import Cases
import Foundation
import Tensors

struct Solve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Solve one sample of a case with its classical solver.",
        discussion: """
            Solves sample I of the test split, prints what the solver reports and writes the fields as NetCDF if asked to.

              eddy solve cases/darcy/demo.toml --sample 3 --output sample.nc
            """)

    @Argument(help: "The case file.")
    var caseFile: String

    @Option(help: ArgumentHelp("Number of the test sample.", valueName: "i"))
    var sample = 0

    @Option(name: .shortAndLong, help: ArgumentHelp("File for the fields (.nc).", valueName: "file"))
    var output: String?

    @OptionGroup var json: OutputOptions

    func validate() throws {
        if sample < 0 { throw ValidationError("--sample is \(sample); allowed: 0 or more") }
    }

    func run() throws {
        let content = try Case(contentsOf: caseFile)
        let report = try SingleSolution(content).solve(sample: sample, output: output, command: commandLine)
        if json.json { return try json.print(report) }
        var table = TextTable([.init("what"), .init("value")])
        table.add(["equation", report.equation])
        table.add(["solver", report.scheme])
        table.add(["solver's points", report.resolution.map(String.init).joined(separator: " x ")])
        table.add(["iterations or steps", "\(report.steps)"])
        table.add(["time, one core", Format.duration(report.seconds)])
        for field in report.fields {
            table.add([
                field.name,
                "\(Format.significant(field.least)) to \(Format.significant(field.largest)), mean \(Format.significant(field.mean))",
            ])
        }
        print(table.text, terminator: "")
        if let output { say("fields in \(output)") }
    }
}
