import Foundation
import Tensors

/// A time series of fields as an animated GIF: truth alone, or truth, prediction and error side by side; the colour scales are fixed over time.
public struct FieldAnimation: Figure {
    /// GIF only.
    public static var formats: [FigureFormat] { [.gif] }

    /// True field at each time.
    public var truth: [Tensor<Double>]
    /// Predicted field at each time; empty for none.
    public var prediction: [Tensor<Double>]
    /// Times.
    public var times: [Double]
    /// Where the values lie.
    public var grid: PlotGrid
    /// What the field is.
    public var quantity: Quantity
    /// What the time is.
    public var time: Quantity
    /// Seconds that a frame is shown.
    public var frameTime: Double
    /// Title; empty for none.
    public var title: String

    /// An animation of fields of the grid's shape.
    public init(
        truth: [Tensor<Double>], prediction: [Tensor<Double>] = [], times: [Double], grid: PlotGrid, quantity: Quantity,
        time: Quantity = Quantity("t"), frameTime: Double = 0.1, title: String = ""
    ) {
        precondition(truth.count == times.count, "\(truth.count) fields at \(times.count) times")
        precondition(prediction.isEmpty || prediction.count == truth.count, "\(prediction.count) predictions of \(truth.count) fields")
        self.truth = truth
        self.prediction = prediction
        self.times = times
        self.grid = grid
        self.quantity = quantity
        self.time = time
        self.frameTime = frameTime
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        guard !truth.isEmpty else { throw PlotError.nothingToDraw(figure: "animation", reason: "no times") }
        guard let scale = ColorScale.fitting(truth, guests: prediction) else {
            throw PlotError.nothingToDraw(figure: "animation", reason: "no finite value")
        }
        let errors = zip(prediction, truth).map { p, t in Tensor<Double>(t.shape, zip(p.scalars, t.scalars).map { $0 - $1 }) }
        let errorScale = ColorScale.signed(errors, limit: scale.range.upperBound - scale.range.lowerBound) ?? ColorScale(-1...1, .balance)
        let columns = prediction.isEmpty ? 1 : 3
        let width = columns == 1 ? 300.0 : 190.0
        let (left, right, gap, bottom) = (58.0, 18.0, 18.0, 92.0)
        let top = title.isEmpty ? 40.0 : 60.0
        let height = width * grid.aspect
        var page = Page(width: left + right + Double(columns) * width + gap * Double(columns - 1), height: top + bottom + height)
        page.frameTime = frameTime
        func x(_ column: Int) -> Double { left + Double(column) * (width + gap) }
        func frame(_ column: Int) -> Frame { Frame(x: x(column), y: bottom, width: width, height: height) }
        // Two maps of 100 colours, frames and text fit the 256 colours of a GIF.
        let levels = 100
        for (index, field) in truth.enumerated() {
            if index == 0 { page.begin() } else { page.nextFrame() }
            if !title.isEmpty { page.text(title, x: page.width / 2, y: page.height - 16, size: Look.titleSize, align: .center) }
            let unit = time.unit.isEmpty || time.unit == "1" ? "" : " \(time.unit)"
            let clock = "\(time.name) = \(Ticks.fixed(times[index], among: times))\(unit)"
            if columns == 1 {
                page.text(clock, x: x(0) + width / 2, y: bottom + height + 12, align: .center)
            } else {
                for (column, name) in ["truth", "prediction", "prediction − truth"].enumerated() {
                    page.text(name, x: x(column) + width / 2, y: bottom + height + 12, align: .center)
                }
                page.text(clock, x: left, y: page.height - (title.isEmpty ? 14 : 34), size: Look.fontSize)
            }
            page.image(field, on: grid, scale: scale, in: frame(0), labels: [.x, .y], levels: levels)
            if columns == 3 {
                page.image(prediction[index], on: grid, scale: scale, in: frame(1), labels: .x, levels: levels)
                page.image(errors[index], on: grid, scale: errorScale, in: frame(2), labels: .x, levels: levels)
                page.colorBar(
                    errorScale, Quantity("error", unit: quantity.unit), in: Frame(x: x(2), y: 40, width: width, height: 8), levels: levels)
            }
            page.colorBar(
                scale, quantity, in: Frame(x: x(0), y: 40, width: columns == 1 ? width : 2 * width + gap, height: 8), levels: levels)
        }
        page.end()
        return page
    }
}
