import Foundation

/// The gnuplot program, run as a child process in a folder of its own.
public struct Gnuplot: Sendable {
    /// The program; nil stands for `gnuplot` in the folders of `PATH`.
    public let path: String?

    /// The gnuplot at `path`, or the first in `PATH`.
    public init(path: String? = nil) { self.path = path }

    /// Draws a page and returns the bytes of the file that gnuplot made.
    ///
    /// - Throws: `PlotError.gnuplotMissing`, `PlotError.gnuplotFailed`, `PlotError.unwritable` (the temporary folder).
    func draw(_ page: Page, as format: FigureFormat) throws -> Data {
        let program = try find()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-plot-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw PlotError.unwritable(file: folder.path, reason: error.localizedDescription)
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try Data(page.script(for: format).utf8).write(to: folder.appendingPathComponent("figure.gp"))
            for (name, data) in page.attachments { try data.write(to: folder.appendingPathComponent(name)) }
        } catch {
            throw PlotError.unwritable(file: folder.path, reason: error.localizedDescription)
        }
        let (status, message) = try run(program, in: folder)
        let output = folder.appendingPathComponent(Page.outputName)
        guard status == 0, let data = try? Data(contentsOf: output), !data.isEmpty else {
            throw PlotError.gnuplotFailed(status: status, message: message.isEmpty ? "no output" : message)
        }
        return format == .pdf ? Gnuplot.withoutDate(data) : data
    }

    private func find() throws -> String {
        if let path {
            guard FileManager.default.isExecutableFile(atPath: path) else { throw PlotError.gnuplotMissing(searched: path) }
            return path
        }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        for folder in folders {
            let candidate = "\(folder)/gnuplot"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw PlotError.gnuplotMissing(searched: "folders of PATH")
    }

    /// Runs `gnuplot -d figure.gp`; messages go through a file, which cannot fill up as a pipe can.
    private func run(_ program: String, in folder: URL) throws -> (status: Int, message: String) {
        let messages = folder.appendingPathComponent("messages")
        try Data().write(to: messages)
        let handle = try FileHandle(forWritingTo: messages)
        defer { try? handle.close() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-d", "figure.gp"]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C.UTF-8"
        process.environment = environment
        do { try process.run() } catch { throw PlotError.gnuplotMissing(searched: "\(program): \(error.localizedDescription)") }
        process.waitUntilExit()
        let message = (try? String(contentsOf: messages, encoding: .utf8)) ?? ""
        return (Int(process.terminationStatus), message.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Overwrites the creation date that cairo writes into a PDF, so that equal figures have equal bytes.
    static func withoutDate(_ data: Data) -> Data {
        guard let key = data.range(of: Data("/CreationDate (D:".utf8)),
            let end = data.range(of: Data(")".utf8), in: key.upperBound..<data.endIndex)
        else {
            return data
        }
        var result = data
        // Same length, so that the offsets of the file's table of contents stay true.
        for index in key.upperBound..<end.lowerBound where result[index] >= 48 && result[index] <= 57 { result[index] = 48 }
        let date = Array("19700101".utf8)
        if end.lowerBound - key.upperBound >= date.count {
            result.replaceSubrange(key.upperBound..<(key.upperBound + date.count), with: date)
        }
        return result
    }
}
