import Foundation
import Synchronization
import Testing

/// Runs the program that was built beside the tests.
struct Program {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Path of the program: the test bundle lies in the same folder.
    static let path: String = {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()].map {
            $0.appendingPathComponent("eddy").path
        }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[0]
    }()

    /// Runs `eddy arguments` (or another program) in `folder` to its end; with `interruptAfterMessage` it gets SIGINT once that text stands on standard error.
    static func run(
        _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:], program: String = Program.path,
        interruptAfterMessage: String? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = folder }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Both pipes are read at the same time: a full one would stop the program.
        let messages = Mutex(Data())
        let reader = DispatchQueue(label: "errors")
        reader.async {
            var isInterrupted = false
            while case let piece = errors.fileHandleForReading.availableData, !piece.isEmpty {
                let text = messages.withLock { data in
                    data += piece
                    return String(decoding: data, as: UTF8.self)
                }
                if let wanted = interruptAfterMessage, !isInterrupted, text.contains(wanted) {
                    process.interrupt()
                    isInterrupted = true
                }
            }
        }
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        reader.sync {}
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: messages.withLock { String(decoding: $0, as: UTF8.self) })
    }
}

/// A folder that is removed with the value.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file and returns its name.
    func write(_ text: String, to name: String) throws -> String {
        try text.write(to: url.appendingPathComponent(name), atomically: true, encoding: .utf8)
        return name
    }
}
