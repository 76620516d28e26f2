/// Several spectra on one page, two to a row.
public struct SpectrumPanels: Figure {
    /// The spectra; the title of each stands above it.
    public var panels: [SpectrumFigure]
    /// Title of the page; empty for none.
    public var title: String

    /// Spectra on one page.
    public init(_ panels: [SpectrumFigure], title: String = "") {
        self.panels = panels
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        guard !panels.isEmpty else { throw PlotError.nothingToDraw(figure: "spectra", reason: "no spectra") }
        if panels.count == 1 {
            var only = panels[0]
            only.title = [title, only.title].filter { !$0.isEmpty }.joined(separator: ": ")
            return try only.page(for: format)
        }
        let (width, height) = (255.0, 205.0)
        let (left, right, bottom, rowGap, top) = (76.0, 18.0, 48.0, 74.0, title.isEmpty ? 26.0 : 50.0)
        let columns = 2
        let rows = (panels.count + columns - 1) / columns
        var page = Page(
            width: Double(columns) * (left + width) + right, height: bottom + top + Double(rows) * height + Double(rows - 1) * rowGap)
        page.begin()
        if !title.isEmpty { page.text(title, x: page.width / 2, y: page.height - 17, size: Look.titleSize, align: .center) }
        for (index, figure) in panels.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            let frame = Frame(
                x: left + Double(column) * (left + width), y: page.height - top - Double(row + 1) * height - Double(row) * rowGap,
                width: width, height: height)
            page.text(figure.title, x: frame.x + width / 2, y: frame.y + height + 9, align: .center)
            try page.draw(figure.panel(in: frame), figure: "spectrum")
        }
        page.end()
        return page
    }
}
