import ArgumentParser
import Cases

/// `eddy inspect`: what is in a file.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a case.",
        discussion: """
            A case is checked and shown with every default, as a training would store it.

              eddy inspect cases/darcy/fno.toml
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "file"))
    var file: String

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let inspected = try Case(contentsOf: file)
        print(json ? inspected.inspectionJSON + "\n" : inspected.inspection, terminator: "")
    }
}
