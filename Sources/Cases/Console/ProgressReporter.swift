import Foundation
import Synchronization

/// Tells how far long work is: a bar with rate and time left on a terminal, a line now and then elsewhere.
///
/// A bar is redrawn at most ten times a second; without a terminal there is a line after every tenth of the work (at most
/// one a second), and one every 30 seconds.
public final class ProgressReporter: Sendable {
    private struct State {
        var done: Int
        var note = ""
        var lastDrawn = -Double.infinity
        var lastTenth: Int
        var isBarShown = false
        var isFinished = false
    }

    private let label: String
    private let unit: String
    private let total: Int
    private let first: Int
    private let terminal: Terminal
    private let now: @Sendable () -> Double
    private let started: Double
    private let state: Mutex<State>

    /// Seconds since some moment before the program.
    public static let clock: @Sendable () -> Double = { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

    /// A report on `total` pieces of work.
    ///
    /// - Parameters:
    ///   - label: what is done, for example `train`.
    ///   - total: number of pieces.
    ///   - unit: what a piece is, in the plural: `samples`.
    ///   - done: pieces done before, in an interrupted run; they do not count for the rate.
    ///   - started: when the work began on the clock of `now`; nil for now.
    ///   - now: seconds on a clock that does not jump.
    public init(
        _ label: String, total: Int, unit: String, done: Int = 0, started: Double? = nil, terminal: Terminal = .standardError,
        now: @escaping @Sendable () -> Double = ProgressReporter.clock
    ) {
        self.label = label
        self.unit = unit
        self.total = total
        first = done
        self.terminal = terminal
        self.now = now
        self.started = started ?? now()
        state = Mutex(State(done: done, lastTenth: total > 0 ? 10 * done / total : 10))
    }

    /// Pieces done so far, counted from the start of the whole work; `note` is shown behind the numbers.
    public func update(_ done: Int, note: String? = nil) {
        let time = now()
        state.withLock { state in
            guard !state.isFinished else { return }
            state.done = done
            if let note { state.note = note }
            if terminal.isInteractive {
                guard time - state.lastDrawn >= 0.1 else { return }
                draw(&state, at: time)
            } else {
                let tenth = total > 0 ? 10 * done / total : 10
                let pause = time - max(state.lastDrawn, started)
                guard done < total, pause >= 30 || pause >= 1 && tenth > state.lastTenth else { return }
                state.lastTenth = tenth
                state.lastDrawn = time
                terminal.print(([label + ": " + fraction(done)] + numbers(state, at: time)).joined(separator: ", "))
            }
        }
    }

    /// One more piece done.
    public func advance(note: String? = nil) { update(state.withLock { $0.done } + 1, note: note) }

    /// A line of its own, above the bar.
    public func print(_ line: String) {
        state.withLock { state in
            if state.isBarShown { terminal.write("\r\u{1B}[K") }
            terminal.print(line)
            if state.isBarShown { draw(&state, at: now()) }
        }
    }

    /// Ends the report with a line that says what was done in which time.
    public func finish(note: String? = nil) {
        let time = now()
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            if let note { state.note = note }
            if state.isBarShown { terminal.write("\r\u{1B}[K") }
            var line = "\(label): \(Format.count(state.done)) \(unit)"
            if state.done < total { line += " of \(Format.count(total))" }
            line += " in \(Format.duration(time - started))"
            if let rate = rate(state, at: time) { line += " (\(rate))" }
            terminal.print(line + (state.note.isEmpty ? "" : ", \(state.note)"))
        }
    }

    private func draw(_ state: inout State, at time: Double) {
        let cells = 24
        let filled = total > 0 ? min(cells, cells * state.done / total) : cells
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: cells - filled)
        let line = "\(label) [\(bar)] " + ([fraction(state.done)] + numbers(state, at: time)).joined(separator: ", ")
        terminal.write("\r\u{1B}[K" + line.prefix(max(20, terminal.width() - 1)))
        state.lastDrawn = time
        state.isBarShown = true
    }

    private func fraction(_ done: Int) -> String {
        "\(total > 0 ? 100 * done / total : 100) % (\(Format.count(done))/\(Format.count(total)) \(unit))"
    }

    private func numbers(_ state: State, at time: Double) -> [String] {
        var parts: [String] = []
        if let rate = rate(state, at: time) { parts.append(rate) }
        if state.done > first, state.done < total {
            parts.append(Format.duration((time - started) * Double(total - state.done) / Double(state.done - first)) + " left")
        }
        if !state.note.isEmpty { parts.append(state.note) }
        return parts
    }

    /// `12.3/s` or `4.1 s each`.
    private func rate(_ state: State, at time: Double) -> String? {
        let count = state.done - first
        guard count > 0, time > started else { return nil }
        let rate = Double(count) / (time - started)
        return rate >= 1 ? "\(Format.significant(rate))/s" : "\(Format.duration(1 / rate)) each"
    }
}
