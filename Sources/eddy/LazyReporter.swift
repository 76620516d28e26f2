import Cases
import Foundation

/// A progress report that appears when the amount of work is known; times count from its creation.
final class LazyReporter: @unchecked Sendable {
    // Guarded by the lock.
    private var reporter: ProgressReporter?
    private let lock = NSLock()
    private let label: String
    private let unit: String
    private let started = ProgressReporter.clock()

    init(_ label: String, unit: String = "samples") {
        self.label = label
        self.unit = unit
    }

    /// `done` pieces of `total` are done, `fresh` of them by this program; nothing is reported while nothing needs to be done.
    func update(_ done: Int, of total: Int, fresh: Int, note: String? = nil) {
        lock.withLock {
            if reporter == nil, done == total, fresh == 0 { return }
            if reporter == nil { reporter = ProgressReporter(label, total: total, unit: unit, done: done - fresh, started: started) }
            reporter!.update(done, note: note)
        }
    }

    func finish(note: String? = nil) { lock.withLock { reporter?.finish(note: note) } }
}
