import Datasets
import Foundation
import Metrics
import Plots
import Tensors
import Training

/// Everything about a run on one page: result, data card, training, errors, comparison, provenance and the case itself.
///
/// The page is one HTML file that needs nothing else: figures are inside, there are no scripts, and it prints.
public struct RunReport: Sendable {
    let run: Run
    let workers: Workers
    let record: RunRecord?
    let history: TrainingHistory?
    let comparison: Comparison.Result?
    /// The splits that can be opened.
    let data: [DatasetFile]

    /// The report of a run.
    ///
    /// - Throws: `TrainingError` for an unreadable record, `DatasetsError` for damaged data; data that are not there are left out.
    public init(_ run: Run, workers: Workers) throws {
        self.run = run
        self.workers = workers
        let manager = FileManager.default
        let recordFile = run.folder + "/run.json"
        record = manager.fileExists(atPath: recordFile) ? try RunRecord(contentsOf: recordFile) : nil
        history = TrainingHistory(run.folder)
        comparison = ResultCoding.read(Comparison.Result.self, from: run.folder + "/comparison.json")
        data = try ["train", "valid", "test"].map(run.data).filter(manager.fileExists(atPath:)).map { try DatasetFile($0) }
    }

    /// Evaluates the run on its test split, draws the figures and writes the page; the file appears whole or not at all.
    ///
    /// - Parameter progress: samples evaluated, and how many there are.
    /// - Throws: `PlotError`, `DatasetsError`, `OperatorError`, `SolverError`.
    public func write(to path: String, progress: @Sendable (Int, Int) -> Void = { _, _ in }) throws {
        let evaluation = testSplit == nil ? nil : try Evaluation(run, workers: workers).evaluate(progress: progress)
        // Kept like that of eddy evaluate where the run's folder can be written: the figure of lead times is made from it.
        if let evaluation { try? StoredEvaluation.write(evaluation, to: run.folder) }
        let figures = Dictionary(uniqueKeysWithValues: try RunFigures(run).all(workers: workers).map { ($0.name, $0.figure) })
        let sections = [
            result(evaluation), try dataCard(), training(figures["training"]), errors(evaluation, figures), compared(figures["comparison"]),
            provenance(), Report.Section("The case", [.preformatted(run.content.text.trimmingCharacters(in: .newlines))]),
        ]
        let description = run.model.description
        try Report(
            title: description.title,
            subtitle: "run \(run.folder), operator \(description.architecture), \(description.source)", sections: sections
        ).write(to: URL(fileURLWithPath: path))
    }

    var testSplit: DatasetFile? { data.first { ($0.path as NSString).lastPathComponent == "test.nc" } }

    // MARK: - Result

    private func result(_ evaluation: Evaluation.Result?) -> Report.Section {
        var blocks: [ReportBlock] = []
        if let comparison { blocks.append(.verdict(comparison.verdict)) }
        var facts: [(name: String, value: String)] = []
        if let entry = evaluation?.entries.first {
            let interval = entry.lower.map { " (95 % interval \(Format.percent($0)) to \(Format.percent(entry.upper!)))" } ?? ""
            let value = entry.metric.hasPrefix("relative") ? Format.percent(entry.mean) + interval : Format.significant(entry.mean)
            facts.append(("\(entry.metric) on \(Format.count(entry.samples)) test samples", value))
        }
        // Of a family the operator of this run, which is the first where the comparison was made from here.
        if let own = comparison?.operators.first(where: { $0.run == run.folder }) ?? comparison?.operators.first, let speedUp = own.speedUp
        {
            let ratio =
                speedUp >= 1
                ? "the operator is \(own.speedUpIsUpperBound ? "at most " : "")\(Format.significant(speedUp, 2)) times as fast"
                : "the operator takes \(Format.significant(1 / speedUp, 2)) times as long"
            facts.append(("against the solver at equal error", ratio))
            facts.append(("break-even", own.breakEvenSolves.map { Format.count(Int($0.rounded(.up))) + " solves" } ?? "never"))
        }
        if let history { facts.append(("training time", Format.duration(history.seconds))) }
        facts.append(("weights", Format.count(run.model.parameters.layout.parameterCount)))
        return Report.Section("Result", blocks + [.facts(facts)])
    }

