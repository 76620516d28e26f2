import Metrics

/// Error against lead time: the median over samples with a band between two quantiles, for one or several methods.
public struct LeadTimeFigure: Figure {
    /// One method.
    public struct Curve: Sendable {
        /// Name in the key.
        public var name: String
        /// Median at each lead time.
        public var median: [Double]
        /// Lower and upper quantile at each lead time; empty for no band.
        public var lower: [Double]
        /// Upper quantile at each lead time.
        public var upper: [Double]

        /// A curve with its band.
        public init(name: String, median: [Double], lower: [Double] = [], upper: [Double] = []) {
            precondition(
                lower.count == upper.count && (lower.isEmpty || lower.count == median.count), "band of \(lower.count), \(upper.count)")
            self.name = name
            self.median = median
            self.lower = lower
            self.upper = upper
        }

        /// The median and the quantiles `q` and `1 - q` of `errors[sample][lead]`.
        public init(name: String, errors: [[Double]], quantile q: Double = 0.1) {
            precondition(!errors.isEmpty && errors.allSatisfy { $0.count == errors[0].count }, "errors of \(errors.count) samples")
            let leads = errors[0].indices.map { lead in errors.map { $0[lead] } }
            self.init(
                name: name, median: leads.map { Quantile.of($0, 0.5) }, lower: leads.map { Quantile.of($0, q) },
                upper: leads.map { Quantile.of($0, 1 - q) })
        }
    }

    /// Lead times.
    public var times: [Double]
    /// The methods.
    public var curves: [Curve]
    /// What the time is.
    public var time: Quantity
    /// What the error is.
    public var error: Quantity
    /// What the band is, for the key, such as `10 % to 90 % of samples`.
    public var bandName: String
    /// Whether the error axis is logarithmic.
    public var isLogarithmic: Bool
    /// Title; empty for none.
    public var title: String

    /// Curves over common lead times.
    public init(
        times: [Double], curves: [Curve], time: Quantity, error: Quantity, bandName: String = "10 % to 90 % of samples",
        isLogarithmic: Bool = true,
        title: String = ""
    ) {
        precondition(
            curves.allSatisfy { $0.median.count == times.count }, "curves of \(curves.map(\.median.count)) values at \(times.count) times")
        self.times = times
        self.curves = curves
        self.time = time
        self.error = error
        self.bandName = bandName
        self.isLogarithmic = isLogarithmic
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        var series: [Series] = []
        for (index, curve) in curves.enumerated() where !curve.lower.isEmpty {
            let name = curves.count == 1 ? bandName : ""
            series.append(Series(label: name, x: times, y: curve.lower, upper: curve.upper, style: .band(.numbered(index))))
        }
        for (index, curve) in curves.enumerated() {
            let color = CurveColor.numbered(index)
            let style: Series.Style = times.count <= 30 ? .linePoints(color, shape: .numbered(index), size: 0.55) : .line(color)
            series.append(Series(label: curve.name, x: times, y: curve.median, style: style))
        }
        return try .single(
            CurvePanel(
                frame: .standard(title: title), x: Axis(quantity: time),
                y: Axis(quantity: error, isLogarithmic: isLogarithmic, includesZero: true),
                series: series), title: title, figure: "error against lead time")
    }
}
