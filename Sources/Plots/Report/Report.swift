import Foundation

/// A document of titled sections as one self-contained HTML file: no scripts, no network, pictures inside; made for screen and print.
public struct Report: Sendable {
    /// Title of the document.
    public var title: String
    /// One line under the title; empty for none.
    public var subtitle: String
    /// The sections.
    public var sections: [Section]

    /// A titled part of the document.
    public struct Section: Sendable {
        /// Title, also in the table of contents.
        public var title: String
        /// What the section holds.
        public var blocks: [ReportBlock]

        /// A section.
        public init(_ title: String, _ blocks: [ReportBlock]) {
            self.title = title
            self.blocks = blocks
        }
    }

    /// A document.
    public init(title: String, subtitle: String = "", sections: [Section]) {
        self.title = title
        self.subtitle = subtitle
        self.sections = sections
    }

    /// Draws the figures and writes the document; the file appears whole or not at all.
    ///
    /// - Throws: `PlotError`.
    public func write(to url: URL, gnuplot: Gnuplot = Gnuplot()) throws {
        let found = url.pathExtension
        guard ["html", "htm"].contains(found.lowercased()) else {
            throw PlotError.format(file: url.path, found: found, allowed: ["html"])
        }
        try AtomicFile.write(Data(try html(gnuplot: gnuplot).utf8), to: url)
    }

    /// The document's text.
    ///
    /// - Throws: `PlotError` of a figure.
    public func html(gnuplot: Gnuplot = Gnuplot()) throws -> String {
        var figures = 0
        var tables = 0
        var body = "<header>\n<h1>\(HTML.escaped(title))</h1>\n"
        if !subtitle.isEmpty { body += "<p class=\"subtitle\">\(HTML.escaped(subtitle))</p>\n" }
        body += "</header>\n"
        if sections.count > 1 {
            let entries = sections.enumerated().map { "<li><a href=\"#section-\($0 + 1)\">\(HTML.escaped($1.title))</a></li>" }
            body += "<nav aria-label=\"Contents\"><ol>\n\(entries.joined(separator: "\n"))\n</ol></nav>\n"
        }
        for (index, section) in sections.enumerated() {
            body += "<section id=\"section-\(index + 1)\">\n<h2>\(HTML.escaped(section.title))</h2>\n"
            for block in section.blocks { body += try block.html(gnuplot: gnuplot, figures: &figures, tables: &tables) + "\n" }
            body += "</section>\n"
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>\(HTML.escaped(title))</title>
            <style>
            \(HTML.style)
            </style>
            </head>
            <body>
            \(body)</body>
            </html>

            """
    }
}
