import Foundation

extension Page {
    /// Draws a curve panel.
    ///
    /// - Throws: `PlotError.nothingToDraw`.
    mutating func draw(_ panel: CurvePanel, figure: String) throws {
        let first = panel.series.filter { !$0.onSecondAxis }
        let xRange = try panel.x.fitted(panel.series.flatMap(\.x), figure: figure)
        var yRange = try panel.y.fitted(first.flatMap { $0.y + $0.upper }, figure: figure)
        var secondRange = try panel.secondY.map { axis in
            try axis.fitted(panel.series.filter(\.onSecondAxis).flatMap { $0.y + $0.upper }, figure: figure)
        }
        let entries = panel.hasKey ? panel.series.filter { !$0.label.isEmpty } : []
        var corner = Corner.topRight
        if entries.count > 0 {
            let keyHeight = min(0.6, (Double(entries.count) * 14 + 8) / panel.frame.height)
            let keyWidth = min(0.9, (Double(entries.map(\.label.count).max()!) * 0.62 * Look.tickSize + 40) / panel.frame.width)
            let best = panel.emptiestCorner(keyWidth, keyHeight, xRange, yRange, secondRange)
            corner = best.corner
            if best.crowd > 0 && panel.y.range == nil {
                // No corner is free: make room above the data.
                let end = panel.y.value(at: 1 / (1 - keyHeight), in: yRange)
                yRange = min(yRange.lowerBound, end)...max(yRange.upperBound, end)
                if let axis = panel.secondY, let range = secondRange, axis.range == nil {
                    let end = axis.value(at: 1 / (1 - keyHeight), in: range)
                    secondRange = min(range.lowerBound, end)...max(range.upperBound, end)
                }
                corner = panel.emptiestCorner(keyWidth, keyHeight, xRange, yRange, secondRange).corner
            }
        }
        let xTicks = panel.x.ticks(xRange, count: max(3, Int(panel.frame.width / 65)))
        let yTicks = panel.y.ticks(yRange, count: max(3, Int(panel.frame.height / 38)))

        var plots: [String] = []
        for series in panel.series { plots += drawing(series, panel, floor: yRange.lowerBound) }
        self.panel(panel.frame)
        add(
            "set border \(panel.secondY == nil ? 3 : 11) lw \(Look.frameWidth) lc rgb '\(Look.frameColor)'; set tics out nomirror scale 0.5,0.3"
        )
        add("set grid xtics ytics nomxtics nomytics back lt 1 lw 0.6 lc rgb '\(Look.gridColor)'")
        if panel.x.isLogarithmic { add("set logscale x") }
        if panel.y.isLogarithmic { add("set logscale y") }
        add(
            "set xrange [\(xRange.lowerBound):\(xRange.upperBound)]; set yrange [\(yRange.lowerBound):\(yRange.upperBound)]\(panel.y.isReversed ? " reverse" : "")"
        )
        add(xTicks.command("x", labels: panel.namesX) + " offset 0,0.3")
        add(yTicks.command("y") + " offset 0.5,0")
        let middle = panel.frame.y + panel.frame.height / 2
        if panel.namesX {
            text(
                panel.x.quantity.label(power: xTicks.power), x: panel.frame.x + panel.frame.width / 2, y: panel.frame.y - 31, align: .center
            )
        }
        text(
            panel.y.quantity.label(power: yTicks.power), x: panel.frame.x - yTicks.labelWidth - 19, y: middle, align: .center, rotated: true
        )
        if let axis = panel.secondY, let range = secondRange {
            let ticks = axis.ticks(range, count: max(3, Int(panel.frame.height / 38)))
            if axis.isLogarithmic { add("set logscale y2") }
            add("set y2range [\(range.lowerBound):\(range.upperBound)]")
            add(ticks.command("y2") + " offset -0.5,0")
            text(
                axis.quantity.label(power: ticks.power), x: panel.frame.x + panel.frame.width + ticks.labelWidth + 22, y: middle,
                align: .center, rotated: true)
        }
        if entries.isEmpty {
            add("unset key")
        } else {
            add(
                "set key inside \(corner.rawValue) Left reverse samplen 2 spacing 1.15 font ',\(Look.tickSize.short)' noenhanced opaque fillcolor '#ffffff'"
            )
        }
        for label in panel.labels where label.x.isFinite && label.y.isFinite {
            add(
                "set label \(Page.quoted(label.text)) at \(label.x),\(label.y) \(label.align.rawValue) offset \(label.offset.0),\(label.offset.1) "
                    + "font ',\(Look.tickSize.short)' textcolor rgb '\(label.color.rawValue)' noenhanced front")
        }
        add("plot \(plots.joined(separator: ", \\\n  "))")
    }

