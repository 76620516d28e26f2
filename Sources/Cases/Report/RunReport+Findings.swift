import Foundation
import Metrics
import Plots
import Training

extension RunReport {
    /// Tables and figures of the errors on the test split.
    func errors(_ evaluation: Evaluation.Result?, _ figures: [String: any Figure]) -> Report.Section {
        let title = "Errors on samples that the operator has not seen"
        guard let evaluation else {
            return Report.Section(title, [.paragraph("There is no test split at \(run.data("test")).")])
        }
        let entries = evaluation.entries.filter { $0.lead == nil }
        let counts = Set(entries.map(\.samples)).sorted()
        let table = ReportTable(
            columns: [
                .init("points"), .init("field", isNumeric: false), .init("metric", isNumeric: false), .init("mean"), .init("95 % interval"),
                .init("pooled"), .init("median"), .init("worst (sample)"),
            ] + (counts.count > 1 ? [.init("samples")] : []),
            rows: entries.map { entry in
                [
                    entry.resolution.map(String.init).joined(separator: " × "), entry.field, entry.metric, Format.significant(entry.mean),
                    entry.lower.map { "\(Format.significant($0)) to \(Format.significant(entry.upper!))" } ?? "",
                    entry.pooled.map { Format.significant($0) } ?? "", Format.significant(entry.median),
                    "\(Format.significant(entry.worst)) (\(entry.worstSamples[0]))",
                ] + (counts.count > 1 ? [Format.count(entry.samples)] : [])
            })
        let number = counts.count == 1 ? " of \(Format.count(counts[0])) test samples" : ""
        var blocks: [ReportBlock] = [
            .table(
                table,
                caption:
                    "Errors\(number) against the stored solutions, or solutions made anew at other resolutions. mean: over the samples, "
                    + "with a bootstrap interval; pooled: of all samples as one, for relative errors the ratio of norms.")
        ]
        let names = Set(entries.map(\.metric))
        let metrics = Metric.all.filter { names.contains($0.name) }
        blocks.append(.facts(metrics.map { ($0.name, $0.formula) }))
        if evaluation.sampleErrors.count > 1 {
            blocks.append(
                .figure(
                    ErrorHistogram(errors: evaluation.sampleErrors, quantity: Quantity("relative L² error")),
                    caption: "Spread of the relative L² error over the test samples."))
        }
        if let samples = figures["samples"] {
            blocks.append(.figure(samples, caption: "Input, truth, prediction and error of the worst, median and best test sample."))
        }
        if let quantities = evaluation.quantities { blocks.append(quantityTable(quantities)) }
        if let surface = figures["surface-pressure"] {
            blocks.append(.figure(surface, caption: "Pressure coefficient along the surface of the airfoil of median drag error."))
        }
        if let animation = figures["animation"] {
            blocks.append(.figure(animation, caption: "Truth, prediction and error of a test sample in time."))
        }
        if let leads = figures["lead-time"] { blocks.append(.figure(leads, caption: "Relative L² error by lead time.")) }
        if let spectra = figures["spectra"] {
            let transform =
                evaluation.spectra.first?.transform == "cosine" ? "cosine spectra, fields continued evenly across the ends of axes, " : ""
            blocks.append(.figure(spectra, caption: "Spectra of truth, prediction and error, \(transform)mean over the test samples."))
            blocks.append(
                .table(spectraTable(evaluation), caption: "Spectra by bands of kappa, the number of waves along the longest side."))
        }
        if !evaluation.superResolution.isEmpty { blocks += resolutions(evaluation, figures["resolutions"]) }
        return Report.Section(title, blocks)
    }

