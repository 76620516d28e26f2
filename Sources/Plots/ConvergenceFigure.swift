import Foundation
import Metrics

/// Error against grid spacing or time step on logarithmic axes with the fitted order of each method and reference slopes.
public struct ConvergenceFigure: Figure {
    /// One method.
    public struct Curve: Sendable {
        /// Name in the key; the fitted order is added to it.
        public var name: String
        /// Observed errors.
        public var order: ConvergenceOrder

        /// The errors of a method.
        public init(name: String, order: ConvergenceOrder) {
            self.name = name
            self.order = order
        }
    }

    /// The methods.
    public var curves: [Curve]
    /// What is refined.
    public var spacing: Quantity
    /// What the error is.
    public var error: Quantity
    /// Exponents of reference lines, such as [2, 4].
    public var slopes: [Double]
    /// Title; empty for none.
    public var title: String

    /// Errors of one or several methods.
    public init(curves: [Curve], spacing: Quantity, error: Quantity, slopes: [Double] = [], title: String = "") {
        self.curves = curves
        self.spacing = spacing
        self.error = error
        self.slopes = slopes
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        guard !curves.isEmpty else { throw PlotError.nothingToDraw(figure: "convergence", reason: "no methods") }
        var series: [Series] = []
        var labels: [PointLabel] = []
        for slope in slopes {
            // Each reference starts at the coarsest error of the method whose order is nearest.
            let nearest = curves.min { abs($0.order.fitted.estimate - slope) < abs($1.order.fitted.estimate - slope) }!.order
            let x = [nearest.spacings.first!, nearest.spacings.last!]
            let y = x.map { 0.45 * nearest.errors[0] * pow($0 / x[0], slope) }
            series.append(Series(label: "", x: x, y: y, style: .guide))
            labels.append(
                PointLabel(text: "order \(slope.short)", x: (x[0] * x[1]).squareRoot(), y: (y[0] * y[1]).squareRoot(), offset: (0.6, -0.7)))
        }
        for (index, curve) in curves.enumerated() {
            let fitted = curve.order.fitted
            let half = (fitted.upper - fitted.lower) / 2
            let spread = half.isFinite ? String(format: " ± %.2f", max(half, 0.01)) : ""
            series.append(
                Series(
                    label: "\(curve.name): \(String(format: "%.2f", fitted.estimate))\(spread)", x: curve.order.spacings,
                    y: curve.order.errors,
                    style: .linePoints(.numbered(index), shape: .numbered(index), size: 0.8)))
        }
        return try .single(
            CurvePanel(
                frame: .standard(title: title), x: Axis(quantity: spacing, isLogarithmic: true),
                y: Axis(quantity: error, isLogarithmic: true),
                series: series, labels: labels), title: title, figure: "convergence")
    }
}
