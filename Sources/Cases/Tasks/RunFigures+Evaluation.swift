import Datasets
import Metrics
import Plots
import Tensors

extension RunFigures {
    /// Spectra of truth, prediction and error at the last lead time, of at most four quantities; nil where there are none.
    func spectra(_ result: Evaluation.Result) -> SpectrumPanels? {
        let last = result.leads.last
        let shown = result.spectra.filter { $0.lead == last && $0.completeCount > 2 }.prefix(4)
        guard !shown.isEmpty else { return nil }
        let length = run.model.description.grid.axes[0].units
        let isContinued = shown.first?.transform == "cosine"
        let panels = shown.map { entry in
            let rings = 1..<entry.completeCount
            func curve(_ name: String, _ values: [Double]) -> SpectrumFigure.Curve {
                .init(name: name, wavenumbers: Array(entry.wavenumbers[rings]), values: Array(values[rings]))
            }
            return SpectrumFigure(
                curves: [
                    curve("truth", entry.truth), curve("prediction", entry.prediction), curve("prediction − truth", entry.error),
                ], wavenumber: Quantity("wavenumber k", unit: length == "1" ? "rad" : "rad/\(length)"),
                quantity: Quantity(isContinued ? "cosine spectrum E(k)" : "spectrum E(k)", unit: unit(entry)), title: entry.title)
        }
        let time = last.map { ", lead time \(Format.significant($0))" } ?? ""
        return SpectrumPanels(panels, title: run.model.description.title + time)
    }

    /// The unit of `E(k)`.
    private func unit(_ entry: EvaluatedSpectrum) -> String {
        let description = run.model.description
        let field = description.outputs.first { $0.field == entry.fields[0] }!.units
        let length = description.grid.axes[0].units
        // A ring's width is an inverse length; energy of a vorticity has divided by two wavenumbers, enstrophy of a velocity multiplied.
        let isVelocity = entry.fields.count > 1
        let lengths = 1 + (entry.kind == .energy && !isVelocity ? 2 : 0) - (entry.kind == .enstrophy && isVelocity ? 2 : 0)
        var parts: [String] = []
        if field != "1" { parts.append("(\(field))²") }
        if length != "1" { parts.append(lengths == 1 ? length : lengths == 3 ? "\(length)³" : "\(length)⁻¹") }
        return parts.isEmpty ? "1" : parts.joined(separator: " ")
    }

    /// Errors over the resolution with their parts, of the first field; nil where only one grid was tested.
    func resolutions(_ result: Evaluation.Result) -> ResolutionFigure? {
        let entries = result.superResolution.filter { $0.field == run.model.description.stateFields[0] }
        guard entries.count > 1 else { return nil }
        let axis = run.model.description.grid.axes.last!.name
        return ResolutionFigure(
            points: entries.map { $0.resolution.last! },
            curves: [
                .init(name: "total", values: entries.map(\.total.mean)), .init(name: "learning", values: entries.map(\.learning.mean)),
                .init(name: "aliasing", values: entries.map(\.aliasing.mean)), .init(name: "data", values: entries.map(\.data.mean)),
            ], training: entries.first(where: \.isTraining).map { $0.resolution.last! }, resolution: Quantity("points along \(axis)"),
            error: Quantity("relative L² error of \(entries[0].field)"), title: run.model.description.title)
    }

    /// Truth, prediction and error of the first field of a test sample in time, at most 60 frames: the median sample of the last evaluation, or
    /// the first sample; nil for what is not a plane in time.
    func animation(_ workers: Workers) throws -> FieldAnimation? {
        let description = run.model.description
        guard let window = description.window, description.grid.dimension == 2 else { return nil }
        let data = try DatasetFile(run.data("test"))
        let errors = StoredEvaluation(run.folder)?.result.sampleErrors ?? []
        let isKnown = errors.count == data.sampleCount
        let sample = isKnown ? errors.indices.sorted { errors[$0] < errors[$1] }[errors.count / 2] : 0
        let batch = try SampleReading(description).samples(of: data, [sample])
        let prediction = try run.model.forecast(batch, workers: workers)
        let (fields, count) = (description.stateFields.count, data.schema.frameCount - window.inputs)
        let frames = Array(stride(from: 0, to: count, by: (count + 59) / 60))
        func field(_ tensor: Tensor<Float>, _ frame: Int) -> Tensor<Double> {
            tensor.field(sample: 0, channel: frame * fields).cast(to: Double.self)
        }
        return FieldAnimation(
            truth: frames.map { field(batch.targets, $0) }, prediction: frames.map { field(prediction, $0) },
            times: frames.map { data.times!.coordinates[window.inputs + $0] }, grid: try PlotGrid(data, sample: sample),
            quantity: Quantity(data.schema.field(description.outputs[0].field)!), time: Quantity("t", unit: data.times!.units),
            frameTime: 0.2, title: "\(description.title): \(isKnown ? "median test sample" : "test sample") \(sample)")
    }
}