    private func quantityTable(_ quantities: [Evaluation.Quantity]) -> ReportBlock {
        func cell(_ value: Double?) -> String { value.map { Format.significant($0) } ?? "" }
        let table = ReportTable(
            columns: [
                .init("quantity", isNumeric: false), .init("meaning", isNumeric: false), .init("mean"), .init("mean error"),
                .init("95 % interval"), .init("bias"), .init("largest error"), .init("rank correlation"), .init("samples"), .init("missed"),
                .init("invented"),
            ],
            rows: quantities.map { quantity in
                [
                    quantity.name, quantity.meaning, cell(quantity.meanTruth), cell(quantity.meanError),
                    quantity.lower.map { "\(Format.significant($0)) to \(Format.significant(quantity.upper!))" } ?? "", cell(quantity.bias),
                    cell(quantity.largestError), cell(quantity.rankCorrelation), Format.count(quantity.samples),
                    Format.count(quantity.missed), Format.count(quantity.invented),
                ]
            })
        return .table(
            table,
            caption:
                "Numbers read off true and predicted fields in the same way. bias: mean of prediction less truth; rank correlation: "
                + "Spearman's; missed, invented: samples that have the number in the truth or in the prediction only.")
    }

    private func spectraTable(_ evaluation: Evaluation.Result) -> ReportTable {
        let shown = evaluation.spectra.filter { [evaluation.leads.first, evaluation.leads.last].contains($0.lead) }
        let hasLeads = shown.first?.lead != nil
        var columns: [ReportTable.Column] = [.init("spectrum", isNumeric: false)]
        if hasLeads { columns.append(.init("lead time")) }
        columns += [.init("band", isNumeric: false), .init("share of truth"), .init("prediction / truth"), .init("relative error")]
        var rows: [[String]] = []
        for entry in shown {
            for band in entry.bands {
                var row = [entry.title]
                if hasLeads { row.append(entry.lead.map { Format.significant($0) } ?? "") }
                row += band.cells
                rows.append(row)
            }
        }
        return ReportTable(columns: columns, rows: rows)
    }

    /// Errors on several grids and what they are made of.
    private func resolutions(_ evaluation: Evaluation.Result, _ figure: (any Figure)?) -> [ReportBlock] {
        let entries = evaluation.superResolution
        let table = ReportTable(
            columns: [
                .init("points"), .init("field", isNumeric: false), .init("total"), .init("data"), .init("aliasing"), .init("learning"),
                .init("truth solved on"),
            ],
            rows: entries.map { entry in
                [
                    entry.resolution.map(String.init).joined(separator: " × "), entry.field, Format.percent(entry.total.mean),
                    Format.percent(entry.data.mean), Format.percent(entry.aliasing.mean), Format.percent(entry.learning.mean),
                    entry.reference.map(String.init).joined(separator: " × "),
                ]
            }, emphasized: Set(entries.indices.filter { entries[$0].isTraining }))
        let caption =
            "Relative L² errors on several grids, mean over \(Format.count(entries[0].samples)) samples, against truth solved for each; in bold "
            + "the training grid. data: interpolated training data against the truth; aliasing: the operator on this grid against the "
            + "interpolated operator on the training grid (Bartolucci et al., arXiv:2305.19913); learning: the operator against its data on "
            + "the training grid. The total is at most their sum."
        return [.table(table, caption: caption)] + (figure.map { [.figure($0, caption: "The same over the resolution.")] } ?? [])
    }

    /// The comparison with the classical solver, or how to make it.
    func compared(_ figure: (any Figure)?) -> Report.Section {
        let title = "Comparison with the classical solver"
        guard let comparison else {
            return Report.Section(title, [.paragraph("Not made yet; eddy compare \(run.folder) makes it.")])
        }
        var facts: [(name: String, value: String)] = [
            ("baseline", comparison.baseline),
            (
                "truth",
                "the solver at \(comparison.referenceResolution.map(String.init).joined(separator: " × ")), its own error about "
                    + Format.percent(comparison.referenceError, 2)
            ),
            ("Mflop", comparison.operationCount),
        ]
        for candidate in comparison.operators {
            let prefix = comparison.operators.count == 1 ? "" : "\(candidate.run): "
            facts += conclusions(candidate).map { (prefix + $0.name, $0.value) }
        }
        let caption =
            "Error against the finer truth and cost on \(Format.count(comparison.samples)) test samples. These errors differ from those of the "
            + "table above, which are against the stored data and over all test samples."
        let drawing = figure.map {
            [ReportBlock.figure($0, caption: "Error against time of one core; bars are 95 % intervals over the samples.")]
        }
        return Report.Section(title, [.table(settings(comparison), caption: caption), .facts(facts)] + (drawing ?? []))
    }

