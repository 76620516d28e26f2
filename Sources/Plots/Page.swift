import Foundation

/// One page of drawing commands with the data files they name; lengths are in points (1/72 inch), the origin is the lower left corner.
public struct Page: Sendable {
    /// Name of the file that gnuplot writes.
    static let outputName = "figure.out"

    /// Width in points.
    public let width: Double
    /// Height in points.
    public let height: Double
    /// Commands after the terminal has been set.
    public private(set) var commands: [String] = []
    /// Binary files that the commands name.
    public private(set) var attachments: [(name: String, data: Data)] = []
    /// Time that one frame of an animation is shown, in seconds; nil for a still picture.
    var frameTime: Double?
    private var blocks = 0
    private var labels: [String] = []

    /// An empty page.
    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The complete gnuplot script.
    public func script(for format: FigureFormat) -> String {
        let inches = (width / 72, height / 72)
        let font = "font 'Sans,\(Look.fontSize.short)'"
        let terminal =
            switch format {
            // The cairo terminals count 1 pt as 1/96 inch (PNG) and 1/54 inch (PDF); these factors make it 1/72 in both.
            case .png:
                "pngcairo noenhanced background '#ffffff' size \(Int((inches.0 * 150).rounded())),\(Int((inches.1 * 150).rounded())) \(font) "
                    + "fontscale 1.5625 linewidth 2.0833 pointscale 2.0833"
            case .pdf:
                "pdfcairo noenhanced background '#ffffff' size \(inches.0.short)in,\(inches.1.short)in \(font) fontscale 0.75 linewidth 2 pointscale 1.1"
            case .gif:
                "gif \(frameTime.map { "animate delay \(Int(($0 * 100).rounded())) loop 0 " } ?? "")noenhanced background '#ffffff' "
                    + "size \(Int((inches.0 * 100).rounded())),\(Int((inches.1 * 100).rounded())) \(font) fontscale 1 linewidth 1"
            }
        return (["set terminal \(terminal)", "set output '\(Page.outputName)'", "set encoding utf8"] + commands + ["set output"])
            .joined(separator: "\n") + "\n"
    }

    /// Appends a command.
    mutating func add(_ command: String) { commands.append(command) }

    /// Stores a binary file and returns its name.
    mutating func attach(_ data: Data) -> String {
        attachments.append(("data\(attachments.count).bin", data))
        return attachments.last!.name
    }

    /// Stores rows of numbers as an inline data block and returns its name; values that are not finite leave gaps.
    mutating func block(_ rows: [[Double]]) -> String {
        let name = "$block\(blocks)"
        blocks += 1
        commands.append("\(name) << EOD")
        for row in rows { commands.append(row.map { $0.isFinite ? "\($0)" : "NaN" }.joined(separator: " ")) }
        commands.append("EOD")
        return name
    }

    /// Text with its reference point at (x, y) points.
    mutating func text(_ text: String, x: Double, y: Double, size: Double = Look.fontSize, align: Alignment = .left, rotated: Bool = false)
    {
        labels.append(
            "set label \(Page.quoted(text)) at screen \(fraction(x, width)),\(fraction(y, height)) \(align.rawValue) "
                + "\(rotated ? "rotate by 90 " : "")font ',\(size.short)' noenhanced front")
    }

    /// Horizontal alignment of text.
    enum Alignment: String { case left, center, right }

    /// Begins the page: panels follow until `end()`.
    mutating func begin() { add("set multiplot") }

    /// Begins the next frame of an animation.
    mutating func nextFrame() {
        end()
        begin()
    }

    /// Ends the page; texts are drawn last, on an empty plot of the whole page.
    mutating func end() {
        add("reset")
        for label in labels { add(label) }
        labels = []
        add("set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; set tmargin at screen 1")
        add("unset border; unset tics; unset key; set xrange [0:1]; set yrange [0:1]")
        add("plot NaN notitle")
        add("unset multiplot")
    }

    /// Begins a panel in `frame`: everything is as after a start of gnuplot except the margins.
    mutating func panel(_ frame: Frame) {
        add("reset")
        add(
            "set lmargin at screen \(fraction(frame.x, width)); set rmargin at screen \(fraction(frame.x + frame.width, width)); "
                + "set bmargin at screen \(fraction(frame.y, height)); set tmargin at screen \(fraction(frame.y + frame.height, height))")
    }

    private func fraction(_ length: Double, _ total: Double) -> String { (length / total).short }

    /// A gnuplot string that stands for exactly this text.
    static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "''").replacingOccurrences(of: "\n", with: " ") + "'"
    }
}

/// A rectangle on the page in points.
struct Frame: Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
}

extension Double {
    /// At most five digits after the point, without trailing zeros.
    var short: String { Ticks.trimmed(String(format: "%.5f", self)) }
}
