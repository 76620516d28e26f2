import ArgumentParser
import Cases
import Foundation

struct Reproduce: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make data and training of a case again and check its errors against those on its card.",
        discussion: """
            A case says what it has reached in its section [expected]. Exit code 0 when every error is found again within the tolerance, 1 otherwise.
            Works in a scratch folder that is removed at the end, or in --folder, which is kept and continues after an interruption.
            Without a case: those below cases/ that take at most ten minutes by their own account; with --full all that say what to expect.

              eddy reproduce cases/darcy/demo.toml
              eddy reproduce --full --folder /scratch/eddy
            """)

    @Argument(help: "The case file. Default: the short cases below cases/.")
    var caseFile: String?

    @Flag(help: "Also the cases that take longer than ten minutes.")
    var full = false

    @Option(help: ArgumentHelp("Folder for data and runs, kept. Default: a scratch folder.", valueName: "folder"))
    var folder: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var threads: ThreadOptions

    private struct Line: Encodable {
        let file: String
        let title: String
        let metric: String
        let expected: Double
        let found: Double
        let tolerance: Double
        let passed: Bool
    }

    func run() throws {
        Interrupt.install()
        let files = try caseFile.map { [$0] } ?? Reproduction.cases(in: "cases", long: full)
        guard !files.isEmpty else {
            throw ValidationError("no \(full ? "" : "short ")case below cases/ has a section [expected]; give the file of a case")
        }
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-reproduce-\(UUID().uuidString)").path
        defer { if folder == nil { try? FileManager.default.removeItem(atPath: scratch) } }
        // Every case is looked at before the first long stage.
        let tasks = try files.map { file in
            let content = try Case(contentsOf: file)
            let place = (folder ?? scratch) + "/" + Run.defaultFolder(forCase: file).dropFirst("runs/".count)
            return (file, content, try Reproduction(content, folder: place, workers: threads.workers, command: CommandLine.arguments))
        }
        var (checked, off) = (0, 0)
        var table = TextTable([
            .init("case"), .init("metric"), .init("expected", .decimal), .init("found", .decimal), .init("difference", .decimal),
            .init("allowed", .decimal), .init("verdict"),
        ])
        for (file, content, task) in tasks {
            let minutes = content.content.expected?.minutes.map { ", took \(Format.duration(60 * $0)) when the card was written" } ?? ""
            say("\(file): \(content.content.title)\(minutes)")
            guard let checks = try reproduce(task) else {
                let hint = folder == nil ? "nothing is kept without --folder" : "the same command continues"
                say("interrupted; \(hint)")
                throw Interrupt.exitCode
            }
            for check in checks {
                checked += 1
                if !check.passed { off += 1 }
                table.add([
                    file, check.metric, Format.significant(check.expected), Format.significant(check.found),
                    (check.difference > 0 ? "+" : "") + Format.percent(check.difference, 2), Format.percent(check.tolerance, 2),
                    check.passed ? "as expected" : "OFF",
                ])
                if output.json {
                    try output.print(
                        Line(
                            file: file, title: check.title, metric: check.metric, expected: check.expected, found: check.found,
                            tolerance: check.tolerance, passed: check.passed))
                }
            }
        }
        if !output.json { print(table.text, terminator: "") }
        say(conclusion(checked: checked, off: off))
        if off > 0 { throw ExitCode(1) }
    }

    /// What the table says, and what to do about it.
    private func conclusion(checked: Int, off: Int) -> String {
        guard off > 0 else { return checked == 1 ? "the error was found again" : "all \(checked) errors were found again" }
        let kept = folder.map { "data and runs are in \($0)" } ?? "with --folder data and runs are kept, to be evaluated and drawn"
        return "\(off) of \(checked) errors \(off == 1 ? "is" : "are") off by more than the case allows, in either direction; \(kept)"
    }

    /// Runs one case with a progress report for each stage.
    private func reproduce(_ task: Reproduction) throws -> [Reproduction.Check]? {
        let reporters = StageReporters()
        defer { reporters.finish() }
        return try task.run(shouldStop: { Interrupt.isRequested }, message: { Terminal.standardError.warn($0) }) {
            reporters.update($0, $1, of: $2, fresh: $3)
        }
    }
}

/// A progress report for one stage after the other; the time of a stage counts from the end of the one before.
private final class StageReporters: @unchecked Sendable {
    // Guarded by the lock.
    private var stage = Reproduction.Stage.generating
    private var reporter = LazyReporter(Reproduction.Stage.generating.rawValue)
    private let lock = NSLock()

    func update(_ stage: Reproduction.Stage, _ done: Int, of total: Int, fresh: Int) {
        lock.withLock {
            begin(stage)
            reporter.update(done, of: total, fresh: fresh)
            guard done == total else { return }
            reporter.finish()
            switch stage {
            case .generating: begin(.training)
            case .training: begin(.evaluating)
            case .evaluating: break
            }
        }
    }

    func finish() { lock.withLock { reporter.finish() } }

    private func begin(_ next: Reproduction.Stage) {
        guard next != stage else { return }
        stage = next
        reporter = LazyReporter(next.rawValue, unit: next == .training ? "steps" : "samples")
    }
}
