import CIntrinsics
import COneDNN
import Dispatch
import Foundation
import Synchronization

/// Threads that wait for work awake for a while, so that a short piece of work can be shared: to wake a sleeping thread costs 20 to 100 microseconds,
/// as much as a whole matrix product.
///
/// There is one team for the process, and one piece of work at a time for all of it; who finds it busy does without. Members for whom no task is left
/// help inside the tasks of the others, which put up pieces of their own for them.
final class ThreadTeam: @unchecked Sendable {
    static let shared = ThreadTeam()

    private let board = WorkBoard()
    /// Tasks of the team's work whose members have not finished; written by the owner of the board before the work opens.
    private let unfinished = Atomic<Int>(0)
    /// Whether members for whom no task is left help inside the others'; written by the owner of the board before the work opens.
    private var isAssisted = false
    /// Pieces of work inside tasks.
    private let inner = (0..<8).map { _ in WorkBoard() }
    /// Members without a task, whether or not they help somewhere.
    private let idle = Atomic<Int>(0)

    private let sleepers = Atomic<Int>(0)
    private let bell = NSCondition()
    /// Helpers that exist; touched by the owner of the board.
    private var helpers = 0

    /// Nanoseconds that a helper waits before it goes to sleep: operations that only one thread works on are shorter, as a rule.
    private static let patience: UInt64 = 1_000_000
    /// Nanoseconds that a member without a task waits before it offers help: most tasks end soon after the first.
    private static let reluctance: UInt64 = 10_000
    /// Nanoseconds without anything to help with after which it gives up: some operations cannot be shared and last as long.
    private static let hope: UInt64 = 10_000_000

    private init() {}

    /// Members without a task, which help inside those of others.
    var idleThreads: Int { idle.load(ordering: .relaxed) }

    /// Runs `body(index)` for `0..<count`, each once, on at most `lanes` threads; false, and nothing done, if the team is busy, or asleep and not to be
    /// woken.
    ///
    /// - Parameter isAssisted: whether threads for which no task is left help inside those of others (`runInside`), also those beyond `count`.
    func run(_ count: Int, lanes: Int, wakes: Bool = true, isAssisted: Bool = false, _ body: @Sendable (Int) -> Void) -> Bool {
        let wanted = min(lanes - 1, WorkBoard.State.most)
        guard board.take() else { return false }
        defer { board.release() }
        guard wakes || helpers >= wanted && sleepers.load(ordering: .relaxed) == 0 else { return false }
        while helpers < wanted { startHelper() }
        unfinished.store(count, ordering: .relaxed)
        self.isAssisted = isAssisted
        board.run(
            count, places: wanted, opened: ringBell,
            finished: { done in
                unfinished.wrappingSubtract(done, ordering: .acquiringAndReleasing)
                if isAssisted { assist(in: board.state.number) }
            }, body)
        return true
    }

    /// Runs `body(index)` for `0..<count`, each once, with members of the team that have no task; false, and nothing done, if there is none.
    func runInside(_ count: Int, _ body: @Sendable (Int) -> Void) -> Bool {
        guard idleThreads > 0, let board = inner.first(where: { $0.take() }) else { return false }
        defer { board.release() }
        board.run(count, places: WorkBoard.State.most, body)
        return true
    }

    /// Helps inside the tasks of the team's work of that number until all are done, or for long there has been nothing to help with.
    private func assist(in number: UInt64) {
        func isOver() -> Bool {
            let state = board.state
            return !state.isOpen || state.number != number || unfinished.load(ordering: .acquiring) <= 0
        }
        var last = DispatchTime.now().uptimeNanoseconds
        func hasWaited(_ nanoseconds: UInt64) -> Bool { DispatchTime.now().uptimeNanoseconds - last > nanoseconds }
        repeat {
            for _ in 0..<16 {
                if isOver() { return }
                eddy_pause()
            }
        } while !hasWaited(Self.reluctance)
        idle.wrappingAdd(1, ordering: .relaxed)
        defer { idle.wrappingSubtract(1, ordering: .relaxed) }
        repeat {
            for _ in 0..<64 {
                if isOver() { return }
                for board in inner where board.state.isOpen {
                    _ = board.join(board.state) { if $0 > 0 { last = DispatchTime.now().uptimeNanoseconds } }
                }
                eddy_pause()
            }
        } while !hasWaited(Self.hope)
    }

    private func ringBell() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        bell.lock()
        bell.broadcast()
        bell.unlock()
    }

    private func startHelper() {
        let index = helpers
        helpers += 1
        let thread = Thread { [self] in
            omp_set_num_threads(1)
            var last: UInt64 = 0
            while true {
                let seen = waitForWork(after: last)
                last = seen.number
                var assists = false
                let wasIn =
                    index < seen.places
                    && board.join(seen) { done in
                        assists = isAssisted
                        unfinished.wrappingSubtract(done, ordering: .acquiringAndReleasing)
                    }
                // No longer as a member of the work, whose owner waits for nobody who only looks for something to help with.
                if wasIn && assists { assist(in: last) }
            }
        }
        thread.name = "eddy helper"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// The state once a piece of work with another number than `last` is open.
    private func waitForWork(after last: UInt64) -> WorkBoard.State {
        func isNew(_ seen: WorkBoard.State) -> Bool { seen.isOpen && seen.number != last }
        let start = DispatchTime.now().uptimeNanoseconds
        repeat {
            for _ in 0..<256 {
                let seen = board.state
                if isNew(seen) { return seen }
                eddy_pause()
            }
        } while DispatchTime.now().uptimeNanoseconds - start < Self.patience
        bell.lock()
        // Counted before the last look: an owner who does not see the sleeper has opened the work before that look.
        sleepers.add(1, ordering: .sequentiallyConsistent)
        defer {
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
            bell.unlock()
        }
        while true {
            let seen = board.state
            if isNew(seen) { return seen }
            bell.wait()
        }
    }
}
