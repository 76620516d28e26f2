import Foundation

/// Predicted against true values with the line of perfect agreement; both axes have the same range.
public struct ScatterFigure: Figure {
    /// True values.
    public var truth: [Double]
    /// Predicted values.
    public var prediction: [Double]
    /// What is predicted.
    public var quantity: Quantity
    /// Title, such as the correlation; empty for none.
    public var title: String

    /// Pairs of values.
    public init(truth: [Double], prediction: [Double], quantity: Quantity, title: String = "") {
        precondition(truth.count == prediction.count, "\(truth.count) true and \(prediction.count) predicted values")
        self.truth = truth
        self.prediction = prediction
        self.quantity = quantity
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        let axis = Axis(quantity: quantity)
        let range = try axis.fitted(truth + prediction, figure: "scatter")
        let size = 300.0
        var page = Page(width: size + 94, height: size + (title.isEmpty ? 62 : 86))
        page.begin()
        func named(_ prefix: String) -> Axis { Axis(quantity: Quantity("\(prefix) \(quantity.name)", unit: quantity.unit), range: range) }
        let ends = [range.lowerBound, range.upperBound]
        try page.draw(
            CurvePanel(
                frame: Frame(x: 72, y: 48, width: size, height: size), x: named("true"), y: named("predicted"),
                series: [
                    Series(label: "perfect", x: ends, y: ends, style: .line(.black, dashed: true, width: 0.8)),
                    Series(label: "samples", x: truth, y: prediction, style: .points(.blue, size: truth.count > 500 ? 0.3 : 0.5)),
                ]), figure: "scatter")
        if !title.isEmpty { page.text(title, x: page.width / 2, y: page.height - 18, size: Look.titleSize, align: .center) }
        page.end()
        return page
    }
}
