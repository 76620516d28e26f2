import ArgumentParser
import Cases
import Foundation

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a trained operator on samples it has not seen.",
        discussion: """
            Prints every metric of the case: mean over the samples with a 95 % bootstrap interval, the value of all samples pooled (for relative
            errors the ratio of norms), the median and the worst samples; spectra by bands. For airfoils also lift, drag
            and shocks from true and predicted fields, with the rank correlation of the two. Definitions: eddy list metrics.

            Other resolutions are tested against solutions made for them from the same random inputs, and the error G(a_n) - u_n on a grid of n
            points is split into: data (what the training data, v_0 on the training grid, do not know: T v_0 - u_n), aliasing (the operator on
            this grid against the operator on the training grid: G(a_n) - T G(a_0)) and learning (T (G(a_0) - v_0)), T the interpolation from
            the training grid. The three add up to the error; their norms are relative to that of u_n.

            Keeps the result in the run: evaluation.json, and evaluation.nc with every metric for each sample, lead time and field, and the
            spectra. eddy plot draws them.

              eddy evaluate runs/darcy/demo
              eddy evaluate runs/navier-stokes/demo --resolutions 32,64,128
              eddy evaluate runs/darcy/demo --dataset other.nc --json
            """)

    @Argument(help: "The run folder.")
    var runFolder: String

    @Option(help: ArgumentHelp("A dataset with truth. Default: the test split of the run.", valueName: "file"))
    var dataset: String?

    @Option(
        help: ArgumentHelp(
            "Grids to test on besides that of the data, such as 32,64,128 or 26x111,51x221. Default: those of the case.", valueName: "list")
    )
    var resolutions: String?

    @Option(help: ArgumentHelp("Test inputs that are solved for each further resolution.", valueName: "n"))
    var samples = 20

    @OptionGroup var output: OutputOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
        if samples < 1 { throw ValidationError("--samples is \(samples); allowed: 1 or more") }
        if let resolutions, parsed == nil {
            throw ValidationError(
                "--resolutions is \(resolutions); allowed: numbers of points along each axis, from 2 to 65536, separated by commas, "
                    + "for example 32,64 or 26x111,51x221")
        }
    }

    private var parsed: [Resolution]? {
        guard let resolutions else { return nil }
        let all = resolutions.split(separator: ",", omittingEmptySubsequences: false).map { Resolution(String($0)) }
        return all.contains(nil) ? nil : all.map { $0! }
    }

    func run() throws {
        let run = try Run(runFolder)
        let reporter = LazyReporter("evaluating", unit: "samples")
        // The evaluation of a run is that of its own test split.
        let arrays = dataset == nil ? runFolder + "/evaluation.nc" : nil
        let result = try Evaluation(run, workers: threads.workers).evaluate(
            dataset: dataset, resolutions: parsed, extraSamples: samples, arrays: arrays
        ) { reporter.update($0, of: $1, fresh: $0, note: "") }
        reporter.finish()
        if dataset == nil { try StoredEvaluation.write(result, to: runFolder) }
        if output.json {
            for entry in result.entries { try output.print(entry) }
            for quantity in result.quantities ?? [] { try output.print(quantity) }
            for entry in result.spectra { try output.print(["spectrum": entry]) }
            for entry in result.superResolution { try output.print(["super-resolution": entry]) }
            return
        }
        var table = TextTable([
            .init("points"), .init("field"), .init("metric"), .init("mean", .decimal), .init("95 % interval"), .init("pooled", .decimal),
            .init("median", .decimal), .init("worst", .decimal), .init("worst samples"), .init("samples", .trailing),
        ])
        for entry in result.entries where entry.lead == nil {
            let interval = entry.lower.map { "\(Format.significant($0)) to \(Format.significant(entry.upper!))" } ?? ""
            table.add([
                entry.resolution.map(String.init).joined(separator: " x "), entry.field, entry.metric, Format.significant(entry.mean),
                interval,
                entry.pooled.map { Format.significant($0) } ?? "", Format.significant(entry.median), Format.significant(entry.worst),
                entry.worstSamples.map(String.init).joined(separator: " "), "\(entry.samples)",
            ])
        }
        print(table.text, terminator: result.leads.isEmpty ? "" : "\n")
        if !result.leads.isEmpty { printLeads(result) }
        if let quantities = result.quantities { printQuantities(quantities) }
        printSpectra(result)
        printResolutions(result)
        if let error = result.dataError { print("\n\(error)") }
        for warning in result.warnings { Terminal.standardError.warn(warning) }
    }

    /// Numbers that people read off a solution: means, errors and ranks.
    private func printQuantities(_ quantities: [Evaluation.Quantity]) {
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
        print("\n" + table.text, terminator: "")
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
        print(table.text, terminator: "")
    }

    /// Bands of the spectra at the first and the last lead time.
    private func printSpectra(_ result: Evaluation.Result) {
        let ends = [result.leads.first, result.leads.last]
        let shown = result.spectra.filter { ends.contains($0.lead) }
        guard let first = shown.first else { return }
        let hasLeads = first.lead != nil
        var columns: [TextTable.Column] = [.init("spectrum")]
        if hasLeads { columns.append(.init("lead time", .decimal)) }
        columns += [
            .init("band"), .init("share of truth", .decimal), .init("prediction / truth", .decimal), .init("relative error", .decimal),
        ]
        var table = TextTable(columns)
        for entry in shown {
            for band in entry.bands {
                var row = [entry.title]
                if hasLeads { row.append(entry.lead.map { Format.significant($0) } ?? "") }
                table.add(row + band.cells)
            }
        }
        print("\n" + table.text, terminator: "")
        let series = first.transform == "cosine" ? "cosine series, fields continued evenly across the ends of axes; " : ""
        print("kappa = waves along the longest side; \(series)relative error = sqrt(error / truth) in the band")
    }

    /// Errors on other grids and what they are made of.
    private func printResolutions(_ result: Evaluation.Result) {
        guard let first = result.superResolution.first else { return }
        var table = TextTable([
            .init("points"), .init("field"), .init("total", .decimal), .init("95 % interval"), .init("data", .decimal),
            .init("aliasing", .decimal), .init("learning", .decimal), .init("interpolation"), .init("truth solved on"),
        ])
        func points(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }
        for entry in result.superResolution {
            let interval = entry.total.lower.map { "\(Format.percent($0)) to \(Format.percent(entry.total.upper ?? $0))" } ?? ""
            let grid = points(entry.resolution) + (entry.isTraining ? " (training)" : "")
            let parts = [entry.data, entry.aliasing, entry.learning].map { Format.percent($0.mean) }
            table.add(
                [grid, entry.field, Format.percent(entry.total.mean), interval] + parts + [entry.interpolation, points(entry.reference)])
        }
        print("\n" + table.text, terminator: "")
        print(
            "relative L2, mean over \(first.samples) samples; total <= data + aliasing + learning; definitions: eddy help evaluate")
    }
}
