import Datasets
import Foundation
import Grids
import Metrics
import Plots
import Tensors
import Training

/// Draws what a run holds: training curves, samples with truth and prediction, errors, the comparison.
public struct RunFigures: Sendable {
    let run: Run

    /// The figures of a run.
    public init(_ run: Run) { self.run = run }

    private func file(_ name: String) -> URL { URL(fileURLWithPath: run.folder + "/" + name) }

    /// Stores a comparison as `comparison.json` and draws `comparison.png`.
    ///
    /// - Throws: `PlotError`, and what writing the file throws.
    public func writeComparison(_ result: Comparison.Result) throws {
        try ResultCoding.write(result, to: file("comparison.json").path)
        try comparison(result).write(to: file("comparison.png"))
    }

    /// Draws all figures into the run's folder and returns their paths.
    ///
    /// - Throws: `PlotError`, `DatasetsError`, `OperatorError`.
    public func drawAll(format: String = "png", workers: Workers) throws -> [String] {
        try all(workers: workers).map { name, figure in
            // An animation is a GIF whatever the format of the others.
            let isStill = type(of: figure).formats.contains { $0.rawValue == format }
            let url = file("\(name).\(isStill ? format : FigureFormat.gif.rawValue)")
            try figure.write(to: url)
            return url.path
        }
    }

    /// The figures that the run has the data for, with the names of their files.
    func all(workers: Workers) throws -> [(name: String, figure: any Figure)] {
        var figures: [(name: String, figure: any Figure)] = []
        if let history = TrainingHistory(run.folder), !history.training.isEmpty { figures.append(("training", curves(history))) }
        if run.model.description.grid.dimension <= 2, FileManager.default.fileExists(atPath: run.data("test")) {
            figures.append(("samples", try samples(workers)))
            if let surface = try surfacePressure(workers) { figures.append(("surface-pressure", surface)) }
            if let animation = try animation(workers) { figures.append(("animation", animation)) }
        }
        if let result = ResultCoding.read(Comparison.Result.self, from: file("comparison.json").path) {
            figures.append(("comparison", comparison(result)))
        }
        if let evaluation = StoredEvaluation(run.folder)?.result {
            if !evaluation.leads.isEmpty { figures.append(("lead-time", leadTimes(evaluation))) }
            if let spectra = spectra(evaluation) { figures.append(("spectra", spectra)) }
            if let resolutions = resolutions(evaluation) { figures.append(("resolutions", resolutions)) }
        }
        return figures
    }

    private func curves(_ history: TrainingHistory) -> TrainingCurves {
        let rates = history.learningRate.count == history.training.count ? history.learningRate.map(\.value) : []
        return TrainingCurves(
            epochs: history.training.map(\.epoch), training: history.training.map(\.value),
            validationEpochs: history.validation.map(\.epoch),
            validation: history.validation.map(\.value), learningRate: rates, loss: Quantity("relative L² error"),
            title: run.model.description.title)
    }

    private func leadTimes(_ result: Evaluation.Result) -> LeadTimeFigure {
        LeadTimeFigure(
            times: result.leads, curves: [.init(name: run.model.description.architecture, errors: result.leadErrors)],
            time: Quantity("time from the last input frame"), error: Quantity("relative L² error"), title: run.model.description.title)
    }

    private func comparison(_ result: Comparison.Result) -> ParetoFigure {
        func point(_ point: Comparison.Point, _ label: String) -> ParetoFigure.Point {
            ParetoFigure.Point(
                cost: 1000 * point.seconds, error: point.error,
                interval: min(point.errorLower, point.error)...max(point.errorUpper, point.error),
                label: label)
        }
        // Settings that another beats in both cost and error stay without a label.
        func isOnFront(_ point: Comparison.Point) -> Bool {
            !result.solver.contains {
                $0.error <= point.error && $0.seconds < point.seconds || $0.error < point.error && $0.seconds <= point.seconds
            }
        }
        // The tolerance is said where it varies.
        let varies = Set(result.solver.map(\.tolerance)).count > 1
        func label(_ point: Comparison.Point) -> String {
            let size = point.resolution.map(String.init).joined(separator: "×")
            guard varies, let tolerance = point.tolerance else { return size }
            return "\(size), \(Format.significant(tolerance, 1))"
        }
        let isFamily = result.operators.count > 1
        let names = Comparison.shortNames(result.operators.map(\.run))
        let operators = zip(result.operators, names).map { point($0.point, isFamily ? $1 : "operator") }
        return ParetoFigure(
            methods: [
                .init(
                    name: "classical solver",
                    points: result.solver.map { point($0, isOnFront($0) ? label($0) : "") },
                    isOperator: false),
                .init(name: isFamily ? "operators" : "operator", points: operators, isOperator: true),
            ], cost: Quantity("time of one core for a solution", unit: "ms"), error: Quantity("relative L² error"),
            referenceError: result.referenceError, verdict: result.verdict)
    }