    /// Every setting of the sweep and every operator.
    private func settings(_ comparison: Comparison.Result) -> ReportTable {
        let points = comparison.solver + comparison.operators.map(\.point)
        let hasTolerances = comparison.solver.contains { $0.tolerance != nil }
        let hasOperations = points.contains { $0.operations != nil }
        let others = comparison.metrics.filter { $0 != "relative-l2" }
        var columns: [ReportTable.Column] = [.init("method", isNumeric: false), .init("points")]
        if hasTolerances { columns.append(.init("tolerance")) }
        columns += [.init("relative L2 error"), .init("95 % interval")]
        for metric in others { columns.append(.init(metric)) }
        columns.append(.init("time of one core", unit: "ms"))
        if hasOperations { columns.append(.init("Mflop")) }
        func row(_ name: String, _ point: Comparison.Point) -> [String] {
            var row = [name, point.resolution.map(String.init).joined(separator: " × ")]
            if hasTolerances { row.append(point.tolerance.map { Format.significant($0, 1) } ?? "") }
            row += [Format.percent(point.error), "\(Format.percent(point.errorLower)) to \(Format.percent(point.errorUpper))"]
            for metric in others { row.append(point.score(metric).map { Format.significant($0) } ?? "") }
            row.append(Format.significant(1000 * point.seconds))
            if hasOperations { row.append(point.operations.map { Format.significant(1e-6 * $0) } ?? "") }
            return row
        }
        let names = comparison.operators.count == 1 ? ["operator"] : Comparison.shortNames(comparison.operators.map(\.run))
        return ReportTable(
            columns: columns,
            rows: comparison.solver.map { row("solver", $0) } + zip(names, comparison.operators).map { row($0, $1.point) },
            emphasized: Set(points.indices.dropFirst(comparison.solver.count)))
    }

    private func conclusions(_ candidate: Comparison.Candidate) -> [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = [
            ("operator", candidate.architecture + ", Float32; the solver works in Float64")
        ]
        if let seconds = candidate.solverSecondsAtEqualError {
            facts.append(("solver at the operator's error", "\(Format.duration(seconds)) of one core"))
        }
        if let speedUp = candidate.speedUp {
            var value = Format.significant(speedUp, 2)
            if let lower = candidate.speedUpLower {
                value +=
                    candidate.speedUpUpper.map { " (95 % interval \(Format.significant(lower, 2)) to \(Format.significant($0, 2)))" } ?? ""
            }
            facts.append(("speed-up at equal error", value))
        }
        let (generation, training) = (Format.duration(candidate.generationSeconds), Format.duration(candidate.trainingSeconds))
        facts.append(("invested", "\(generation) of one core for the data, \(training) for training"))
        return facts
    }

    /// Versions, machines, commands and hashes.
    func provenance() -> Report.Section {
        var blocks: [ReportBlock] = []
        if let record {
            let table = ReportTable(
                columns: [
                    .init("started", isNumeric: false), .init("at step"), .init("threads"), .init("machine", isNumeric: false),
                    .init("program", isNumeric: false), .init("command", isNumeric: false),
                ],
                rows: record.starts.map { start in
                    let machine = start.machine
                    return [
                        start.time, Format.count(start.step), (start.ranks.map { "\($0) x " } ?? "") + "\(start.threads)",
                        "\(machine.processor), \(machine.cores) cores, \(Format.bytes(Int(clamping: machine.memory))), \(machine.system)",
                        "eddy \(start.version)" + (start.commit.isEmpty ? "" : " (\(start.commit))"), start.command.joined(separator: " "),
                    ]
                })
            blocks.append(.table(table, caption: "Starts of the training."))
        }
        var facts: [(name: String, value: String)] = []
        for file in data {
            let name = (file.path as NSString).lastPathComponent
            facts.append((name, file.id))
            if let history = file.attributes["history"]?.formatted { facts.append(("made by", history)) }
        }
        facts.append(("the model was trained on", run.model.description.trainingData))
        blocks.append(.facts(facts))
        blocks.append(
            .paragraph("The case below, which the model holds with every default, makes the same data and the same training again:"))
        blocks.append(.preformatted("eddy generate case.toml\neddy train case.toml\neddy evaluate runs/case\neddy compare runs/case"))
        return Report.Section("Provenance", blocks)
    }
}
