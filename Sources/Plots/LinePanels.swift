import Tensors

/// One-dimensional fields: input, truth and prediction as curves with the error beside them, a row for each sample.
public struct LinePanels: Figure {
    /// One sample.
    public struct Row: Sendable {
        /// What the sample is and its error.
        public var title: String
        /// Input values; nil where there is none to show.
        public var input: [Double]?
        /// True values.
        public var truth: [Double]
        /// Predicted values.
        public var prediction: [Double]

        /// A sample with a value at each position.
        public init(title: String, input: [Double]? = nil, truth: [Double], prediction: [Double]) {
            self.title = title
            self.input = input
            self.truth = truth
            self.prediction = prediction
        }
    }

    /// The samples, top to bottom.
    public var rows: [Row]
    /// Positions.
    public var positions: [Double]
    /// What the position is.
    public var position: Quantity
    /// What truth and prediction are.
    public var output: Quantity
    /// Title; empty for none.
    public var title: String

    /// Curves of `rows` on common positions.
    public init(rows: [Row], positions: [Double], position: Quantity = Quantity("x"), output: Quantity, title: String = "") {
        for row in rows {
            precondition(
                row.truth.count == positions.count && row.prediction.count == positions.count
                    && (row.input?.count ?? positions.count) == positions.count,
                "sample of \(row.truth.count) true and \(row.prediction.count) predicted values at \(positions.count) positions")
        }
        self.rows = rows
        self.positions = positions
        self.position = position
        self.output = output
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        guard !rows.isEmpty else { throw PlotError.nothingToDraw(figure: "line panels", reason: "no samples") }
        let (width, height) = (290.0, 130.0)
        let errorWidth = 170.0
        let (left, gap, rowGap) = (66.0, 74.0, 34.0)
        let top = title.isEmpty ? 8.0 : 30.0
        var page = Page(width: left + width + gap + errorWidth + 16, height: top + Double(rows.count) * (height + rowGap) + 42)
        page.begin()
        if !title.isEmpty { page.text(title, x: page.width / 2, y: page.height - 16, size: Look.titleSize, align: .center) }
        let x = Axis(quantity: position, range: positions.count > 1 ? positions.min()!...positions.max()! : nil)
        let errors = rows.map { row in zip(row.prediction, row.truth).map { $0 - $1 } }
        let errorRange = try Axis(quantity: output).fitted(errors.flatMap { $0 } + [0], figure: "line panels")
        let all = rows.flatMap { $0.truth + $0.prediction + ($0.input ?? []) }
        let range = try Axis(quantity: output).fitted(all, figure: "line panels")
        for (index, row) in rows.enumerated() {
            let y = page.height - top - Double(index + 1) * (height + rowGap) + 8
            let isLast = index == rows.count - 1
            page.text(row.title, x: left, y: y + height + 9, size: Look.tickSize)
            var series = [Series(label: "truth", x: positions, y: row.truth, style: .line(.black, width: 2))]
            series.append(Series(label: "prediction", x: positions, y: row.prediction, style: .line(.vermillion, dashed: true)))
            if let input = row.input { series.insert(Series(label: "input", x: positions, y: input, style: .line(.sky, width: 1)), at: 0) }
            try page.draw(
                CurvePanel(
                    frame: Frame(x: left, y: y, width: width, height: height), x: x, y: Axis(quantity: output, range: range),
                    series: series,
                    hasKey: index == 0,
                    namesX: isLast), figure: "line panels")
            try page.draw(
                CurvePanel(
                    frame: Frame(x: left + width + gap, y: y, width: errorWidth, height: height), x: x,
                    y: Axis(quantity: Quantity("error", unit: output.unit), range: errorRange),
                    series: [Series(label: "", x: positions, y: errors[index], style: .line(.blue, width: 1.2))], hasKey: false,
                    namesX: isLast),
                figure: "line panels")
        }
        page.end()
        return page
    }
}
