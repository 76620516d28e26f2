import Datasets
import Foundation
import Metrics
import Tensors

/// Terms of every metric, field, frame and sample, and the entries that follow from them.
struct EvaluationTable {
    private let metrics: [Metric]
    private let fields: [String]
    /// Metrics that the grid does not offer enough for, with what they need.
    let leftOut: [String]
    /// Lead times of the frames; nil where there is no time.
    private let leads: [Double]?
    private let geometry: FieldGeometry
    /// `[metric][field][frame][sample]`.
    private var terms: [[[[Metric.Terms]]]]
    /// `[metric][field][sample]` of the metrics that compare whole series.
    private var series: [[[Double]]]

    /// An empty table for fields on a grid, at several lead times or without time; metrics that need more than that are left out.
    init(metrics: [Metric], fields: [String], leads: [Double]?, on geometry: FieldGeometry) {
        let fits = { (metric: Metric) in metric.isDefined(on: geometry) && (metric.comparesFields || leads != nil) }
        self.metrics = metrics.filter(fits)
        leftOut = metrics.filter { !fits($0) }.map { "\($0.name) (needs \($0.needs.text))" }
        self.fields = fields
        self.leads = leads
        self.geometry = geometry
        let frames = leads?.count ?? 1
        terms = self.metrics.map { _ in fields.map { _ in Array(repeating: [], count: frames) } }
        series = self.metrics.map { _ in fields.map { _ in [] } }
    }

    /// Takes in predictions and truths `[sample, x..., frame * field]`.
    mutating func add(_ prediction: Tensor<Float>, _ truth: Tensor<Float>) throws {
        let frames = leads?.count ?? 1
        for sample in 0..<prediction.shape[0] {
            for field in fields.indices {
                let pairs = (0..<frames).map { frame in
                    (
                        prediction.field(sample: sample, channel: frame * fields.count + field),
                        truth.field(sample: sample, channel: frame * fields.count + field)
                    )
                }
                for (number, metric) in metrics.enumerated() {
                    guard metric.comparesFields else {
                        series[number][field].append(
                            try metric.value(predictions: pairs.map(\.0), truths: pairs.map(\.1), times: leads!, on: geometry))
                        continue
                    }
                    for (frame, pair) in pairs.enumerated() {
                        terms[number][field][frame].append(try metric.terms(prediction: pair.0, truth: pair.1, on: geometry))
                    }
                }
            }
        }
    }

    /// Relative L2 error of each sample and frame of the first field, `[sample][frame]`.
    var relativeErrors: [[Double]] {
        guard let number = metrics.firstIndex(where: { $0.name == "relative-l2" }), let count = terms[number][0].first?.count else {
            return []
        }
        return (0..<count).map { sample in terms[number][0].map { metrics[number].value(of: $0[sample]) } }
    }

    /// Relative L2 error of each sample, over all frames, of the first field.
    var sampleErrors: [Double] {
        guard let number = metrics.firstIndex(where: { $0.name == "relative-l2" }) else { return [] }
        return whole(number, 0).map { metrics[number].value(of: $0) }
    }

    /// Terms of whole trajectories: those of their frames pooled.
    private func whole(_ metric: Int, _ field: Int) -> [Metric.Terms] {
        let frames = terms[metric][field]
        if frames.count == 1 { return frames[0] }
        return (0..<(frames.first?.count ?? 0)).map { sample in metrics[metric].pooled(frames.map { $0[sample] }) }
    }

    /// Entries of whole trajectories (or of fields without time), then of each lead time.
    var entries: [Evaluation.Entry] {
        metrics.indices.flatMap { number in
            fields.indices.flatMap { field -> [Evaluation.Entry] in
                let metric = metrics[number]
                guard metric.comparesFields else { return [entry(metric, field, lead: nil, values: series[number][field])] }
                let whole = entry(metric, field, lead: nil, terms: whole(number, field))
                guard let leads else { return [whole] }
                return [whole] + leads.indices.map { entry(metric, field, lead: leads[$0], terms: terms[number][field][$0]) }
            }
        }
    }

    private func entry(_ metric: Metric, _ field: Int, lead: Double?, terms: [Metric.Terms]) -> Evaluation.Entry {
        var entry = entry(metric, field, lead: lead, values: terms.map { metric.value(of: $0) })
        if metric.aggregations.contains(.pooled) { entry.pooled = metric.value(of: terms, by: .pooled) }
        return entry
    }

    private func entry(_ metric: Metric, _ field: Int, lead: Double?, values: [Double]) -> Evaluation.Entry {
        let isBetter: (Double, Double) -> Bool = { abs($0 - metric.best) < abs($1 - metric.best) }
        let ascending = metric.best == 0
        // Worst first; the sort is stable, so that of equal samples the first comes first.
        let order = values.indices.sorted { ascending ? isBetter(values[$1], values[$0]) : values[$0] < values[$1] }
        let interval = Bootstrap().mean(values)
        return Evaluation.Entry(
            resolution: geometry.shape, field: fields[field], lead: lead, metric: metric.name,
            mean: values.reduce(0, +) / Double(values.count), lower: interval?.lower, upper: interval?.upper, pooled: nil,
            median: values.sorted()[values.count / 2], worst: values[order[0]], worstSamples: Array(order.prefix(Evaluation.worstCount)),
            samples: values.count)
    }

    /// Every value of every metric as arrays `[sample, lead, field]` and, of whole trajectories, `[sample, field]`.
    ///
    /// - Parameter units: unit of each field and of time.
    func arrays(units: [String], time: String) -> [ArrayFile.Variable] {
        let samples = terms.first?.first?.first?.count ?? series.first?.first?.count ?? 0
        return metrics.indices.flatMap { number -> [ArrayFile.Variable] in
            let metric = metrics[number]
            let name = metric.name.replacingOccurrences(of: "-", with: "_").replacingOccurrences(of: ".", with: "")
            let field = Set(units).count == 1 ? units[0] : "unit of the field"
            let attributes: [String: AttributeValue] = [
                "long_name": .text(metric.title), "units": .text(metric.unit.symbol(field: field, time: time)),
                "definition": .text(metric.formula), "source": .text(metric.source),
            ]
            func array(_ suffix: String, _ dimensions: [String], _ values: [Double]) -> ArrayFile.Variable {
                ArrayFile.Variable(name + suffix, dimensions, values, attributes: attributes)
            }
            guard metric.comparesFields else {
                let values = (0..<samples).flatMap { sample in fields.indices.map { series[number][$0][sample] } }
                return [array("", ["sample", "field"], values)]
            }
            let whole = fields.indices.map { self.whole(number, $0).map { metric.value(of: $0) } }
            let pooled = array(leads == nil ? "" : "_trajectory", ["sample", "field"], (0..<samples).flatMap { s in whole.map { $0[s] } })
            guard let leads else { return [pooled] }
            let each = (0..<samples).flatMap { sample in
                leads.indices.flatMap { lead in fields.indices.map { metric.value(of: terms[number][$0][lead][sample]) } }
            }
            return [array("", ["sample", "lead", "field"], each), pooled]
        }
    }
}