    /// The elements of the `plot` command for one series; the data go into a block before it.
    private mutating func drawing(_ series: Series, _ panel: CurvePanel, floor: Double) -> [String] {
        precondition(series.x.count == series.y.count, "\(series.x.count) abscissas and \(series.y.count) ordinates")
        precondition(series.upper.isEmpty || series.upper.count == series.y.count, "\(series.upper.count) upper ends of \(series.y.count)")
        let axis = series.onSecondAxis ? panel.secondY! : panel.y
        func visible(_ value: Double, _ axis: Axis) -> Double { axis.isLogarithmic && value <= 0 ? .nan : value }
        let rows = series.x.indices.map { index in
            [visible(series.x[index], panel.x), visible(series.y[index], axis)] + (series.upper.isEmpty ? [] : [series.upper[index]])
        }
        let data = block(rows)
        let axes = series.onSecondAxis ? " axes x1y2" : ""
        let title = series.label.isEmpty ? "notitle" : "title \(Page.quoted(series.label))"
        func dash(_ dashed: Bool) -> String { dashed ? " dt (8,5)" : "" }
        switch series.style {
        case .line(let color, let dashed, let width):
            return ["\(data) using 1:2\(axes) with lines lw \(width.short) lc rgb '\(color.rawValue)'\(dash(dashed)) \(title)"]
        case .points(let color, let shape, let size):
            return ["\(data) using 1:2\(axes) with points pt \(shape.rawValue) ps \(size.short) lc rgb '\(color.rawValue)' \(title)"]
        case .linePoints(let color, let shape, let size, let dashed):
            return [
                "\(data) using 1:2\(axes) with linespoints pt \(shape.rawValue) ps \(size.short) lw \(Look.curveWidth.short) "
                    + "lc rgb '\(color.rawValue)'\(dash(dashed)) \(title)"
            ]
        case .band(let color):
            return ["\(data) using 1:2:3\(axes) with filledcurves fs solid 0.22 noborder fc rgb '\(color.rawValue)' \(title)"]
        case .highlight(let color):
            return ["\(data) using 1:2\(axes) with lines lw 7 lc rgb '#c0\(color.rawValue.dropFirst())' \(title)"]
        case .guide:
            return ["\(data) using 1:2\(axes) with lines lw 0.9 lc rgb '#707070' dt (3,4) \(title)"]
        }
    }

    /// Where the key goes.
    enum Corner: String, CaseIterable {
        case topRight = "top right"
        case topLeft = "top left"
        case bottomRight = "bottom right"
        case bottomLeft = "bottom left"
    }
}

extension CurvePanel {
    /// The corner in which a key of this size (fractions of the panel) covers least of the curves, and how much it covers.
    fileprivate func emptiestCorner(
        _ width: Double, _ height: Double, _ xRange: ClosedRange<Double>, _ yRange: ClosedRange<Double>, _ secondRange: ClosedRange<Double>?
    ) -> (corner: Page.Corner, crowd: Int) {
        var crowd = [Page.Corner: Int]()
        func count(_ px: Double, _ py: Double) {
            guard px.isFinite && py.isFinite else { return }
            let (left, right) = (px < width, px > 1 - width)
            let (bottom, top) = (py < height, py > 1 - height)
            if top && right { crowd[.topRight, default: 0] += 1 }
            if top && left { crowd[.topLeft, default: 0] += 1 }
            if bottom && right { crowd[.bottomRight, default: 0] += 1 }
            if bottom && left { crowd[.bottomLeft, default: 0] += 1 }
        }
        for series in series {
            let (axis, range) = series.onSecondAxis ? (secondY!, secondRange!) : (y, yRange)
            for values in series.upper.isEmpty ? [series.y] : [series.y, series.upper] {
                let positions = zip(series.x, values).map { (x.position($0, in: xRange), axis.position($1, in: range)) }
                for index in positions.indices {
                    let p = positions[index]
                    count(p.0, p.1)
                    guard series.joinsPoints && index + 1 < positions.count else { continue }
                    let q = positions[index + 1]
                    for t in stride(from: 0.1, to: 0.95, by: 0.1) { count(p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1)) }
                }
            }
        }
        for label in labels { count(x.position(label.x, in: xRange), y.position(label.y, in: yRange)) }
        let best = Page.Corner.allCases.min { crowd[$0, default: 0] < crowd[$1, default: 0] }!
        return (best, crowd[best, default: 0])
    }
}
