import Foundation
import Metrics

/// Error against cost of a classical solver and of an operator, both axes logarithmic: who is better where.
///
/// The points that no other point beats in both error and cost (the Pareto front) are joined by a broad pale line. A horizontal guide at the error of
/// each operator meets the solver's curve at the cost of equal error.
public struct ParetoFigure: Figure {
    /// One setting of a method.
    public struct Point: Sendable {
        /// Cost of one solve, such as seconds.
        public var cost: Double
        /// Error.
        public var error: Double
        /// Interval of the error over samples; nil for none.
        public var interval: ClosedRange<Double>?
        /// Text at the point, such as the resolution.
        public var label: String

        /// A setting.
        public init(cost: Double, error: Double, interval: ClosedRange<Double>? = nil, label: String) {
            self.cost = cost
            self.error = error
            self.interval = interval
            self.label = label
        }
    }

    /// A solver sweep (joined by a line) or a family of operators.
    public struct Method: Sendable {
        /// Name in the key.
        public var name: String
        /// Settings.
        public var points: [Point]
        /// Whether this is an operator (round marks, guides of equal error) or a solver (square marks joined by a line).
        public var isOperator: Bool

        /// A method with its settings.
        public init(name: String, points: [Point], isOperator: Bool) {
            self.name = name
            self.points = points
            self.isOperator = isOperator
        }
    }

    /// What is compared.
    public var methods: [Method]
    /// What the cost is.
    public var cost: Quantity
    /// What the error is.
    public var error: Quantity
    /// Estimated error of the reference truth, nil for unknown; smaller errors mean nothing.
    public var referenceError: Double?
    /// The verdict in one sentence, as the title.
    public var verdict: String

    /// A comparison.
    public init(methods: [Method], cost: Quantity, error: Quantity, referenceError: Double? = nil, verdict: String) {
        self.methods = methods
        self.cost = cost
        self.error = error
        self.referenceError = referenceError
        self.verdict = verdict
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        func shown(_ points: [Point]) -> [Point] { points.filter { $0.cost > 0 && $0.error > 0 && $0.cost.isFinite && $0.error.isFinite } }
        let all = shown(methods.flatMap(\.points))
        guard !all.isEmpty else { throw PlotError.nothingToDraw(figure: "Pareto figure", reason: "no point with positive cost and error") }
        let costs = Axis(quantity: cost, isLogarithmic: true)
        let errors = Axis(quantity: error, isLogarithmic: true)
        let ends =
            all.flatMap { [$0.error] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) } + (referenceError.map { [$0] } ?? [])
        let xRange = try wide(costs.fitted(all.map(\.cost), figure: "Pareto figure"))
        let yRange = try wide(errors.fitted(ends, figure: "Pareto figure"))

        let front = CostError.front(all.map { CostError(cost: $0.cost, error: $0.error) })
        var series = [Series(label: "Pareto front", x: front.map(\.cost), y: front.map(\.error), style: .highlight(.green))]
        if front.count == 1 {
            series[0] = Series(label: "Pareto front", x: front.map(\.cost), y: front.map(\.error), style: .points(.sky, size: 2.2))
        }
        var labels: [PointLabel] = []
        if let referenceError, referenceError > 0 {
            series.append(
                Series(
                    label: "error of the reference", x: [xRange.lowerBound, xRange.upperBound], y: [referenceError, referenceError],
                    style: .line(.purple, dashed: true, width: 1)))
        }
        let sweep = methods.filter { !$0.isOperator }.flatMap { shown($0.points) }.map { CostError(cost: $0.cost, error: $0.error) }
        for point in methods.filter(\.isOperator).flatMap({ shown($0.points) }) {
            guard let equal = CostError.cost(of: sweep, atError: point.error) else { continue }
            series.append(
                Series(label: "", x: [point.cost, equal, equal], y: [point.error, point.error, yRange.lowerBound], style: .guide))
            series.append(Series(label: "", x: [point.cost, point.cost], y: [point.error, yRange.lowerBound], style: .guide))
        }
        for (index, method) in methods.enumerated() {
            let color = CurveColor.numbered(index)
            let points = shown(method.points).sorted { $0.cost < $1.cost }
            guard !points.isEmpty else { continue }
            for (number, point) in points.enumerated() {
                if let interval = point.interval, interval.lowerBound > 0 {
                    series.append(
                        Series(
                            label: "", x: [point.cost, point.cost], y: [interval.lowerBound, interval.upperBound],
                            style: .line(color, dashed: false, width: 1)))
                }
                // Near the right edge the text stands on the other side of the point.
                let isLast = costs.position(point.cost, in: xRange) > 0.85
                // Operators of a family lie side by side: their names above and below in turn.
                let isAbove = points.count > 1 && number % 2 == 0
                let (dx, dy) = method.isOperator ? (0.9, isAbove ? 0.75 : -0.55) : (0.7, 0.55)
                labels.append(
                    PointLabel(
                        text: point.label, x: point.cost, y: point.error, offset: (isLast ? -dx : dx, dy), align: isLast ? .right : .left,
                        color: color))
            }
            let (x, y) = (points.map(\.cost), points.map(\.error))
            series.append(
                Series(
                    label: method.name, x: x, y: y,
                    style: method.isOperator ? .points(color, shape: .circle, size: 1.1) : .linePoints(color, shape: .square, size: 0.8)))
        }
        let lines = Page.lines(verdict).count
        var frame = Frame.standard(title: verdict, titleLines: lines)
        frame.width -= 8
        return try .single(
            CurvePanel(
                frame: frame, x: Axis(quantity: cost, isLogarithmic: true, range: xRange),
                y: Axis(quantity: error, isLogarithmic: true, range: yRange),
                series: series, labels: labels),
            title: verdict, figure: "Pareto figure")
    }

    /// A logarithmic range with room for labels on all sides.
    private func wide(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        let factor = pow(range.upperBound / range.lowerBound, 0.08)
        return (range.lowerBound / factor)...(range.upperBound * factor)
    }
}
