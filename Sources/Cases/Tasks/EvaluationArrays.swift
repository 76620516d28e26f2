import Datasets
import Metrics

/// Everything that an evaluation has measured, for other programs: `evaluation.nc`.
struct EvaluationArrays {
    private let run: Run
    private let file: DatasetFile
    private let table: EvaluationTable
    private let result: Evaluation.Result

    init(_ run: Run, _ file: DatasetFile, _ table: EvaluationTable, _ result: Evaluation.Result) {
        self.run = run
        self.file = file
        self.table = table
        self.result = result
    }

    /// Writes the value of every metric for each sample, lead time and field, and the mean spectra.
    ///
    /// - Throws: `DatasetsError`.
    func write(to path: String) throws {
        let description = run.model.description
        let fields = description.stateFields
        let units = fields.map { name in description.outputs.first { $0.field == name }!.units }
        let time = file.times?.units ?? "1"
        var dimensions = [(name: "sample", count: file.sampleCount), (name: "field", count: fields.count)]
        var variables = [
            ArrayFile.Variable(
                "sample", ["sample"], (0..<file.sampleCount).map(Double.init),
                attributes: ["long_name": .text("number of the sample in its file"), "standard_name": .text("realization")]),
            ArrayFile.Variable(
                "field", ["field"], fields.indices.map(Double.init),
                attributes: [
                    "long_name": .text("field"), "flag_values": .real(fields.indices.map(Double.init)),
                    "flag_meanings": .text(fields.joined(separator: " ")),
                ]),
        ]
        if !result.leads.isEmpty {
            dimensions.append(("lead", result.leads.count))
            variables.append(
                .init(
                    "lead", ["lead"], result.leads,
                    attributes: ["long_name": .text("time from the last input frame"), "units": .text(time)]))
        }
        variables += table.arrays(units: units, time: time)
        let spectra = spectra(length: file.grid.axes[0].units)
        dimensions += spectra.dimensions
        variables += spectra.variables
        let attributes: [String: AttributeValue] = [
            "Conventions": .text("CF-1.11"), "title": .text("Errors of \(description.title)"), "source": .text(EddyVersion.source),
            "dataset": .text(file.path), "dataset_id": .text(file.id), "architecture": .text(description.architecture),
            "model_training_data": .text(description.trainingData),
        ]
        try ArrayFile(dimensions: dimensions, variables: variables, attributes: attributes).write(to: path)
    }

    private func spectra(length: String) -> (dimensions: [(name: String, count: Int)], variables: [ArrayFile.Variable]) {
        guard let first = result.spectra.first else { return ([], []) }
        let leads = result.spectra.filter { $0.kind == first.kind && $0.fields == first.fields }.compactMap(\.lead)
        var dimensions = [(name: "wavenumber", count: first.wavenumbers.count)]
        var variables = [
            ArrayFile.Variable(
                "wavenumber", ["wavenumber"], first.wavenumbers,
                attributes: [
                    "long_name": .text("wavenumber, middle of a ring; rings from number complete_rings on lack their corners"),
                    "units": .text(length == "1" ? "rad" : "rad \(length)-1"), "complete_rings": .integer([first.completeCount]),
                    "transform": .text(
                        first.transform == "fourier" ? "Fourier series" : "cosine series: fields continued evenly across the ends of axes"),
                ])
        ]
        if !leads.isEmpty {
            dimensions.append(("spectrum_lead", leads.count))
            variables.append(
                .init("spectrum_lead", ["spectrum_lead"], leads, attributes: ["long_name": .text("lead times of the spectra")]))
        }
        let names = leads.isEmpty ? ["wavenumber"] : ["spectrum_lead", "wavenumber"]
        var seen: Set<String> = []
        for entry in result.spectra {
            let name = "\(entry.kind.rawValue)_\(entry.fields.count == 1 ? entry.fields[0] : "velocity")"
            guard seen.insert(name).inserted else { continue }
            let all = result.spectra.filter { $0.kind == entry.kind && $0.fields == entry.fields }
            // Lead times at which every prediction has blown up have none.
            guard all.count == max(leads.count, 1) else { continue }
            for (suffix, values) in [("truth", \EvaluatedSpectrum.truth), ("prediction", \.prediction), ("error", \.error)] {
                variables.append(
                    .init(
                        "\(name)_\(suffix)", names, all.flatMap { $0[keyPath: values] },
                        attributes: ["long_name": .text("\(entry.kind.rawValue) spectrum E(k) of the \(suffix), mean over the samples")]))
            }
        }
        return (dimensions, variables)
    }
}
