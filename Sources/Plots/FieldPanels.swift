import Tensors

/// Input, truth, prediction and error of some samples side by side: a row for each sample, a column for each field.
///
/// Truth and prediction share one scale over all rows, errors (prediction minus truth) another that is centred at zero.
public struct FieldPanels: Figure {
    /// One sample.
    public struct Row: Sendable {
        /// What the sample is and its error, such as `worst: sample 17, relative L² error 0.0312`.
        public var title: String
        /// Input field; nil where there is none to show.
        public var input: Tensor<Double>?
        /// True field.
        public var truth: Tensor<Double>
        /// Predicted field.
        public var prediction: Tensor<Double>
        /// Where the values of this sample lie, if not where those of all do (bodies of different shapes).
        public var grid: PlotGrid?

        /// A sample with fields of the grid's shape.
        public init(
            title: String, input: Tensor<Double>? = nil, truth: Tensor<Double>, prediction: Tensor<Double>, grid: PlotGrid? = nil
        ) {
            self.grid = grid
            self.title = title
            self.input = input
            self.truth = truth
            self.prediction = prediction
        }
    }

    /// The samples, top to bottom.
    public var rows: [Row]
    /// Where the values lie.
    public var grid: PlotGrid
    /// What the input is.
    public var inputQuantity: Quantity
    /// What truth and prediction are.
    public var outputQuantity: Quantity
    /// Title above everything; empty for none.
    public var title: String

    /// Panels of `rows` on one grid.
    public init(rows: [Row], grid: PlotGrid, input: Quantity, output: Quantity, title: String = "") {
        self.rows = rows
        self.grid = grid
        self.inputQuantity = input
        self.outputQuantity = output
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        guard !rows.isEmpty else { throw PlotError.nothingToDraw(figure: "field panels", reason: "no samples") }
        let truths = rows.map(\.truth)
        let predictions = rows.map(\.prediction)
        for row in rows {
            precondition(row.truth.shape == row.prediction.shape, "truth \(row.truth.shape) and prediction \(row.prediction.shape)")
        }
        let errors = rows.map { row in
            Tensor<Double>(row.truth.shape, zip(row.prediction.scalars, row.truth.scalars).map { $0 - $1 })
        }
        guard let outputScale = ColorScale.fitting(truths, guests: predictions) else {
            throw PlotError.nothingToDraw(figure: "field panels", reason: "no finite value in truth or prediction")
        }
        let limit = outputScale.range.upperBound - outputScale.range.lowerBound
        let errorScale = ColorScale.signed(errors, limit: limit) ?? ColorScale(-1...1, .balance)
        let inputs = rows.compactMap(\.input)
        let inputScale = inputs.isEmpty ? nil : ColorScale.fitting(inputs) ?? ColorScale(0...1, .viridis)

        let columns = inputScale == nil ? 3 : 4
        let (left, right, gap) = (52.0, 16.0, 15.0)
        let pageWidth = columns == 4 ? 612.0 : 504.0
        let width = (pageWidth - left - right - gap * Double(columns - 1)) / Double(columns)
        let height = width * grid.aspect
        let rowGap = 26.0
        let (top, bottom) = (title.isEmpty ? 24.0 : 46.0, 92.0)
        let pageHeight = top + bottom + Double(rows.count) * (height + rowGap) - 6
        var page = Page(width: pageWidth, height: pageHeight)
        page.begin()
        if !title.isEmpty { page.text(title, x: pageWidth / 2, y: pageHeight - 16, size: Look.titleSize, align: .center) }

        func x(_ column: Int) -> Double { left + Double(column) * (width + gap) }
        let first = inputScale == nil ? 0 : 1
        let names = (inputScale == nil ? [] : ["input"]) + ["truth", "prediction", "prediction − truth"]
        for (column, name) in names.enumerated() {
            page.text(name, x: x(column) + width / 2, y: pageHeight - top + 8, size: Look.fontSize, align: .center)
        }
        for (index, row) in rows.enumerated() {
            let y = pageHeight - top - Double(index + 1) * (height + rowGap) + 6
            page.text(row.title, x: left, y: y + height + 9, size: Look.tickSize)
            let grid = row.grid ?? grid
            let bottomRow: Page.ImageLabels = index == rows.count - 1 ? [.x] : []
            func frame(_ column: Int) -> Frame { Frame(x: x(column), y: y, width: width, height: height) }
            if let input = row.input, let inputScale {
                page.image(input, on: grid, scale: inputScale, in: frame(0), labels: bottomRow.union(.y))
            }
            let truthLabels: Page.ImageLabels = row.input == nil ? bottomRow.union(.y) : bottomRow
            page.image(row.truth, on: grid, scale: outputScale, in: frame(first), labels: truthLabels)
            page.image(row.prediction, on: grid, scale: outputScale, in: frame(first + 1), labels: bottomRow)
            page.image(errors[index], on: grid, scale: errorScale, in: frame(first + 2), labels: bottomRow)
        }
        let barY = 40.0
        if let inputScale { page.colorBar(inputScale, inputQuantity, in: Frame(x: x(0), y: barY, width: width, height: 8)) }
        page.colorBar(outputScale, outputQuantity, in: Frame(x: x(first), y: barY, width: 2 * width + gap, height: 8))
        page.colorBar(
            errorScale, Quantity("error", unit: outputQuantity.unit), in: Frame(x: x(first + 2), y: barY, width: width, height: 8))
        page.end()
        return page
    }
}
