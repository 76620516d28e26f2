import CIntrinsics
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
    /// Tasks of the team's work that no member has finished.
    private let unfinished = Atomic<Int>(0)
    /// Pieces of work inside those tasks.
    private let inner = (0..<8).map { _ in WorkBoard() }
    /// Members without a task.
    private let idle = Atomic<Int>(0)

    private let sleepers = Atomic<Int>(0)
    private let bell = NSCondition()
    /// Helpers that exist; touched by the owner of the board.
    private var helpers = 0

    /// Nanoseconds that a helper waits before it goes to sleep: operations that only one thread works on are shorter, as a rule.
    private static let patience: UInt64 = 1_000_000
    /// Looks of a member without a task before it offers help: most tasks end soon after the first.
    private static let reluctance = 500

    private init() {}

    /// Members that would help inside a task at once.
    var idleThreads: Int { idle.load(ordering: .relaxed) }

    /// Runs `body(index)` for `0..<count`, each once, on at most `lanes` threads, of which those beyond `count` only help inside tasks; false, and nothing
    /// done, if the team is busy, or asleep and not to be woken.
    func run(_ count: Int, lanes: Int, wakes: Bool = true, _ body: @Sendable (Int) -> Void) -> Bool {
        let wanted = min(lanes - 1, WorkBoard.State.most)
        guard board.take() else { return false }
        defer { board.release() }
        guard wakes || helpers >= wanted && sleepers.load(ordering: .relaxed) == 0 else { return false }
        while helpers < wanted { startHelper() }
        unfinished.store(count, ordering: .relaxed)
        board.run(count, places: wanted, opened: ringBell, finished: assist, body)
        return true
    }

    /// Runs `body(index)` for `0..<count`, each once, with members of the team that have no task; false, and nothing done, if there is none.
    func runInside(_ count: Int, _ body: @Sendable (Int) -> Void) -> Bool {
        guard idleThreads > 0, let board = inner.first(where: { $0.take() }) else { return false }
        defer { board.release() }
        board.run(count, places: WorkBoard.State.most, body)
        return true
    }

    /// Helps inside the tasks of others until all are done; for a member that has done `count` tasks and found no other.
    private func assist(after count: Int) {
        unfinished.wrappingSubtract(count, ordering: .acquiringAndReleasing)
        func isOver() -> Bool { unfinished.load(ordering: .acquiring) <= 0 }
        for _ in 0..<Self.reluctance {
            if isOver() { return }
            eddy_pause()
        }
        idle.wrappingAdd(1, ordering: .relaxed)
        defer { idle.wrappingSubtract(1, ordering: .relaxed) }
        var looks = 0
        while !isOver() {
            for board in inner where board.state.isOpen {
                _ = board.join(board.state) { if $0 > 0 { looks = 0 } }
            }
            WorkBoard.pause(&looks)
        }
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
            var last: UInt64 = 0
            while true {
                let seen = waitForWork(after: last)
                last = seen.number
                if index < seen.places { _ = board.join(seen, finished: assist) }
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
