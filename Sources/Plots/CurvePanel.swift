import Foundation

/// One axis of a curve panel.
struct Axis {
    /// Name and unit.
    var quantity: Quantity
    /// Whether the axis is logarithmic; values that are not positive are left out.
    var isLogarithmic = false
    /// What is shown; nil fits the data.
    var range: ClosedRange<Double>?
    /// Whether a fitted linear range begins at zero.
    var includesZero = false
    /// Whether values fall upwards.
    var isReversed = false
}

/// What is drawn in a curve panel.
struct Series {
    enum Style {
        case line(CurveColor, dashed: Bool = false, width: Double = Look.curveWidth)
        case points(CurveColor, shape: PointShape = .circle, size: Double = 0.7)
        case linePoints(CurveColor, shape: PointShape = .circle, size: Double = 0.7, dashed: Bool = false)
        /// Between `y` and `upper`.
        case band(CurveColor)
        /// A broad pale line behind the others.
        case highlight(CurveColor)
        /// Thin grey help line.
        case guide
    }

    enum PointShape: Int {
        case circle = 7
        case square = 5
        case triangle = 9
        case diamond = 13
        case pentagon = 15

        /// Shape `index`, counted from the circle and repeating.
        static func numbered(_ index: Int) -> PointShape { [.circle, .square, .triangle, .diamond, .pentagon][index % 5] }
    }

    /// Text in the key; empty for none.
    var label: String
    var x: [Double]
    var y: [Double]
    /// Upper edge of a band, else empty.
    var upper: [Double] = []
    var style: Style
    /// Whether the series belongs to the second vertical axis.
    var onSecondAxis = false

    /// Whether lines run from point to point.
    var joinsPoints: Bool {
        switch style {
        case .points: false
        default: true
        }
    }
}

/// Text at a data point.
struct PointLabel {
    var text: String
    var x: Double
    var y: Double
    /// Shift in character widths and heights.
    var offset: (Double, Double) = (0.8, 0.5)
    var align: Page.Alignment = .left
    var color = CurveColor.black
}

/// Curves, points and bands on common axes.
struct CurvePanel {
    var frame: Frame
    var x: Axis
    var y: Axis
    var secondY: Axis?
    var series: [Series]
    var labels: [PointLabel] = []
    /// Whether there is a key with the series' labels.
    var hasKey = true
    /// Whether the horizontal axis has numbers and a name.
    var namesX = true
}

extension Axis {
    /// The range to show for `values`.
    ///
    /// - Throws: `PlotError.nothingToDraw` if no value can be shown.
    func fitted(_ values: [Double], figure: String) throws -> ClosedRange<Double> {
        if let range { return range }
        let shown = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        guard var low = shown.min(), var high = shown.max() else {
            throw PlotError.nothingToDraw(figure: figure, reason: "no \(isLogarithmic ? "positive" : "finite") value of \(quantity.name)")
        }
        if isLogarithmic {
            let (a, b) = (log10(low), log10(high))
            let pad = max(0.06 * (b - a), b - a < 1e-9 ? 0.15 : 0)
            return pow(10, a - pad)...pow(10, b + pad)
        }
        if includesZero { (low, high) = (min(low, 0), max(high, 0)) }
        let range = ColorScale.widened(low, high)
        let pad = 0.05 * (range.upperBound - range.lowerBound)
        return (includesZero && low == 0 ? 0 : range.lowerBound - pad)...(includesZero && high == 0 ? 0 : range.upperBound + pad)
    }

    /// The ticks of a range on a side of `length` points.
    func ticks(_ range: ClosedRange<Double>, count: Int) -> Ticks {
        isLogarithmic ? .logarithmic(range, count: count) : .linear(range, count: count)
    }

    /// Position of a value in a range, 0 at the bottom or left to 1.
    func position(_ value: Double, in range: ClosedRange<Double>) -> Double {
        let position =
            isLogarithmic
            ? log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
            : (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return isReversed ? 1 - position : position
    }

    /// The value at a position.
    func value(at position: Double, in range: ClosedRange<Double>) -> Double {
        let position = isReversed ? 1 - position : position
        return isLogarithmic
            ? range.lowerBound * pow(range.upperBound / range.lowerBound, position)
            : range.lowerBound + position * (range.upperBound - range.lowerBound)
    }
}
