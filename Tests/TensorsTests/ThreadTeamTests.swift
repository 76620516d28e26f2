import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

/// Work shared by the threads of one team: every task once, whatever the number of callers, and inside other work.
@Suite struct ThreadTeamTests {
    @Test(arguments: [1, 2, 3, 8])
    func everyTaskOnce(_ threads: Int) {
        let workers = Workers(threads: threads)
        for count in [0, 1, 2, 3, 7, 64] {
            for _ in 0..<200 {
                let calls = (0..<count).map { _ in Counter() }
                workers.run(count) { calls[$0].value.add(1, ordering: .relaxed) }
                #expect(calls.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
            }
        }
    }

    @Test func callersAtTheSameTimeAndInsideWork() {
        let total = Atomic<Int>(0)
        Workers(threads: 4).run(4) { _ in
            for _ in 0..<100 {
                Workers(threads: 3).run(5) { _ in
                    Workers(threads: 2).run(2) { _ in total.add(1, ordering: .relaxed) }
                }
            }
        }
        #expect(total.load(ordering: .relaxed) == 4 * 100 * 5 * 2)
    }

    @Test(arguments: [1, 2, 5])
    func partsCoverTheRange(_ threads: Int) {
        for count in [0, 1, 2, 9, 100] {
            let calls = (0..<count).map { _ in Counter() }
            Workers(threads: threads).run(parts: count) { part in
                for index in part { calls[index].value.add(1, ordering: .relaxed) }
            }
            #expect(calls.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        }
    }

    @Test(arguments: [1, 2, 5])
    func shortWorkCoversTheRange(_ threads: Int) {
        let workers = Workers(threads: threads)
        for count in [0, 1, 1023, 1024, 1025, 100_000] {
            let calls = Mutex([Int](repeating: 0, count: count))
            workers.run(numbers: count) { part in calls.withLock { for index in part { $0[index] += 1 } } }
            workers.run(parts: count, cost: 1 << 14) { part in calls.withLock { for index in part { $0[index] += 1 } } }
            #expect(calls.withLock { $0.allSatisfy { $0 == 2 } })
        }
    }

    @Test(arguments: [1, 2, 3, 8])
    func helpInsideTasks(_ threads: Int) throws {
        let workers = Workers(threads: threads)
        for count in [0, 1, 2, 3, 5] {
            for _ in 0..<20 {
                let calls = (0..<count).map { _ in (0..<64).map { _ in Counter() } }
                workers.runEach(count) { task, inside in
                    #expect(inside.threads == threads)
                    // Of different lengths, so that some have nothing left to do.
                    for _ in 0..<(task + 1) * 10 {
                        inside.run(64) { calls[task][$0].value.add(1, ordering: .relaxed) }
                        inside.run(parts: 64) { for index in $0 { calls[task][index].value.add(1, ordering: .relaxed) } }
                        inside.run(parts: 64, cost: 1 << 14) { for index in $0 { calls[task][index].value.add(1, ordering: .relaxed) } }
                        // Inside a piece of work inside a task.
                        inside.run(2) { _ in inside.run(3) { calls[task][$0].value.add(1, ordering: .relaxed) } }
                    }
                }
                for (task, calls) in calls.enumerated() {
                    let rounds = (task + 1) * 10
                    for (index, call) in calls.enumerated() {
                        #expect(call.value.load(ordering: .relaxed) == rounds * (index < 3 ? 5 : 3))
                    }
                }
            }
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount >= 2))
    func idleThreadsHelp() {
        // The task that is left looks for help until another thread has done a part of it; threads that other tests keep busy may find none in a while.
        let helped = Atomic<Bool>(false)
        let limit = DispatchTime.now() + 60
        while !helped.load(ordering: .relaxed), DispatchTime.now() < limit {
            Workers(threads: 2).runEach(2) { task, inside in
                guard task == 1 else { return }
                let own = pthread_self()
                let end = DispatchTime.now() + 0.2
                while !helped.load(ordering: .relaxed), DispatchTime.now() < end {
                    inside.run(16) { _ in
                        if pthread_equal(pthread_self(), own) == 0 { helped.store(true, ordering: .relaxed) }
                        usleep(10)
                    }
                }
            }
        }
        let hasHelped = helped.load(ordering: .relaxed)
        #expect(hasHelped)
    }

    @Test func errorsOfTasksWithHelpersPassThrough() {
        struct Failure: Error, Equatable { let index: Int }
        #expect(throws: Failure(index: 1)) {
            try Workers(threads: 3).runEach(4) { index, _ in if index % 2 == 1 { throw Failure(index: index) } }
        }
        #expect(throws: Failure(index: 0)) { try Workers(threads: 3).runEach(1) { index, _ in throw Failure(index: index) } }
    }

    @Test func errorsPassThrough() {
        struct Failure: Error, Equatable { let index: Int }
        for _ in 0..<50 {
            #expect(throws: Failure(index: 3)) {
                try Workers(threads: 3).run(20) { if $0 == 3 || $0 > 10 { throw Failure(index: $0) } }
            }
        }
    }

    private final class Counter: Sendable { let value = Atomic<Int>(0) }
}
