import ArgumentParser
import Cases

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a case, dataset, model or run.",
        discussion: """
            A case is checked and shown with every default, as a training would store it. Of a dataset: samples, grid, boundary, origin and fields with
            their ranges; of a model: what goes in and out and its weights; of a run: its model, how far the training is, and its files.

              eddy inspect cases/darcy/demo.toml
              eddy inspect runs/darcy/demo/data/train.nc
              eddy inspect runs/darcy/demo/model.safetensors
              eddy inspect runs/darcy/demo
            """)

    @Argument(help: ArgumentHelp("The file, or the folder of a run.", valueName: "file"))
    var file: String

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let inspection = try Inspection(file)
        print(json ? inspection.json + "\n" : inspection.text, terminator: "")
    }
}
