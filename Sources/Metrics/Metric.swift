import Tensors

/// A number that compares a predicted field with the true one: the same for a solver and for an operator.
///
/// All arithmetic is in Float64 whatever the precision of the fields. `e = prediction - truth`, `u = truth`, sums run over the grid points with
/// the quadrature weights `w` of the `FieldGeometry` (1 where it has none).
///
/// A metric of one field is stored as two terms, so that both published aggregations follow from the same numbers:
/// the mean over samples of per-sample values (`Aggregation.mean`), and the value of the pooled terms (`Aggregation.pooled`), which is the ratio of
/// norms over the whole set for relative errors.
public struct Metric: Sendable {
    /// The name in case files and tables, such as `relative-l2`.
    public let name: String
    /// The name in words, for titles and axis labels.
    public let title: String
    /// The definition as text.
    public let formula: String
    /// Where the definition comes from.
    public let source: String
    /// The unit of the value.
    public let unit: MetricUnit
    /// What the grid must offer.
    public let needs: MetricNeeds
    /// The value of a perfect prediction: 0 for errors, 1 for correlations, infinity for the time until decorrelation.
    public let best: Double
    let body: Body

    /// One sample's share: the value is a function of `numerator` and `denominator`, see `Metric.value(of:)`.
    public struct Terms: Sendable, Equatable, Codable {
        /// Numerator, such as the sum of `w e^2`.
        public var numerator: Double
        /// Denominator, such as the sum of `w u^2`; 1 for absolute errors.
        public var denominator: Double

        /// Terms with the given values.
        public init(_ numerator: Double, _ denominator: Double) {
            self.numerator = numerator
            self.denominator = denominator
        }
    }

    /// How one number is made of the samples of a set.
    public enum Aggregation: String, Sendable, CaseIterable, Codable {
        /// The mean over the samples of the per-sample values (for relative errors: mean of ratios).
        case mean
        /// The value of all samples taken as one long field (for relative errors: ratio of norms; for maximum errors: the largest).
        case pooled
    }

    typealias FieldBody = @Sendable (_ prediction: Tensor<Double>, _ truth: Tensor<Double>, _ geometry: FieldGeometry) -> Terms
    typealias SeriesBody =
        @Sendable (_ predictions: [Tensor<Double>], _ truths: [Tensor<Double>], _ times: [Double], _ geometry: FieldGeometry) -> Double

    /// How the value follows from the terms.
    enum Combination {
        /// `numerator / denominator`, summed over the samples of a pool.
        case ratio
        /// `sqrt(numerator / denominator)`, summed over the samples of a pool.
        case root
        /// `numerator / denominator`, the largest of each over the samples of a pool.
        case largest
        /// `numerator / denominator`, with no meaning for a pool.
        case separate
    }

    enum Body {
        case field(Combination, FieldBody)
        case series(SeriesBody)
    }

    /// Whether the metric compares single fields (true) or whole time series (false).
    public var comparesFields: Bool {
        if case .field = body { true } else { false }
    }

    /// The aggregations that have a meaning for this metric.
    public var aggregations: [Aggregation] {
        switch body {
        case .field(.separate, _), .series: [.mean]
        case .field: Aggregation.allCases
        }
    }

    /// Whether the metric is defined on such a grid.
    public func isDefined(on geometry: FieldGeometry) -> Bool { needs.unmet(by: geometry) == nil }

    /// The two terms of one sample.
    ///
    /// - Parameters:
    ///   - prediction: shape `geometry.shape`.
    ///   - truth: shape `geometry.shape`.
    /// - Throws: `MetricError.notDefined` where the grid does not offer what the metric needs; `MetricError.truthNotFinite`.
    public func terms<Element: Scalar>(prediction: Tensor<Element>, truth: Tensor<Element>, on geometry: FieldGeometry) throws -> Terms {
        guard case .field(let combination, let body) = body else {
            preconditionFailure("metric '\(name)' compares time series, not single fields")
        }
        try check(prediction, truth, geometry)
        let (prediction, truth): (Tensor<Double>, Tensor<Double>) = (prediction.cast(), truth.cast())
        if Metric.firstNotFinite(prediction) == nil {
            let terms = body(prediction, truth, geometry)
            if terms.numerator.isFinite && terms.denominator.isFinite { return terms }
        }
        try requireFinite(truth)
        // The prediction has overflowed: infinitely wrong, or without any correlation.
        if case .separate = combination, best != 0 { return Terms(0, 1) }
        return Terms(.infinity, 1)
    }

    /// The value of one sample, or of pooled terms.
    ///
    /// A relative error against a truth that is zero everywhere is 0 if the prediction is zero too, else infinite.
    public func value(of terms: Terms) -> Double {
        guard case .field(let combination, _) = body else {
            preconditionFailure("metric '\(name)' compares time series, not single fields")
        }
        let ratio = terms.denominator == 0 ? (terms.numerator == 0 ? 0 : .infinity) : terms.numerator / terms.denominator
        if case .root = combination { return ratio.squareRoot() }
        return ratio
    }

