import Foundation

/// A script of Tests/Python, run by the Python that has the packages of its requirements.txt; `make validate` sets it.
public struct PythonScript: Sendable {
    /// The interpreter; nil where tests do without.
    public static let interpreter = ProcessInfo.processInfo.environment["EDDY_PYTHON"]

    private let path: String

    /// `name` is that of the file.
    public init(_ name: String) {
        path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/Python/" + name
    }

    /// The exit status and all that was printed.
    public func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.interpreter!)
        process.arguments = [path] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
