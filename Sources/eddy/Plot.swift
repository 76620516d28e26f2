import ArgumentParser
import Cases
import Foundation

struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a run or a sample of a file.",
        discussion: """
            Of a run: training curves; the worst, median and best test sample with truth, prediction and error; of a plane in time also an animation;
            after eddy evaluate the error by lead time, spectra, and errors over the resolution; after eddy compare the comparison.
            Of a dataset file: the fields of one sample; with a name that ends in .gif in time. Needs gnuplot.

              eddy plot runs/darcy/demo
              eddy plot runs/darcy/demo/data/test.nc --sample 3 -o sample.png
            """)

    @Argument(help: "A run folder or a dataset file (.nc).")
    var source: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to draw for a dataset (.png, .pdf or .gif). Default: its name with .png.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Number of the sample of a dataset.", valueName: "i"))
    var sample = 0

    @Option(help: ArgumentHelp("Format of a run's figures: png or pdf.", valueName: "format"))
    var format = "png"

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
        if !["png", "pdf"].contains(format) { throw ValidationError("--format is \"\(format)\"; allowed: png, pdf") }
    }

    func run() throws {
        if source.hasSuffix(".nc") {
            let target = output ?? String(source.dropLast(3)) + ".png"
            try DatasetFigure(source).draw(sample: sample, to: target)
            return say("figure in \(target)")
        }
        for path in try RunFigures(try Run(source)).drawAll(format: format, workers: threads.workers) { say("figure in \(path)") }
    }
}