    /// The value of one sample.
    ///
    /// - Throws: as `terms(prediction:truth:on:)`.
    public func value<Element: Scalar>(prediction: Tensor<Element>, truth: Tensor<Element>, on geometry: FieldGeometry) throws -> Double {
        value(of: try terms(prediction: prediction, truth: truth, on: geometry))
    }

    /// The value of a time series of one sample; `predictions` and `truths` hold one field for each of `times`.
    ///
    /// - Throws: as `terms(prediction:truth:on:)`.
    public func value<Element: Scalar>(
        predictions: [Tensor<Element>], truths: [Tensor<Element>], times: [Double], on geometry: FieldGeometry
    ) throws -> Double {
        guard case .series(let body) = body else { preconditionFailure("metric '\(name)' compares single fields, not time series") }
        precondition(
            predictions.count == times.count && truths.count == times.count && !times.isEmpty,
            "\(predictions.count) predictions and \(truths.count) truths at \(times.count) times")
        for (prediction, truth) in zip(predictions, truths) {
            try check(prediction, truth, geometry)
            try requireFinite(truth.cast())
        }
        return body(predictions.map { $0.cast() }, truths.map { $0.cast() }, times, geometry)
    }

    /// One number for a set of samples.
    public func value(of samples: [Terms], by aggregation: Aggregation) -> Double {
        precondition(!samples.isEmpty, "metric '\(name)' of no samples")
        precondition(aggregations.contains(aggregation), "metric '\(name)' has no \(aggregation.rawValue) value")
        switch (aggregation, body) {
        case (.mean, _):
            return samples.reduce(0) { $0 + value(of: $1) } / Double(samples.count)
        case (.pooled, _):
            return value(of: pooled(samples))
        }
    }

    /// The terms of several fields taken as one long field: of the frames of a trajectory, or of all samples.
    ///
    /// Where that has no meaning for the metric, the terms of the mean value.
    public func pooled(_ terms: [Terms]) -> Terms {
        precondition(!terms.isEmpty, "metric '\(name)' of no fields")
        switch body {
        case .field(.largest, _): return Terms(terms.map(\.numerator).max()!, terms.map(\.denominator).max()!)
        case .field(.ratio, _), .field(.root, _):
            return terms.reduce(Terms(0, 0)) { Terms($0.numerator + $1.numerator, $0.denominator + $1.denominator) }
        case .field(.separate, _), .series: return Terms(terms.reduce(0) { $0 + value(of: $1) } / Double(terms.count), 1)
        }
    }

    private func check<Element: Scalar>(_ prediction: Tensor<Element>, _ truth: Tensor<Element>, _ geometry: FieldGeometry) throws {
        precondition(
            prediction.shape == geometry.shape && truth.shape == geometry.shape,
            "prediction \(prediction.shape) and truth \(truth.shape) on a grid of shape \(geometry.shape)")
        if let needs = needs.unmet(by: geometry) { throw MetricError.notDefined(metric: name, needs: needs) }
    }

    private func requireFinite(_ truth: Tensor<Double>) throws {
        guard let index = Metric.firstNotFinite(truth) else { return }
        throw MetricError.truthNotFinite(metric: name, index: index, value: "\(truth.basePointer[index])")
    }

    private static func firstNotFinite(_ field: Tensor<Double>) -> Int? {
        let values = field.basePointer
        for index in 0..<field.count where !values[index].isFinite { return index }
        return nil
    }
}

/// The unit that the value of a metric carries.
public enum MetricUnit: String, Sendable, CaseIterable {
    /// A pure number.
    case one = "1"
    /// The unit of the field.
    case field = "unit of the field"
    /// The unit of time.
    case time = "unit of time"

    /// The unit in symbols, given those of the field and of time.
    public func symbol(field: String, time: String) -> String {
        switch self {
        case .one: "1"
        case .field: field
        case .time: time
        }
    }
}

/// What a metric asks of the grid.
public struct MetricNeeds: OptionSet, Sendable {
    /// One bit for each need.
    public let rawValue: Int
    /// Needs with the given bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Equal spacing along each axis.
    public static let uniform = MetricNeeds(rawValue: 1)
    /// Periodicity along every axis.
    public static let periodic = MetricNeeds(rawValue: 2)
    /// At least one axis with ends.
    public static let boundary = MetricNeeds(rawValue: 4)
    /// A time series instead of one field.
    public static let series = MetricNeeds(rawValue: 8)

    /// The needs in words; "any grid" for none.
    public var text: String {
        let words = [
            (MetricNeeds.uniform, "a uniform grid"), (.periodic, "periodicity along every axis"),
            (.boundary, "an axis that is not periodic"),
            (.series, "a time series"),
        ]
        let present = words.filter { contains($0.0) }.map(\.1)
        return present.isEmpty ? "any grid" : present.joined(separator: ", ")
    }

    /// The first need that the grid does not meet.
    func unmet(by geometry: FieldGeometry) -> String? {
        if contains(.uniform) && geometry.spacing == nil { return MetricNeeds.uniform.text }
        if contains(.periodic) && !geometry.periodic.allSatisfy({ $0 }) { return MetricNeeds.periodic.text }
        if contains(.boundary) && geometry.periodic.allSatisfy({ $0 }) { return MetricNeeds.boundary.text }
        return nil
    }
}
