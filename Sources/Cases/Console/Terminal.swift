import Foundation

/// Where messages for people go: standard error, a terminal or not.
public struct Terminal: Sendable {
    let write: @Sendable (String) -> Void
    /// Whether lines can be overwritten.
    public let isInteractive: Bool
    /// Whether text may be coloured.
    public let usesColor: Bool
    /// Characters in a line.
    let width: @Sendable () -> Int

    /// A terminal that hands every piece of text to `write`.
    public init(isInteractive: Bool, usesColor: Bool, width: Int = 100, write: @escaping @Sendable (String) -> Void) {
        self.write = write
        self.isInteractive = isInteractive
        self.usesColor = usesColor
        self.width = { width }
    }

    private init(descriptor: Int32) {
        let environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        usesColor = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        width = {
            var size = winsize()
            return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        }
        write = { text in
            let bytes = Array(text.utf8)
            var start = 0
            while start < bytes.count {
                let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress! + start, bytes.count - start) }
                if written < 0, errno == EINTR { continue }
                if written <= 0 { return }
                start += written
            }
        }
    }

    /// Standard error.
    public static let standardError = Terminal(descriptor: STDERR_FILENO)

    /// Writes a line.
    public func print(_ line: String) { write(line + "\n") }

    /// A warning on a line of its own.
    public func warn(_ message: String) { print(styled("warning: ", .yellow) + message) }

    /// Text styles that terminals know.
    public enum Style: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// `text` in a style, where colours are wanted.
    public func styled(_ text: String, _ style: Style) -> String { usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text }
}