    // MARK: - Data

    private func dataCard() throws -> Report.Section {
        let description = run.model.description
        guard let file = data.first else {
            return Report.Section(
                "Data", [.paragraph("The data are not at \(run.dataFolder). Training data: \(description.trainingData).")])
        }
        var facts: [(name: String, value: String)] = []
        for (name, attribute) in [
            ("equation", "pde"), ("solver", "solver_scheme"), ("order of accuracy", "solver_order"),
            ("solver's points", "solver_resolution"),
            ("solver's step", "solver_dt"), ("frame step", "output_dt"), ("from solver to data", "downsampling"),
            ("precision of the solver", "precision"), ("seed", "seed"), ("random numbers", "rng"), ("licence", "license"),
            ("references", "references"),
        ] {
            guard let value = file.attributes[attribute]?.formatted, !value.isEmpty else { continue }
            facts.append((name, attribute == "solver_resolution" ? value.replacingOccurrences(of: ", ", with: " × ") : value))
        }
        facts.insert(("grid", "\(file.grid)"), at: min(1, facts.count))
        if let times = file.times {
            facts.insert(
                ("frames", "\(times.count) from t = \(Format.significant(times.lower)) to \(Format.significant(times.upper))"), at: 2)
        }
        let fields = ReportTable(
            columns: [
                .init("field", isNumeric: false), .init("role", isNumeric: false), .init("units", isNumeric: false),
                .init("meaning", isNumeric: false),
            ], rows: file.fields.map { [$0.name, $0.role.rawValue, $0.units, $0.longName] })
        let splits = ReportTable(
            columns: [
                .init("file", isNumeric: false), .init("samples"), .init("solved again or drawn again"), .init("core time of the solves"),
            ],
            rows: try data.map { file in
                let records = try file.records()
                let seconds = records.map(\.seconds).reduce(0, +)
                return [
                    (file.path as NSString).lastPathComponent, Format.count(file.sampleCount),
                    Format.count(records.count { $0.status != .solved }), seconds > 0 ? Format.duration(seconds) : "not recorded",
                ]
            })
        return Report.Section(
            "Data", [.facts(facts), .table(fields, caption: "Fields of a sample."), .table(splits, caption: "Files of the dataset.")])
    }

    // MARK: - Training

    private func training(_ curves: (any Figure)?) -> Report.Section {
        let description = run.model.description
        func channels(_ channels: [(name: String, units: String)]) -> String {
            // A window has a channel for each frame of a field.
            channels.map { $0.name + ($0.units == "1" ? "" : " [\($0.units)]") }
                .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
        }
        var facts: [(name: String, value: String)] = [
            ("architecture", description.architecture),
            ("input", channels(description.inputs.map { ($0.field, $0.units) })),
            ("output", channels(description.outputs.map { ($0.field, $0.units) })),
            ("normalisers", "\(run.model.inputNormaliser.kind.rawValue) in, \(run.model.outputNormaliser.kind.rawValue) out"),
        ]
        if let window = description.window {
            facts.append(("frames", "reads \(window.inputs), predicts \(window.outputs) at once"))
        }
        if let history, let last = history.training.last {
            facts.append(("epochs", "\(Int(last.epoch)), training loss \(Format.significant(last.value))"))
            if let best = history.validation.min(by: { $0.value < $1.value }) {
                facts.append(
                    ("best validation", "\(Format.percent(best.value)) relative L2 after epoch \(Int(best.epoch)); this is the model"))
            }
        }
        let figure = curves.map { [ReportBlock.figure($0, caption: "Training loss, validation error and learning rate by epoch.")] } ?? []
        return Report.Section("Operator and training", [.facts(facts)] + figure)
    }
}
