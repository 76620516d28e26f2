import ArgumentParser
import Cases
import Foundation

struct WriteReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write everything about a run on one HTML page.",
        discussion: """
            Result, data card, training curves, errors on the test split, the comparison when there is one, provenance and the case, in one file that
            opens without network and prints. The errors are computed anew; the comparison is the last one that eddy compare made. Needs gnuplot.

              eddy report runs/darcy/demo
              eddy report runs/darcy/demo -o darcy.html
            """)

    @Argument(help: "The run folder.")
    var runFolder: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write (.html). Default: report.html in the run.", valueName: "file"))
    var output: String?

    @OptionGroup var threads: ThreadOptions

    func run() throws {
        let target = output ?? runFolder + "/report.html"
        guard ["html", "htm"].contains((target as NSString).pathExtension.lowercased()) else {
            throw ValidationError("--output is \"\(target)\"; allowed: a name that ends in .html")
        }
        let reporter = LazyReporter("evaluating")
        try RunReport(try Run(runFolder), workers: threads.workers).write(to: target) { reporter.update($0, of: $1, fresh: $0) }
        reporter.finish()
        say("report in \(target)")
    }
}
