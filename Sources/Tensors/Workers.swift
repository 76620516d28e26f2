import COneDNN
import COpenBLAS
import Dispatch
import Foundation
import Synchronization

/// Runs independent tasks on a fixed number of threads; every task uses single-threaded kernels.
///
/// Results must not depend on `threads`: a task writes only what belongs to its index. OpenBLAS and OpenMP (oneDNN) are held to one
/// thread inside tasks, because parallelism is over samples, shards, or the parts of one operation.
public struct Workers: Sendable {
    /// Largest number of threads used, at least 1.
    public let threads: Int
    /// Whether these are, beside the calling one, only threads that have nothing else to do.
    private let areIdle: Bool

    /// Workers on `threads` threads (default: one for each core).
    public init(threads: Int? = nil) {
        self.threads = max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount)
        areIdle = false
    }

    /// For use inside a task of these workers: the calling thread, and those of them that find no task left.
    private init(idleOf workers: Workers) { (threads, areIdle) = (workers.threads, true) }

    /// Threads that could share a piece of work now.
    private var available: Int { areIdle ? min(threads, 1 + ThreadTeam.shared.idleThreads) : threads }

    /// Runs `body(index)` for `0..<count`, each once, in any order; rethrows the error of the lowest index that failed.
    public func run(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        let failure = FirstFailure()
        runWithoutErrors(count) { index in failure.note(index) { try body(index) } }
        try failure.rethrow()
    }

    /// Runs `body(index)` for `0..<count`, each once, in any order.
    public func run(_ count: Int, _ body: @Sendable (Int) -> Void) { runWithoutErrors(count, body) }

    /// Runs `body(index, workers)` for `0..<count`, each once, in any order; what a task does with the workers it gets is shared by threads that find
    /// no task left, unless there are more threads than cores.
    package func runEach(_ count: Int, _ body: @Sendable (Int, Workers) throws -> Void) throws {
        let failure = FirstFailure()
        runEach(count) { index, workers in failure.note(index) { try body(index, workers) } }
        try failure.rethrow()
    }

    /// The same for tasks that do not fail.
    package func runEach(_ count: Int, _ body: @Sendable (Int, Workers) -> Void) {
        let inside = count == 1 ? self : Workers(idleOf: self)
        runWithoutErrors(count, assisted: true) { body($0, inside) }
    }

    /// Runs `body` on contiguous parts of `0..<count`, a few for each thread: one that is interrupted leaves parts to the others.
    ///
    /// For work whose results do not depend on the cuts.
    package func run(parts count: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let available = available
        guard min(available, count) > 1 else { return body(0..<count) }
        let parts = min(count, 4 * available)
        run(parts) { part in body((0..<count).share(part, of: parts)) }
    }

    /// One part for each thread for short work, whose parts move or make about `cost` numbers each: on fewer threads where the numbers are too few to be
    /// shared, on one where threads would have to be woken or are busy.
    package func run(parts count: Int, cost: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let lanes = min(available, count, count * cost / Self.leastCost)
        @Sendable func run(_ lane: Int) { body((0..<count).share(lane, of: lanes)) }
        let team = ThreadTeam.shared
        guard lanes > 1, areIdle ? team.runInside(lanes, run) : team.run(lanes, lanes: lanes, wakes: false, run) else {
            return body(0..<count)
        }
    }

    /// Runs `body` on parts of `count` independent numbers.
    package func run(numbers count: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let block = 1024
        run(parts: (count + block - 1) / block, cost: block) { body($0.lowerBound * block..<min(count, $0.upperBound * block)) }
    }

    /// `y[i] = x[i]`.
    func copy<E: Scalar>(_ count: Int, _ x: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>) {
        nonisolated(unsafe) let (x, y) = (x, y)
        run(numbers: count) { Kernels.copy($0.count, x + $0.lowerBound, y + $0.lowerBound) }
    }

    /// `z[i] = x[i] + y[i]`.
    package func add<E: Scalar>(_ count: Int, _ x: UnsafePointer<E>, _ y: UnsafePointer<E>, _ z: UnsafeMutablePointer<E>) {
        // Invariant: each thread writes its own numbers.
        nonisolated(unsafe) let (x, y, z) = (x, y, z)
        run(numbers: count) { Kernels.binary(.add, $0.count, x + $0.lowerBound, y + $0.lowerBound, z + $0.lowerBound) }
    }

    private static let cores = ProcessInfo.processInfo.activeProcessorCount

    /// Numbers that a thread should have to itself: to share costs one or two microseconds.
    private static let leastCost = 1 << 14

    /// - Parameter assisted: whether threads for which there is no task stay to help inside those of others.
    private func runWithoutErrors(_ count: Int, assisted: Bool = false, _ body: @Sendable (Int) -> Void) {
        openblas_set_num_threads(1)
        let lanes = min(threads, count)
        if lanes <= 1 {
            omp_set_num_threads(1)
            for index in 0..<count { body(index) }
            return
        }
        @Sendable func prepared(_ index: Int) {
            omp_set_num_threads(1)
            body(index)
        }
        if areIdle {
            if !ThreadTeam.shared.runInside(count, prepared) { for index in 0..<count { prepared(index) } }
            return
        }
        // With more threads than cores those that look for something to help with would hold up those at work.
        let isAssisted = assisted && threads <= Self.cores
        if ThreadTeam.shared.run(count, lanes: isAssisted ? threads : lanes, isAssisted: isAssisted, prepared) { return }
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: lanes) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                prepared(index)
            }
        }
    }
}

/// Of the errors of tasks, that of the lowest index.
private final class FirstFailure: Sendable {
    private let failure = Mutex<(index: Int, error: any Error)?>(nil)

    func note(_ index: Int, _ task: () throws -> Void) {
        do { try task() } catch {
            failure.withLock { if $0 == nil || index < $0!.index { $0 = (index, error) } }
        }
    }

    func rethrow() throws { if let failure = failure.withLock({ $0 }) { throw failure.error } }
}

extension Range<Int> {
    /// The part `number` of `count` nearly equal ones.
    func share(_ number: Int, of count: Int) -> Range {
        lowerBound + number * self.count / count..<lowerBound + (number + 1) * self.count / count
    }
}
