import Foundation

/// A picture: plain values that know how to describe themselves to gnuplot.
///
/// The same values give the same script, and the same script the same bytes on the same machine (no time stamps).
public protocol Figure: Sendable {
    /// The formats that the figure can be written in, by file name extension.
    static var formats: [FigureFormat] { get }

    /// The drawing commands and the data they need.
    ///
    /// - Throws: `PlotError.nothingToDraw`.
    func page(for format: FigureFormat) throws -> Page
}

/// A file format of figures, named as its extension.
public enum FigureFormat: String, Sendable, CaseIterable {
    /// Pixels, 150 to the inch.
    case png
    /// Vectors and embedded fonts.
    case pdf
    /// An animation, 100 pixels to the inch, at most 256 colours.
    case gif
}

extension Figure {
    /// PNG and PDF.
    public static var formats: [FigureFormat] { [.png, .pdf] }

    /// Writes the figure in the format of the extension of `url`; the file appears whole or not at all.
    ///
    /// - Throws: `PlotError`.
    public func write(to url: URL, gnuplot: Gnuplot = Gnuplot()) throws {
        let found = url.pathExtension
        guard let format = FigureFormat(rawValue: found.lowercased()), Self.formats.contains(format) else {
            throw PlotError.format(file: url.path, found: found, allowed: Self.formats.map(\.rawValue))
        }
        try AtomicFile.write(try data(format, gnuplot: gnuplot), to: url)
    }

    /// The bytes of the figure's file.
    ///
    /// - Throws: `PlotError`.
    public func data(_ format: FigureFormat, gnuplot: Gnuplot = Gnuplot()) throws -> Data {
        precondition(Self.formats.contains(format), "\(Self.self) has no format \(format.rawValue)")
        return try gnuplot.draw(try page(for: format), as: format)
    }
}
