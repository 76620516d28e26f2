import Datasets
import Foundation
import Grids
import Metrics
import Plots
import Tensors
import Training

/// Draws what a run holds: training curves, samples with truth and prediction, errors, the comparison.
public struct RunFigures: Sendable {
    private let run: Run

    /// The figures of a run.
    public init(_ run: Run) { self.run = run }

    private func file(_ name: String) -> URL { URL(fileURLWithPath: run.folder + "/" + name) }

    /// Stores a comparison as `comparison.json` and draws `comparison.png`.
    ///
    /// - Throws: `PlotError`, and what writing the file throws.
    public func writeComparison(_ result: Comparison.Result) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { try encoder.encode(result).write(to: file("comparison.json"), options: .atomic) } catch {
            throw TrainingError.cannotWrite(file: file("comparison.json").path, reason: error.localizedDescription)
        }
        try comparison(result).write(to: file("comparison.png"))
    }

    /// Draws all figures into the run's folder and returns their paths.
    ///
    /// - Throws: `PlotError`, `DatasetsError`, `OperatorError`.
    public func drawAll(format: String = "png", workers: Workers) throws -> [String] {
        var figures: [(String, any Figure)] = []
        if let history = TrainingHistory(run.folder), !history.training.isEmpty { figures.append(("training", curves(history))) }
        if run.model.description.grid.dimension == 2, FileManager.default.fileExists(atPath: run.data("test")) {
            figures.append(("samples", try samples(workers)))
        }
        if let data = FileManager.default.contents(atPath: file("comparison.json").path),
            let result = try? JSONDecoder().decode(Comparison.Result.self, from: data)
        {
            figures.append(("comparison", comparison(result)))
        }
        return try figures.map { name, figure in
            let url = file("\(name).\(format)")
            try figure.write(to: url)
            return url.path
        }
    }

    private func curves(_ history: TrainingHistory) -> TrainingCurves {
        let rates = history.learningRate.count == history.training.count ? history.learningRate.map(\.value) : []
        return TrainingCurves(
            epochs: history.training.map(\.epoch), training: history.training.map(\.value),
            validationEpochs: history.validation.map(\.epoch),
            validation: history.validation.map(\.value), learningRate: rates, loss: Quantity("relative L² error"),
            title: run.model.description.title)
    }

    private func comparison(_ result: Comparison.Result) -> ParetoFigure {
        func point(_ point: Comparison.Point, _ label: String) -> ParetoFigure.Point {
            ParetoFigure.Point(
                cost: 1000 * point.seconds, error: point.error,
                interval: min(point.errorLower, point.error)...max(point.errorUpper, point.error),
                label: label)
        }
        return ParetoFigure(
            methods: [
                .init(
                    name: "classical solver",
                    points: result.solver.map { point($0, $0.resolution.map(String.init).joined(separator: "×")) },
                    isOperator: false),
                .init(name: "operator", points: [point(result.neuralOperator, "operator")], isOperator: true),
            ], cost: Quantity("time of one core for a solution", unit: "ms"), error: Quantity("relative L² error"),
            referenceError: result.referenceError, verdict: result.verdict)
    }

    /// Worst, median and best test samples of the first field.
    private func samples(_ workers: Workers) throws -> FieldPanels {
        let data = try DatasetFile(run.data("test"))
        let description = run.model.description
        let task = LearningTask(inputs: description.inputs.map(\.field), outputs: description.outputs.map(\.field))
        var errors: [Double] = []
        for start in stride(from: 0, to: data.sampleCount, by: 32) {
            let indices = Array(start..<min(start + 32, data.sampleCount))
            let batch = try DatasetSource.read(data, task, indices)
            let prediction = try run.model.predict(batch.inputs, workers: workers)
            let metric = try Metric.named("relative-l2")
            for sample in indices.indices {
                errors.append(
                    try metric.value(
                        prediction: prediction.field(sample: sample, channel: 0), truth: batch.targets.field(sample: sample, channel: 0),
                        on: FieldGeometry(data.grid)))
            }
        }
        let order = errors.indices.sorted { errors[$0] > errors[$1] }
        let chosen = [("worst", order[0]), ("median", order[order.count / 2]), ("best", order[order.count - 1])]
        let rows = try chosen.map { name, sample in
            let batch = try DatasetSource.read(data, task, [sample])
            let prediction = try run.model.predict(batch.inputs, workers: workers)
            return FieldPanels.Row(
                title: "\(name): sample \(sample), relative L² error \(Format.percent(errors[sample]))",
                input: batch.inputs.field(sample: 0, channel: 0).cast(to: Double.self),
                truth: batch.targets.field(sample: 0, channel: 0).cast(to: Double.self),
                prediction: prediction.field(sample: 0, channel: 0).cast(to: Double.self))
        }
        return FieldPanels(
            rows: rows, grid: PlotGrid(data.grid), input: Quantity(data.schema.field(task.inputs[0])!),
            output: Quantity(data.schema.field(task.outputs[0])!), title: description.title)
    }
}

extension PlotGrid {
    /// The plot grid of a uniform grid of two axes.
    init(_ grid: Grid) { self = .points(xs: grid.axes[1].coordinates, ys: grid.axes[0].coordinates) }
}

extension Quantity {
    /// The name of a field up to its first colon, with its unit.
    init(_ field: FieldDescription) {
        let name = field.longName.split(separator: ":").first.map(String.init) ?? field.longName
        self.init("\(name) \(field.name)", unit: field.units)
    }
}
