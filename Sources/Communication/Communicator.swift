/// Processes that work on one thing together: one of them, of rank 0, leads, reads and writes what belongs to all, and talks to the user.
///
/// Messages between two ranks arrive in the order in which they were sent. All calls come from one thread of each rank.
public protocol Communicator: Sendable {
    /// Number of this process, from 0.
    var rank: Int { get }
    /// Number of processes.
    var size: Int { get }

    /// Sends bytes to another rank, which receives as many; returns when the memory may be used again.
    ///
    /// - Throws: ``CommunicationError/interrupted`` when this process is asked to end while it waits.
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws(CommunicationError)

    /// Receives as many bytes as the other rank sends.
    ///
    /// - Throws: ``CommunicationError/interrupted`` when this process is asked to end while it waits.
    func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws(CommunicationError)

    /// Gives all ranks the bytes of rank 0. All ranks call it, with memory of one size.
    ///
    /// - Throws: ``CommunicationError/interrupted`` when this process is asked to end while it waits.
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws(CommunicationError)
}

/// Why ranks could not work together to the end.
public enum CommunicationError: Error, Equatable, CustomStringConvertible {
    /// This process was asked to end while it waited for others, which are slow or lost.
    case interrupted
    /// Another rank failed; it said why.
    case failed(rank: Int, host: String, message: String)
    /// This rank failed and has told the leading rank why, which ends the job.
    case reported
    /// The program was started several times, and the copies do not know each other.
    case strangers(started: Int, connected: Int, remedy: String)
    /// The processes could not be joined.
    case cannotStart(reason: String)

    /// One sentence.
    public var description: String {
        switch self {
        case .interrupted: "asked to end while waiting for other ranks, which are slow or lost"
        case .failed(let rank, let host, let message): "rank \(rank) on \(host): \(message)"
        case .reported: "the leading rank knows why"
        case .strangers(let started, let connected, let remedy):
            "started as \(started) processes of which each sees \(connected): they would all write the same files; \(remedy)"
        case .cannotStart(let reason): "the ranks cannot be joined: \(reason)"
        }
    }
}

/// The only process.
public struct SingleProcess: Communicator {
    /// A communicator of one rank.
    public init() {}

    /// 0.
    public var rank: Int { 0 }
    /// 1.
    public var size: Int { 1 }

    /// There is nobody to send to.
    public func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) { preconditionFailure("a message to rank \(rank) of 1") }
    /// There is nobody to receive from.
    public func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) { preconditionFailure("a message from rank \(rank) of 1") }
    /// All ranks have the bytes already.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {}
}
