extension Frame {
    /// Size of a page with a single panel.
    static let standardPage = (width: 504.0, height: 345.0)

    /// The place of a single panel on its page.
    static func standard(title: String = "", titleLines: Int = 1, secondAxis: Bool = false) -> Frame {
        let top = title.isEmpty ? 14.0 : 18.0 + 16 * Double(titleLines)
        return Frame(
            x: 70, y: 48, width: standardPage.width - 70 - (secondAxis ? 68 : 22), height: standardPage.height - 48 - top)
    }
}

extension Page {
    /// A page with one panel and a title.
    ///
    /// - Throws: `PlotError.nothingToDraw`.
    static func single(_ panel: CurvePanel, title: String, figure: String) throws -> Page {
        var page = Page(width: Frame.standardPage.width, height: Frame.standardPage.height)
        page.begin()
        try page.draw(panel, figure: figure)
        for (index, line) in lines(title).enumerated() {
            page.text(
                line, x: Frame.standardPage.width / 2, y: Frame.standardPage.height - 17 - 16 * Double(index), size: Look.titleSize,
                align: .center)
        }
        page.end()
        return page
    }

    /// A title broken into lines that fit a page with one panel.
    static func lines(_ title: String, length: Int = 68) -> [String] {
        var result: [String] = []
        for word in title.split(separator: " ") {
            if let last = result.last, last.count + 1 + word.count <= length {
                result[result.count - 1] = last + " " + word
            } else {
                result.append(String(word))
            }
        }
        return result
    }
}
