import ArgumentParser
import Cases
import Foundation
import Training

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply a trained model to the inputs in a NetCDF file.",
        discussion: """
            Takes a run folder or a model file; the case is not needed. Fields go in and come out in physical units; the prediction of u is named
            u_predicted, so that truth and prediction open in one xarray dataset.

              eddy predict runs/darcy/demo runs/darcy/demo/data/test.nc prediction.nc

            An operator that steps in time reads the first frames of the file and goes on from them, as far as the file goes or for --frames frames.
            """)

    @Argument(help: "A run folder or a model file (.safetensors).")
    var model: String

    @Argument(help: "The file with the inputs.")
    var input: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(
        help: ArgumentHelp(
            "Frames to predict in time. Default: as many as the file has after those that the operator reads.", valueName: "n"))
    var frames: Int?

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
        if let frames, !(1...1_000_000).contains(frames) { throw ValidationError("--frames is \(frames); allowed: 1 to 1000000") }
    }

    func run() throws {
        let path = model.hasSuffix(".safetensors") ? model : model + "/model.safetensors"
        let loaded = try Model(path: path, architectures: Registries.standard.architectures)
        let reporter = LazyReporter("predicting")
        try Prediction(loaded, workers: threads.workers).predict(
            input: input, output: output, frames: frames, command: commandLine
        ) {
            reporter.update($0, of: $1, fresh: $0)
        }
        reporter.finish()
        say("prediction in \(output)")
    }
}
