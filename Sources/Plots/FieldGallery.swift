import Tensors

/// Several fields of one sample side by side, each with a colour scale of its own.
public struct FieldGallery: Figure {
    /// One field.
    public struct Panel: Sendable {
        /// What is drawn.
        public var quantity: Quantity
        /// The values.
        public var field: Tensor<Double>

        /// A field of the grid's shape.
        public init(_ quantity: Quantity, _ field: Tensor<Double>) {
            self.quantity = quantity
            self.field = field
        }
    }

    /// The fields, left to right.
    public var panels: [Panel]
    /// Where the values lie.
    public var grid: PlotGrid
    /// Title above everything; empty for none.
    public var title: String

    /// Panels on one grid.
    public init(_ panels: [Panel], grid: PlotGrid, title: String = "") {
        self.panels = panels
        self.grid = grid
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        guard !panels.isEmpty else { throw PlotError.nothingToDraw(figure: "field gallery", reason: "no fields") }
        let (left, right, gap, width) = (52.0, 16.0, 24.0, 200.0)
        let height = width * grid.aspect
        let (top, bottom) = (title.isEmpty ? 16.0 : 38.0, 88.0)
        var page = Page(width: left + right + Double(panels.count) * (width + gap) - gap, height: top + bottom + height)
        page.begin()
        if !title.isEmpty { page.text(title, x: page.width / 2, y: page.height - 16, size: Look.titleSize, align: .center) }
        for (column, panel) in panels.enumerated() {
            guard let scale = ColorScale.fitting([panel.field]) else {
                throw PlotError.nothingToDraw(figure: "field gallery", reason: "no finite value in \(panel.quantity.name)")
            }
            let x = left + Double(column) * (width + gap)
            page.image(
                panel.field, on: grid, scale: scale, in: Frame(x: x, y: bottom, width: width, height: height),
                labels: column == 0 ? [.x, .y] : [.x])
            page.colorBar(scale, panel.quantity, in: Frame(x: x, y: 40, width: width, height: 8))
        }
        page.end()
        return page
    }
}
