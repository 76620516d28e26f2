import ArgumentParser
import Cases
import Datasets
import Foundation

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a dataset file obeys the contract.",
        discussion: """
            Tests names, units, coordinates, boundary conditions, provenance, missing or constant samples and whether the content still has the hash
            that the file claims. Exit code 0 when nothing is wrong, 2 otherwise.

              eddy check runs/darcy/demo/data/train.nc
            """)

    @Argument(help: "The files (.nc).")
    var files: [String]

    @OptionGroup var output: OutputOptions

    func run() throws {
        var isFaulty = false
        for file in files {
            // Said before the next file, which may end the program.
            defer { fflush(nil) }
            let findings: [Finding]
            do { findings = try DatasetChecker.check(file) } catch let error as DatasetsError where !output.json && files.count > 1 {
                // One unreadable file does not hide the others.
                print("\(error)")
                isFaulty = true
                continue
            }
            isFaulty = isFaulty || findings.contains { $0.severity == .error }
            if output.json {
                for finding in findings { try output.print(finding) }
                continue
            }
            for finding in findings { print("\(file): \(finding)") }
            if findings.isEmpty { print("\(file): obeys the contract") }
        }
        if isFaulty { throw ExitCode(2) }
    }
}
