import Foundation
import Metrics

/// How the per-sample errors are spread: counts in equal bins of the logarithm (or of the value), with median and mean marked.
public struct ErrorHistogram: Figure {
    /// Error of each sample.
    public var errors: [Double]
    /// What the error is.
    public var quantity: Quantity
    /// Title; empty for none.
    public var title: String

    /// The spread of `errors`.
    public init(errors: [Double], quantity: Quantity, title: String = "") {
        self.errors = errors
        self.quantity = quantity
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        let finite = errors.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else {
            throw PlotError.nothingToDraw(figure: "error histogram", reason: "no finite error")
        }
        // Logarithmic bins where the errors span more than a factor of three.
        let isLogarithmic = low > 0 && high > 3 * low
        let axis = Axis(quantity: quantity, isLogarithmic: isLogarithmic)
        let range = isLogarithmic ? low...high : ColorScale.widened(low, high)
        // Rice's rule.
        let bins = min(40, max(5, Int((2 * cbrt(Double(finite.count))).rounded(.up))))
        var counts = [Double](repeating: 0, count: bins)
        for error in finite { counts[min(bins - 1, max(0, Int(axis.position(error, in: range) * Double(bins))))] += 1 }
        let edges = (0...bins).map { axis.value(at: Double($0) / Double(bins), in: range) }
        var outline: (x: [Double], y: [Double]) = ([], [])
        for (index, count) in counts.enumerated() {
            outline.x += [edges[index], edges[index + 1]]
            outline.y += [count, count]
        }
        let top = counts.max()!
        let median = Quantile.of(errors, 0.5)
        let mean = finite.reduce(0, +) / Double(finite.count)
        var series = [
            Series(label: "", x: outline.x, y: outline.x.map { _ in 0 }, upper: outline.y, style: .band(.blue)),
            Series(label: "", x: [outline.x[0]] + outline.x + [outline.x.last!], y: [0] + outline.y + [0], style: .line(.blue, width: 1)),
        ]
        if median.isFinite {
            series.append(Series(label: "median \(threeDigits(median))", x: [median, median], y: [0, top], style: .line(.vermillion)))
        }
        series.append(Series(label: "mean \(threeDigits(mean))", x: [mean, mean], y: [0, top], style: .line(.black, dashed: true)))
        let left = errors.count - finite.count
        let name = left == 0 ? "number of samples" : "number of samples (\(left) not finite left out)"
        return try .single(
            CurvePanel(
                frame: .standard(title: title), x: axis, y: Axis(quantity: Quantity(name), includesZero: true), series: series),
            title: title,
            figure: "error histogram")
    }
}
