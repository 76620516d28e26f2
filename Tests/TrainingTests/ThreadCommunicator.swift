import Communication
import Foundation

/// Ranks that are threads of this process, for tests of what ranks do together without a launcher.
struct ThreadCommunicator: Communicator {
    /// Messages on their way, by sender and receiver.
    private final class Post: @unchecked Sendable {
        private let condition = NSCondition()
        private var boxes: [[Int]: [[UInt8]]] = [:]
        private(set) var bytes = 0

        func put(_ message: [UInt8], _ way: [Int]) {
            condition.lock()
            defer { condition.unlock() }
            boxes[way, default: []].append(message)
            bytes += message.count
            condition.broadcast()
        }

        func take(_ way: [Int]) -> [UInt8] {
            condition.lock()
            defer { condition.unlock() }
            while boxes[way, default: []].isEmpty { condition.wait() }
            return boxes[way]!.removeFirst()
        }
    }

    let rank, size: Int
    private let post: Post

    /// Runs `body` once for each of `size` ranks, each on a thread of its own; results by rank, and the bytes that they have sent.
    static func run<Result>(_ size: Int, _ body: @escaping @Sendable (ThreadCommunicator) -> Result) -> (results: [Result], bytes: Int) {
        let post = Post()
        let group = DispatchGroup()
        let lock = NSLock()
        nonisolated(unsafe) var results: [Int: Result] = [:]
        for rank in 0..<size {
            group.enter()
            let thread = Thread {
                let result = body(ThreadCommunicator(rank: rank, size: size, post: post))
                lock.withLock { results[rank] = result }
                group.leave()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        group.wait()
        return ((0..<size).map { results[$0]! }, post.bytes)
    }

    func send(_ bytes: UnsafeRawBufferPointer, to other: Int) { post.put(Array(bytes), [rank, other, 0]) }

    func receive(_ bytes: UnsafeMutableRawBufferPointer, from other: Int) {
        bytes.copyBytes(from: expect(post.take([other, rank, 0]), bytes))
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {
        if rank == 0 {
            for other in 1..<size { post.put(Array(bytes), [0, other, 1]) }
        } else {
            bytes.copyBytes(from: expect(post.take([0, rank, 1]), bytes))
        }
    }

    private func expect(_ message: [UInt8], _ bytes: UnsafeMutableRawBufferPointer) -> [UInt8] {
        precondition(message.count == bytes.count, "\(message.count) bytes sent, \(bytes.count) received")
        return message
    }
}
