import CIntrinsics
import Foundation
import Synchronization

/// Where a thread puts up a piece of work, tasks `0..<count`, that other threads may enter while it works on it; one piece at a time.
///
/// The owner works too and waits for nobody who has not begun: a thread that comes too late finds the work closed.
final class WorkBoard: @unchecked Sendable {
    private struct Work {
        let count: Int
        let body: @Sendable (Int) -> Void
    }

    /// What the owner and the others agree on, in one word.
    struct State {
        fileprivate let bits: UInt64

        /// Open work number `number` for threads `0..<places`.
        fileprivate init(number: UInt64, places: Int) { bits = number << 32 | UInt64(places) << 17 | Self.open }

        fileprivate init(_ bits: UInt64) { self.bits = bits }

        fileprivate static let open: UInt64 = 1 << 16
        /// Threads at work beside the owner: what entering adds.
        fileprivate static let member: UInt64 = 1
        /// Largest number of places.
        static let most = (1 << 15) - 1

        fileprivate var members: UInt64 { bits & (Self.open - 1) }
        var isOpen: Bool { bits & Self.open != 0 }
        var places: Int { Int(bits >> 17) & Self.most }
        var number: UInt64 { bits >> 32 }
    }

    /// Looks of an owner for threads that finish, before it lets other threads run: one of them may have been interrupted.
    private static let patientLooks = 2_000

    /// Invariant: written by the owner, while the work is closed and nobody is in it; read by threads that have entered.
    private var work: Work?
    private let word = Atomic<UInt64>(0)
    private let nextTask = Atomic<Int>(0)
    private let isOwned = Atomic<Bool>(false)

    /// What stands on the board.
    var state: State { State(word.load(ordering: .sequentiallyConsistent)) }

    /// Makes this thread the owner; false if another one is.
    func take() -> Bool { isOwned.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged }

    /// Leaves the board to others.
    func release() { isOwned.store(false, ordering: .releasing) }

    /// Runs `body(index)` for `0..<count`, each once, with threads that enter; for the owner.
    ///
    /// - Parameters:
    ///   - places: how many may enter; threads that are numbered look before they do.
    ///   - opened: called when the work is open.
    ///   - finished: called with the number of tasks that this thread has done when no task is left to begin; others may still be at theirs.
    func run(
        _ count: Int, places: Int, opened: () -> Void = {}, finished: (Int) -> Void = { _ in }, _ body: @Sendable (Int) -> Void
    ) {
        withoutActuallyEscaping(body) { body in
            let work = Work(count: count, body: body)
            self.work = work
            nextTask.store(0, ordering: .relaxed)
            word.store(State(number: state.number + 1, places: min(places, State.most)).bits, ordering: .sequentiallyConsistent)
            opened()
            finished(takeTasks(work))
            // Closed: nobody enters any more, and those inside finish what they have begun.
            word.bitwiseAnd(~State.open, ordering: .acquiringAndReleasing)
            var looks = 0
            while State(word.load(ordering: .acquiring)).members > 0 {
                looks += 1
                if looks > Self.patientLooks { sched_yield() } else { eddy_pause() }
            }
            self.work = nil
        }
    }

    /// Enters the work that stood on the board in a given state, does tasks until none is left to begin, calls `finished` with their number, and leaves;
    /// false if the work has been closed meanwhile.
    func join(_ seen: State, finished: (Int) -> Void = { _ in }) -> Bool {
        guard enter(seen) else { return false }
        finished(takeOpenTasks())
        word.wrappingSubtract(State.member, ordering: .acquiringAndReleasing)
        return true
    }

    private func takeTasks(_ work: Work) -> Int {
        var done = 0
        while true {
            let index = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < work.count else { return done }
            work.body(index)
            done += 1
        }
    }

    /// Not inlined: no copy of the body may outlive the call, for once the thread has left, the owner returns from where the body is valid.
    @inline(never)
    private func takeOpenTasks() -> Int { takeTasks(work!) }

    private func enter(_ first: State) -> Bool {
        var seen = first
        while seen.isOpen, seen.number == first.number {
            let (isIn, found) = word.compareExchange(
                expected: seen.bits, desired: seen.bits + State.member, ordering: .acquiringAndReleasing)
            if isIn { return true }
            seen = State(found)
        }
        return false
    }
}
