import Cases
import Foundation
import Synchronization
import Testing

@Suite struct ProgressReporterTests {
    /// A clock and a screen made of values.
    final class Stage: Sendable {
        let time = Mutex(0.0)
        let text = Mutex("")
        func terminal(isInteractive: Bool) -> Terminal {
            Terminal(isInteractive: isInteractive, usesColor: false, width: 90) { piece in self.text.withLock { $0 += piece } }
        }
        func now() -> Double { time.withLock { $0 } }
        func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
        var lines: [String] { text.withLock { $0.split(separator: "\n").map(String.init) } }
    }

    @Test func linesWithoutTerminalComeAtEachTenth() {
        let stage = Stage()
        let progress = ProgressReporter(
            "generate", total: 200, unit: "samples", terminal: stage.terminal(isInteractive: false), now: stage.now)
        for done in 1...200 {
            stage.pass(0.1)
            progress.update(done)
        }
        progress.finish()
        #expect(stage.lines.count == 10)
        #expect(stage.lines[0] == "generate: 10 % (20/200 samples), 10.0/s, 18.0 s left")
        #expect(stage.lines[9] == "generate: 200 samples in 20.0 s (10.0/s)")
    }

    @Test func slowWorkStillTellsEveryHalfMinute() {
        let stage = Stage()
        let progress = ProgressReporter(
            "train", total: 1000, unit: "epochs", terminal: stage.terminal(isInteractive: false), now: stage.now)
        for done in 1...7 {
            stage.pass(10)
            progress.update(done, note: "valid 0.0\(done)")
        }
        #expect(
            stage.lines == [
                "train: 0 % (3/1,000 epochs), 10.0 s each, 2 h 46 min left, valid 0.03",
                "train: 0 % (6/1,000 epochs), 10.0 s each, 2 h 46 min left, valid 0.06",
            ])
    }

    @Test func continuedWorkDoesNotCountOldPiecesForItsRate() {
        let stage = Stage()
        let progress = ProgressReporter(
            "train", total: 100, unit: "epochs", done: 50, terminal: stage.terminal(isInteractive: false), now: stage.now)
        stage.pass(10)
        progress.update(60)
        progress.print("checkpoint saved")
        stage.pass(10)
        progress.advance()
        progress.finish(note: "interrupted")
        #expect(
            stage.lines == [
                "train: 60 % (60/100 epochs), 1.00/s, 40.0 s left", "checkpoint saved",
                "train: 61 epochs of 100 in 20.0 s (1.8 s each), interrupted",
            ])
    }

    @Test func barIsRedrawnInPlaceAtMostTenTimesASecond() {
        let stage = Stage()
        let progress = ProgressReporter("solve", total: 1000, unit: "steps", terminal: stage.terminal(isInteractive: true), now: stage.now)
        for done in 1...1000 {
            stage.pass(0.001)
            progress.update(done, note: "a note that is far too long to fit into a line of ninety characters")
        }
        progress.print("a message")
        progress.finish()
        let text = stage.text.withLock { $0 }
        let frames = text.components(separatedBy: "\r\u{1B}[K").dropFirst()
        #expect((9...13).contains(frames.count))
        #expect(frames.allSatisfy { ($0.split(separator: "\n").first?.count ?? 0) < 90 || !$0.hasPrefix("solve [") })
        #expect(frames.contains { $0.hasPrefix("solve [###") })
        #expect(text.contains("\u{1B}[Ka message\n"))
        #expect(text.hasSuffix("characters\n"))
    }

    @Test func colours() {
        let plain = Terminal(isInteractive: true, usesColor: false) { _ in }
        let coloured = Terminal(isInteractive: true, usesColor: true) { _ in }
        #expect(plain.styled("x", .red) == "x")
        #expect(coloured.styled("x", .red) == "\u{1B}[31mx\u{1B}[0m")
    }
}
