import ArgumentParser
import Cases
import Foundation

/// `eddy inspect`: what is in a file.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a case, dataset, model or run.",
        discussion: """
            A case is checked and shown with every default, as a training would store it. A dataset (.nc), a model (.safetensors) or a run folder is
            summed up in a table.

              eddy inspect cases/darcy/fno.toml
              eddy inspect runs/darcy/demo
            """)

    @Argument(help: ArgumentHelp("A case, a dataset (.nc), a model (.safetensors) or a run folder.", valueName: "file"))
    var file: String

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let summary: FileSummary
        if file.hasSuffix(".nc") {
            summary = try FileSummary(dataset: file)
        } else if file.hasSuffix(".safetensors") {
            summary = try FileSummary(model: file)
        } else if FileManager.default.fileExists(atPath: file + "/model.safetensors") {
            summary = try FileSummary(run: file)
        } else {
            let inspected = try Case(contentsOf: file)
            return print(json ? inspected.inspectionJSON + "\n" : inspected.inspection, terminator: "")
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let object = Dictionary(summary.rows.map { ($0.name, $0.value) }) { first, _ in first }
            return print(String(decoding: try encoder.encode(object), as: UTF8.self))
        }
        var table = TextTable([.init("what"), .init("value")])
        for row in summary.rows { table.add([row.name, row.value]) }
        print(table.text, terminator: "")
    }
}
