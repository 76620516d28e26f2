import CIntrinsics
import Dispatch
import Foundation
import Synchronization

/// Threads that wait for work awake for a while, so that a short piece of work can be shared: to wake a sleeping thread costs 20 to 100 microseconds,
/// as much as a whole matrix product.
///
/// There is one team for the process, and one piece of work at a time; who finds it busy does without. The caller works too and waits for nobody who
/// has not begun: a helper that wakes too late finds the work closed.
final class ThreadTeam: @unchecked Sendable {
    static let shared = ThreadTeam()

    /// Tasks `0..<count` of a piece of work.
    private struct Work {
        let count: Int
        let body: @Sendable (Int) -> Void
    }

    /// What callers and helpers agree on, in one word.
    private struct State {
        var bits: UInt64

        /// Open work number `number` for helpers `0..<helpers`.
        init(number: UInt64, helpers: Int) { bits = number << 32 | UInt64(helpers) << 17 | Self.open }

        init(_ bits: UInt64) { self.bits = bits }

        static let open: UInt64 = 1 << 16
        /// Helpers at work: what entering adds.
        static let member: UInt64 = 1
        static let most = (1 << 15) - 1

        var members: UInt64 { bits & (Self.open - 1) }
        var isOpen: Bool { bits & Self.open != 0 }
        var helpers: Int { Int(bits >> 17) & Self.most }
        var number: UInt64 { bits >> 32 }
    }

    /// Invariant: written by the caller who has the team, while the work is closed and no helper is in it; read by helpers that have entered.
    private var work: Work?
    private let state = Atomic<UInt64>(0)
    private let nextTask = Atomic<Int>(0)
    private let isBusy = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let bell = NSCondition()
    /// Helpers that exist; touched by the caller who has the team.
    private var helpers = 0

    /// Nanoseconds that a helper waits before it goes to sleep: operations that only one thread works on are shorter, as a rule.
    private static let patience: UInt64 = 1_000_000
    /// Looks of a caller for helpers that finish, before it lets other threads run: a helper may have been interrupted.
    private static let callersLooks = 2_000

    private init() {}

    /// Runs `body(index)` for `0..<count`, each once, on at most `lanes` threads; false, and nothing done, if the team is busy, or asleep and not to be
    /// woken.
    func run(_ count: Int, lanes: Int, wakes: Bool = true, _ body: @Sendable (Int) -> Void) -> Bool {
        let wanted = min(lanes - 1, State.most)
        guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return false }
        defer { isBusy.store(false, ordering: .releasing) }
        guard wakes || helpers >= wanted && sleepers.load(ordering: .relaxed) == 0 else { return false }
        while helpers < wanted { startHelper() }
        withoutActuallyEscaping(body) { body in
            let work = Work(count: count, body: body)
            self.work = work
            nextTask.store(0, ordering: .relaxed)
            let number = State(state.load(ordering: .relaxed)).number + 1
            state.store(State(number: number, helpers: wanted).bits, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                bell.lock()
                bell.broadcast()
                bell.unlock()
            }
            takeTasks(work)
            // Closed: nobody enters any more, and those inside finish what they have begun.
            state.bitwiseAnd(~State.open, ordering: .acquiringAndReleasing)
            var looks = 0
            while State(state.load(ordering: .acquiring)).members > 0 {
                looks += 1
                if looks > Self.callersLooks { sched_yield() } else { eddy_pause() }
            }
            self.work = nil
        }
        return true
    }

    private func takeTasks(_ work: Work) {
        while true {
            let index = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < work.count else { return }
            work.body(index)
        }
    }

    /// Not inlined: no copy of the body may outlive the call, for once the helper has left, the caller returns from where the body is valid.
    @inline(never)
    private func takeOpenTasks() { takeTasks(work!) }

    private func startHelper() {
        let index = helpers
        helpers += 1
        let thread = Thread { [self] in
            var last: UInt64 = 0
            while true {
                let seen = waitForWork(after: last)
                last = seen.number
                guard index < seen.helpers, enter(seen) else { continue }
                takeOpenTasks()
                state.wrappingSubtract(State.member, ordering: .acquiringAndReleasing)
            }
        }
        thread.name = "eddy helper"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Whether the helper is in that piece of work, which has not been closed meanwhile.
    private func enter(_ first: State) -> Bool {
        var seen = first
        while seen.isOpen, seen.number == first.number {
            let (isIn, found) = state.compareExchange(
                expected: seen.bits, desired: seen.bits + State.member, ordering: .acquiringAndReleasing)
            if isIn { return true }
            seen = State(found)
        }
        return false
    }

    /// The state once a piece of work with another number than `last` is open.
    private func waitForWork(after last: UInt64) -> State {
        func isNew(_ seen: State) -> Bool { seen.isOpen && seen.number != last }
        let start = DispatchTime.now().uptimeNanoseconds
        repeat {
            for _ in 0..<256 {
                let seen = State(state.load(ordering: .acquiring))
                if isNew(seen) { return seen }
                eddy_pause()
            }
        } while DispatchTime.now().uptimeNanoseconds - start < Self.patience
        bell.lock()
        // Counted before the last look: a caller who does not see the sleeper has opened the work before that look.
        sleepers.add(1, ordering: .sequentiallyConsistent)
        defer {
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
            bell.unlock()
        }
        while true {
            let seen = State(state.load(ordering: .sequentiallyConsistent))
            if isNew(seen) { return seen }
            bell.wait()
        }
    }
}
