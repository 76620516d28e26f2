import ArgumentParser
import Cases
import Foundation
import Tensors

/// The number of threads.
struct ThreadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads to use; results do not depend on it. Default: one for each core.", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads is \(threads); allowed: 1 or more") }
    }

    var workers: Workers { Workers(threads: threads) }
}

/// Machine-readable output.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON lines instead of a table.")
    var json = false

    /// Prints a value as one JSON line.
    func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// The command line as it was typed, for the history of files.
var commandLine: String { CommandLine.arguments.joined(separator: " ") }

extension Interrupt {
    /// How a program ends that saved its work after a signal.
    static var exitCode: ExitCode { ExitCode(status) }
}

/// Says something to the user without disturbing standard output.
func say(_ text: String) { Terminal.standardError.print(text) }
