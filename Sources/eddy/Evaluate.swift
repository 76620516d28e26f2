import ArgumentParser
import Cases
import Foundation

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a trained operator on samples it has not seen.",
        discussion: """
            Prints every metric of the case: mean over the samples with a 95 % bootstrap interval, the value of all samples pooled (for relative
            errors the ratio of norms), the median and the worst sample. Other resolutions of the case are tested against solutions made for them.
            Definitions: eddy list metrics.

              eddy evaluate runs/darcy/demo
              eddy evaluate runs/darcy/demo --dataset other.nc --json
            """)

    @Argument(help: "The run folder.")
    var runFolder: String

    @Option(help: ArgumentHelp("A dataset with truth. Default: the test split of the run.", valueName: "file"))
    var dataset: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var threads: ThreadOptions

    func run() throws {
        let evaluation = Evaluation(try Run(runFolder), workers: threads.workers)
        let result = try evaluation.evaluate(dataset: dataset)
        if output.json {
            for entry in result.entries { try output.print(entry) }
            return
        }
        var table = TextTable([
            .init("points"), .init("field"), .init("metric"), .init("mean", .decimal), .init("95 % interval"), .init("pooled", .decimal),
            .init("median", .decimal), .init("worst", .decimal), .init("sample", .trailing), .init("samples", .trailing),
        ])
        for entry in result.entries {
            let interval = entry.lower.map { "\(Format.significant($0)) to \(Format.significant(entry.upper!))" } ?? ""
            table.add([
                entry.resolution.map(String.init).joined(separator: " x "), entry.field, entry.metric, Format.significant(entry.mean),
                interval,
                entry.pooled.map { Format.significant($0) } ?? "", Format.significant(entry.median), Format.significant(entry.worst),
                "\(entry.worstSample)", "\(entry.samples)",
            ])
        }
        print(table.text, terminator: "")
    }
}
