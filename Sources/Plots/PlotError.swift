/// What can go wrong between values and a figure on disk.
public enum PlotError: Error, Equatable, CustomStringConvertible {
    /// gnuplot is not there; `searched` says where it was looked for.
    case gnuplotMissing(searched: String)
    /// gnuplot stopped; `message` is what it wrote to its error stream.
    case gnuplotFailed(status: Int, message: String)
    /// The file name's extension is not a format of this figure.
    case format(file: String, found: String, allowed: [String])
    /// The figure cannot be written.
    case unwritable(file: String, reason: String)
    /// Nothing can be drawn: no values, none finite, or none positive on a logarithmic axis.
    case nothingToDraw(figure: String, reason: String)

    /// The message: what was found, what is allowed, what to do.
    public var description: String {
        switch self {
        case .gnuplotMissing(let searched):
            "gnuplot not found (\(searched)); install it (Debian and Ubuntu: apt-get install gnuplot-nox; macOS: brew install gnuplot)"
        case .gnuplotFailed(let status, let message):
            "gnuplot stopped with status \(status): \(message)"
        case .format(let file, let found, let allowed):
            "\(file): cannot write this figure as '\(found)'; allowed: \(allowed.joined(separator: ", "))"
        case .unwritable(let file, let reason):
            "\(file): cannot write: \(reason)"
        case .nothingToDraw(let figure, let reason):
            "\(figure): nothing to draw: \(reason)"
        }
    }
}
