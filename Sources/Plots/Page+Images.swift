import Foundation
import Tensors

extension Page {
    /// Which sides of an image carry numbers and names.
    struct ImageLabels: OptionSet {
        let rawValue: Int
        static let x = ImageLabels(rawValue: 1)
        static let y = ImageLabels(rawValue: 2)
    }

    /// Draws a field in `frame` with frame and ticks.
    mutating func image(
        _ field: Tensor<Double>, on grid: PlotGrid, scale: ColorScale, in frame: Frame, labels: ImageLabels, levels: Int = 256
    ) {
        // Twice the pixels of a 150 dpi print, so that PDF files can be magnified.
        let raster = grid.raster(field, pixels: Int((frame.width * 300 / 72).rounded()))
        panel(frame)
        axes(grid, frame, labels)
        place(raster.rgba(scale, levels: levels), raster.width, raster.height, grid.windowX, grid.windowY, in: frame)
    }

    private mutating func axes(_ grid: PlotGrid, _ frame: Frame, _ labels: ImageLabels) {
        let xTicks = Ticks.linear(grid.windowX, count: max(2, Int(frame.width / 45)))
        let yTicks = Ticks.linear(grid.windowY, count: max(2, Int(frame.height / 32)))
        add("set border 15 lw \(Look.frameWidth) lc rgb '\(Look.frameColor)' front; unset key; set tics out nomirror scale 0.4 front")
        add(
            "set xrange [\(grid.windowX.lowerBound):\(grid.windowX.upperBound)]; set yrange [\(grid.windowY.lowerBound):\(grid.windowY.upperBound)]"
        )
        add(xTicks.command("x", labels: labels.contains(.x)) + " offset 0,0.4")
        add(yTicks.command("y", labels: labels.contains(.y)) + " offset 0.6,0")
        if labels.contains(.x) {
            text(grid.x.label(power: xTicks.power), x: frame.x + frame.width / 2, y: frame.y - 27, size: Look.tickSize, align: .center)
        }
        if labels.contains(.y) {
            text(
                grid.y.label(power: yTicks.power), x: frame.x - 8 - yTicks.labelWidth - 8, y: frame.y + frame.height / 2,
                size: Look.tickSize,
                align: .center, rotated: true)
        }
    }

    private mutating func place(
        _ rgba: Data, _ width: Int, _ height: Int, _ x: ClosedRange<Double>, _ y: ClosedRange<Double>, in frame: Frame
    ) {
        let (dx, dy) = ((x.upperBound - x.lowerBound) / Double(width), (y.upperBound - y.lowerBound) / Double(height))
        let name = attach(rgba)
        func image(_ shift: Double) -> String {
            let left = x.lowerBound + dx / 2 + shift * (x.upperBound - x.lowerBound) / frame.width
            let bottom = y.lowerBound + dy / 2 + shift * (y.upperBound - y.lowerBound) / frame.height
            return "'\(name)' binary array=(\(width),\(height)) dx=\(dx) dy=\(dy) origin=(\(left),\(bottom)) "
                + "format='%uchar' using 1:2:3:4 with rgbalpha"
        }
        // The GIF terminal leaves gaps of a pixel between some cells: a copy beneath, one pixel aside, fills them.
        add("plot " + (frameTime == nil ? "" : image(0.72) + ", ") + image(0))
    }

    /// Draws a horizontal colour bar in `frame` with numbers below it and the quantity under them; arrowheads say that values were clipped.
    mutating func colorBar(_ scale: ColorScale, _ quantity: Quantity, in frame: Frame, levels: Int = 256) {
        let steps = 256
        let low = scale.range.lowerBound
        let width = scale.range.upperBound - low
        let values: [Double?] = (0..<steps).map { low + width * (Double($0) + 0.5) / Double(steps) }
        let ticks = Ticks.linear(scale.range, count: max(2, Int(frame.width / 42)))
        panel(frame)
        add("set border 15 lw \(Look.frameWidth) lc rgb '\(Look.frameColor)' front; unset key; set tics out nomirror scale 0.4 front")
        add("set xrange [\(low):\(scale.range.upperBound)]; set yrange [0:1]; unset ytics")
        add(ticks.command("x") + " offset 0,0.4")
        // Two equal rows: gnuplot does not draw an image of one.
        place(Raster(width: steps, height: 2, values: values + values).rgba(scale, levels: levels), steps, 2, scale.range, 0...1, in: frame)
        let clipped = scale.isClipped ? " (beyond the ends: clipped)" : ""
        text(
            quantity.label(power: ticks.power) + clipped, x: frame.x + frame.width / 2, y: frame.y - 27, size: Look.tickSize, align: .center
        )
    }
}

extension Ticks {
    /// Estimated width of the widest label in points.
    var labelWidth: Double { Double(major.map(\.label.count).max() ?? 1) * 0.6 * Look.tickSize }
}
