/// A table for the terminal whose numbers are aligned on their decimal points.
public struct TextTable: Sendable {
    /// How the cells of a column stand.
    public enum Alignment: Sendable {
        case leading
        case trailing
        /// On the decimal point; cells without one as if it followed their last digit.
        case decimal
    }

    /// A column: its head and how its cells stand.
    public struct Column: Sendable {
        let title: String
        let alignment: Alignment

        /// A column named `title`.
        public init(_ title: String, _ alignment: Alignment = .leading) {
            self.title = title
            self.alignment = alignment
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    /// An empty table.
    public init(_ columns: [Column]) { self.columns = columns }

    /// Appends a row.
    ///
    /// - Precondition: one cell for each column.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "\(cells.count) cells in a table of \(columns.count) columns")
        rows.append(cells)
    }

    /// The table as lines: heads, a rule, rows.
    public var text: String {
        var lines = [[String]](repeating: [], count: rows.count + 2)
        for (index, column) in columns.enumerated() {
            var cells = rows.map { $0[index] }
            if column.alignment == .decimal { cells = Self.alignDecimals(cells) }
            let width = max(column.title.count, cells.map(\.count).max() ?? 0)
            lines[0].append(Self.pad(column.title, width, column.alignment))
            lines[1].append(String(repeating: "-", count: width))
            for (row, cell) in cells.enumerated() { lines[row + 2].append(Self.pad(cell, width, column.alignment)) }
        }
        return lines.map { line in
            var text = line.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }.joined()
    }

    private static func pad(_ cell: String, _ width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(0, width - cell.count))
        return alignment == .leading ? cell + space : space + cell
    }

    /// Cells of one width with their points in one place.
    private static func alignDecimals(_ cells: [String]) -> [String] {
        let heads = cells.map { cell in cell.firstIndex { $0 == "." || $0 == "e" && cell.first?.isLetter == false } ?? cell.endIndex }
        let before = zip(cells, heads).map { $0.distance(from: $0.startIndex, to: $1) }.max() ?? 0
        let after = zip(cells, heads).map { $0.distance(from: $1, to: $0.endIndex) }.max() ?? 0
        return zip(cells, heads).map { cell, head in
            let left = cell.distance(from: cell.startIndex, to: head)
            return String(repeating: " ", count: before - left) + cell + String(repeating: " ", count: after - (cell.count - left))
        }
    }
}
