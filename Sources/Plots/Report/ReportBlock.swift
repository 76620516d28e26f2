import Foundation

/// One piece of a report.
public enum ReportBlock: Sendable {
    /// Running text.
    case paragraph(String)
    /// The sentence that the reader should take away, set apart.
    case verdict(String)
    /// Pairs of a name and a value, such as a data card.
    case facts([(name: String, value: String)])
    /// A table with a caption.
    case table(ReportTable, caption: String)
    /// A figure with a caption, which is also its text for readers who cannot see it.
    case figure(any Figure, caption: String)
    /// Text with its own line breaks, such as a case file or a command.
    case preformatted(String)

    func html(gnuplot: Gnuplot, figures: inout Int, tables: inout Int) throws -> String {
        switch self {
        case .paragraph(let text):
            return "<p>\(HTML.escaped(text))</p>"
        case .verdict(let text):
            return "<p class=\"verdict\">\(HTML.escaped(text))</p>"
        case .facts(let facts):
            let rows = facts.map { "<div><dt>\(HTML.escaped($0.name))</dt><dd>\(HTML.escaped($0.value))</dd></div>" }
            return "<dl>\n\(rows.joined(separator: "\n"))\n</dl>"
        case .table(let table, let caption):
            tables += 1
            return table.html(caption: "Table \(tables). \(caption)")
        case .figure(let figure, let caption):
            figures += 1
            let format: FigureFormat = type(of: figure).formats.contains(.png) ? .png : .gif
            let data = try figure.data(format, gnuplot: gnuplot)
            let page = try figure.page(for: format)
            // CSS points, so that text in figures has the size it was drawn for.
            return """
                <figure>
                <img alt="\(HTML.escaped(caption))" width="\(Int((page.width * 96 / 72).rounded()))" height="\(Int((page.height * 96 / 72).rounded()))" \
                src="data:image/\(format.rawValue);base64,\(data.base64EncodedString())">
                <figcaption>\(HTML.escaped("Figure \(figures). \(caption)"))</figcaption>
                </figure>
                """
        case .preformatted(let text):
            return "<pre>\(HTML.escaped(text))</pre>"
        }
    }
}

/// A table of a report; numbers come as text, formatted by whoever knows their meaning.
public struct ReportTable: Sendable {
    /// One column.
    public struct Column: Sendable {
        /// Name in the head.
        public var name: String
        /// Unit in the head; empty for none.
        public var unit: String
        /// Whether the cells are numbers, which are set to the right in figures of equal width.
        public var isNumeric: Bool

        /// A column.
        public init(_ name: String, unit: String = "", isNumeric: Bool = true) {
            self.name = name
            self.unit = unit
            self.isNumeric = isNumeric
        }
    }

    /// The columns.
    public var columns: [Column]
    /// The rows, each with a cell for each column.
    public var rows: [[String]]
    /// Rows that are set in bold, such as the best.
    public var emphasized: Set<Int>

    /// A table.
    public init(columns: [Column], rows: [[String]], emphasized: Set<Int> = []) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "rows of \(Set(rows.map(\.count))) cells in \(columns.count) columns")
        self.columns = columns
        self.rows = rows
        self.emphasized = emphasized
    }

    func html(caption: String) -> String {
        func cls(_ column: Column) -> String { column.isNumeric ? " class=\"number\"" : "" }
        let head = columns.map { column in
            let unit = column.unit.isEmpty ? "" : " <span class=\"unit\">[\(HTML.escaped(column.unit))]</span>"
            return "<th scope=\"col\"\(cls(column))>\(HTML.escaped(column.name))\(unit)</th>"
        }
        let body = rows.enumerated().map { index, row in
            let cells = zip(columns, row).map { "<td\(cls($0))>\(HTML.escaped($1))</td>" }
            return "<tr\(emphasized.contains(index) ? " class=\"best\"" : "")>\(cells.joined())</tr>"
        }
        return """
            <div class="table"><table>
            <caption>\(HTML.escaped(caption))</caption>
            <thead><tr>\(head.joined())</tr></thead>
            <tbody>
            \(body.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }
}