    /// Worst, median and best test samples of the first field; of a trajectory its last frame, on a line all its frames.
    private func samples(_ workers: Workers) throws -> any Figure {
        let data = try DatasetFile(run.data("test"))
        let description = run.model.description
        let reading = SampleReading(description)
        let fields = description.stateFields.count
        func last(_ tensor: Tensor<Float>, _ sample: Int) -> Tensor<Float> {
            tensor.field(sample: sample, channel: description.window == nil ? 0 : tensor.shape[tensor.rank - 1] - fields)
        }
        var errors: [Double] = []
        for start in stride(from: 0, to: data.sampleCount, by: 32) {
            let indices = Array(start..<min(start + 32, data.sampleCount))
            let batch = try reading.samples(of: data, indices)
            let prediction = try run.model.forecast(batch, workers: workers)
            let metric = try Metric.named("relative-l2")
            for sample in indices.indices {
                errors.append(
                    try metric.value(
                        prediction: last(prediction, sample), truth: last(batch.targets, sample), on: FieldGeometry(data.grid)))
            }
        }
        let order = errors.indices.sorted { errors[$0] > errors[$1] }
        let chosen = [("worst", order[0]), ("median", order[order.count / 2]), ("best", order[order.count - 1])]
        if data.grid.dimension == 1 { return try lines(data, chosen, errors, workers) }
        // The last input frame of the first evolving field, or the first input.
        let shown = description.window.map { ($0.inputs - 1) * fields } ?? 0
        let inputField = data.schema.field(description.inputs[shown].field)!
        // The coordinates of a curvilinear grid are seen in the shape of the panels.
        let showsInput = inputField.role != .coordinate
        let times = data.times?.coordinates
        let rows = try chosen.map { name, sample in
            let batch = try reading.samples(of: data, [sample])
            let prediction = try run.model.forecast(batch, workers: workers)
            let time = description.window == nil ? "" : " at t = \(Format.significant(times!.last!))"
            return FieldPanels.Row(
                title: "\(name): sample \(sample), relative L² error\(time): \(Format.percent(errors[sample]))",
                input: showsInput ? batch.inputs.field(sample: 0, channel: shown).cast(to: Double.self) : nil,
                truth: last(batch.targets, 0).cast(to: Double.self), prediction: last(prediction, 0).cast(to: Double.self),
                grid: data.grid.isUniform ? nil : try PlotGrid(data, sample: sample))
        }
        return FieldPanels(
            rows: rows, grid: try PlotGrid(data, sample: order[order.count / 2]), input: Quantity(inputField),
            output: Quantity(data.schema.field(description.outputs[0].field)!), title: description.title)
    }
}

extension RunFigures {
    /// Samples on a line: curves, or planes of place and time where several frames are predicted.
    private func lines(_ data: DatasetFile, _ chosen: [(String, Int)], _ errors: [Double], _ workers: Workers) throws -> any Figure {
        let description = run.model.description
        let reading = SampleReading(description)
        let fields = description.stateFields.count
        let output = Quantity(data.schema.field(description.outputs[0].field)!)
        let positions = data.grid.axes[0].coordinates
        let position = Quantity(data.grid.axes[0].name, unit: data.grid.axes[0].units)
        let frames = description.window.map { data.schema.frameCount - $0.inputs } ?? 1
        let samples = try chosen.map { name, sample in
            let batch = try reading.samples(of: data, [sample])
            let prediction = try run.model.forecast(batch, workers: workers)
            func plane(_ tensor: Tensor<Float>) -> Tensor<Double> {
                .joined(
                    (0..<frames).map {
                        tensor.field(sample: 0, channel: $0 * fields).cast(to: Double.self).reshaped([1, positions.count])
                    })
            }
            let time = description.window == nil ? "" : " at t = \(Format.significant(data.times!.coordinates.last!))"
            return (
                title: "\(name): sample \(sample), relative L² error\(time): \(Format.percent(errors[sample]))",
                input: batch.inputs.field(sample: 0, channel: description.window.map { ($0.inputs - 1) * fields } ?? 0).cast(
                    to: Double.self),
                truth: plane(batch.targets), prediction: plane(prediction)
            )
        }
        guard frames > 1 else {
            return LinePanels(
                rows: samples.map {
                    .init(title: $0.title, input: $0.input.scalars, truth: $0.truth.scalars, prediction: $0.prediction.scalars)
                }, positions: positions, position: position, output: output, title: description.title)
        }
        let times = Array(data.times!.coordinates.suffix(frames))
        return FieldPanels(
            rows: samples.map { .init(title: $0.title, truth: $0.truth, prediction: $0.prediction) },
            grid: .points(xs: positions, ys: times, x: position, y: Quantity("t", unit: data.times!.units)), input: output, output: output,
            title: description.title)
    }
}

extension PlotGrid {
    /// The plot grid of a file on two axes; a curvilinear one is that of a sample, of a grid round a body in an open flow its neighbourhood.
    init(_ file: DatasetFile, sample: Int) throws {
        let axes = file.grid.axes
        guard file.grid.mapping.count == 2 else {
            self = .points(xs: axes[1].coordinates, ys: axes[0].coordinates)
            return
        }
        let nodes = try file.read(samples: [sample], fields: file.grid.mapping, as: Double.self)
        let (x, y) = (nodes.field(sample: 0, channel: 0), nodes.field(sample: 0, channel: 1))
        let isRoundBody = file.boundary.sides[axes[0].name] == .init(lower: .wall, upper: .open)
        self = .curvilinear(xs: x, ys: y, window: isRoundBody ? (-0.5...1.5, -0.75...0.75) : nil)
    }
}

extension Quantity {
    /// The name of a field up to its first colon, with its unit.
    init(_ field: FieldDescription) {
        let name = field.longName.split(separator: ":").first.map(String.init) ?? field.longName
        self.init(name == field.name ? name : "\(name) \(field.name)", unit: field.units)
    }
}
