import Foundation
import Tensors

/// Reads the batches to come on a thread of its own while the present one is computed with.
///
/// Holds at most `depth` batches that nobody has taken yet. A source that says it is fast is called directly instead.
final class ReadAhead<Element: Scalar>: @unchecked Sendable {
    private let source: any SampleSource<Element>
    private let indices: @Sendable (Int) -> [Int]
    private let end: Int
    private let depth: Int
    /// Guards everything below.
    private let condition = NSCondition()
    private var ready: [Result<Samples<Element>?, any Error>] = []
    private var next: Int
    private var isCancelled = false
    private var isRunning = false

    /// Batches `start..<end`; `indices` gives the samples of a batch and is called on the reading thread.
    init(
        _ source: any SampleSource<Element>, from start: Int, to end: Int, depth: Int = 2, indices: @escaping @Sendable (Int) -> [Int]
    ) {
        self.source = source
        self.indices = indices
        self.end = end
        self.depth = depth
        next = start
        guard source.isSlow, start < end else { return }
        isRunning = true
        let thread = Thread { [self] in read(from: start) }
        thread.name = "eddy.read-ahead"
        thread.start()
    }

    /// The next batch, nil if it has no samples; waits for it if need be.
    func take() throws -> Samples<Element>? {
        precondition(next < end, "batch \(next) of \(end) taken")
        next += 1
        guard source.isSlow else { return try samples(next - 1) }
        condition.lock()
        defer { condition.unlock() }
        while ready.isEmpty { condition.wait() }
        condition.broadcast()
        return try ready.removeFirst().get()
    }

    /// Ends the reading thread after the batch that it is at, and waits for that.
    func cancel() {
        condition.lock()
        defer { condition.unlock() }
        isCancelled = true
        condition.broadcast()
        while isRunning { condition.wait() }
    }

    private func samples(_ batch: Int) throws -> Samples<Element>? {
        let indices = indices(batch)
        return indices.isEmpty ? nil : try source.samples(indices)
    }

    private func read(from start: Int) {
        for batch in start..<end {
            let result = Result { try samples(batch) }
            condition.lock()
            while ready.count >= depth && !isCancelled { condition.wait() }
            let stop = isCancelled
            if !stop { ready.append(result) }
            condition.broadcast()
            condition.unlock()
            if stop { break }
            // Nothing after a failure is of use: the trainer stops when it takes the failure.
            if case .failure = result { break }
        }
        condition.lock()
        isRunning = false
        condition.broadcast()
        condition.unlock()
    }
}
