import ArgumentParser
import Cases
import Foundation

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a trained operator on samples it has not seen.",
        discussion: """
            Prints every metric of the case: mean over the samples with a 95 % bootstrap interval, the value of all samples pooled (for relative
            errors the ratio of norms), the median and the worst sample. Other resolutions of the case are tested against solutions made for them.
            For airfoils also lift, drag and shocks from true and predicted fields, with the rank correlation of the two.
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
        let run = try Run(runFolder)
        let reporter = LazyReporter("evaluating", unit: "samples")
        let result = try Evaluation(run, workers: threads.workers).evaluate(dataset: dataset) {
            reporter.update($0, of: $1, fresh: $0, note: "")
        }
        reporter.finish()
        if dataset == nil { try StoredEvaluation.write(result, to: runFolder) }
        if output.json {
            for entry in result.entries { try output.print(entry) }
            for quantity in result.quantities ?? [] { try output.print(quantity) }
            return
        }
        var table = TextTable([
            .init("points"), .init("field"), .init("metric"), .init("mean", .decimal), .init("95 % interval"), .init("pooled", .decimal),
            .init("median", .decimal), .init("worst", .decimal), .init("sample", .trailing), .init("samples", .trailing),
        ])
        for entry in result.entries where entry.lead == nil {
            let interval = entry.lower.map { "\(Format.significant($0)) to \(Format.significant(entry.upper!))" } ?? ""
            table.add([
                entry.resolution.map(String.init).joined(separator: " x "), entry.field, entry.metric, Format.significant(entry.mean),
                interval,
                entry.pooled.map { Format.significant($0) } ?? "", Format.significant(entry.median), Format.significant(entry.worst),
                "\(entry.worstSample)", "\(entry.samples)",
            ])
        }
        Swift.print(table.text, terminator: result.leads.isEmpty ? "" : "\n")
        if !result.leads.isEmpty { printLeads(result) }
        if let quantities = result.quantities { print(quantities) }
        if let error = result.dataError { Swift.print("\n\(error)") }
        for warning in result.warnings { Terminal.standardError.warn(warning) }
    }

    /// Numbers that people read off a solution: means, errors and ranks.
    private func print(_ quantities: [Evaluation.Quantity]) {
        var table = TextTable([
            .init("quantity"), .init("mean", .decimal), .init("mean error", .decimal), .init("95 % interval"), .init("bias", .decimal),
            .init("largest error", .decimal), .init("rank correlation", .decimal), .init("samples", .trailing), .init("missed", .trailing),
            .init("invented", .trailing),
        ])
        for quantity in quantities {
            func cell(_ value: Double?) -> String { value.map { Format.significant($0) } ?? "" }
            table.add([
                quantity.name, cell(quantity.meanTruth), cell(quantity.meanError),
                quantity.lower.map { "\(Format.significant($0)) to \(Format.significant(quantity.upper!))" } ?? "", cell(quantity.bias),
                cell(quantity.largestError), cell(quantity.rankCorrelation), "\(quantity.samples)", "\(quantity.missed)",
                "\(quantity.invented)",
            ])
        }
        Swift.print("\n" + table.text, terminator: "")
    }

    /// Relative errors at some of the lead times; `--json` has all.
    private func printLeads(_ result: Evaluation.Result) {
        let shown = Set([0, 1, 2, 3, 4].map { $0 * (result.leads.count - 1) / 4 })
        let metric = result.entries.contains { $0.metric == "relative-l2" } ? "relative-l2" : result.entries.first?.metric ?? ""
        let fields = result.entries.reduce(into: [String]()) { if !$0.contains($1.field) { $0.append($1.field) } }
        var table = TextTable([.init("lead time", .decimal)] + fields.map { .init("\(metric) of \($0)", .decimal) })
        for (number, lead) in result.leads.enumerated() where shown.contains(number) {
            let cells = fields.map { field in
                result.entries.first { $0.field == field && $0.metric == metric && $0.lead == lead }.map { Format.significant($0.mean) }
                    ?? ""
            }
            table.add([Format.significant(lead)] + cells)
        }
        Swift.print(table.text, terminator: "")
    }
}
