#if MPI
    import CMPI
    import Foundation
    import Synchronization

    /// The ranks of `MPI_COMM_WORLD`.
    ///
    /// Waiting is done here and not in the library, so that a rank notices a signal even if the rank that it waits for is gone.
    struct MPICommunicator: Communicator {
        let rank = Int(eddy_mpi_rank())
        let size = Int(eddy_mpi_size())
        /// Whether a message was given up, so that the ranks do not understand each other any more.
        static let hasGivenUp = Atomic<Bool>(false)
        private let isAskedToEnd: @Sendable () -> Bool

        init(isAskedToEnd: @escaping @Sendable () -> Bool) { self.isAskedToEnd = isAskedToEnd }

        func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws(CommunicationError) {
            try inParts(bytes.count) { eddy_mpi_send(bytes.baseAddress! + $0, $1, Int32(rank)) }
        }

        func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws(CommunicationError) {
            try inParts(bytes.count) { eddy_mpi_receive(bytes.baseAddress! + $0, $1, Int32(rank)) }
        }

        func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws(CommunicationError) {
            try inParts(bytes.count) { eddy_mpi_broadcast(bytes.baseAddress! + $0, $1, 0) }
        }

        /// MPI counts with 32 bits.
        private func inParts(_ count: Int, _ start: (_ offset: Int, _ count: Int32) -> eddy_mpi_message) throws(CommunicationError) {
            let largest = 1 << 30
            var offset = 0
            while offset < count {
                let part = min(largest, count - offset)
                var message = start(offset, Int32(part))
                try wait(for: &message, isLong: part > 1 << 16)
                offset += part
            }
        }

        /// Returns when the message is through.
        ///
        /// Short messages may be long in coming, so the core is left to others after a millisecond. A long message is on its way when it is
        /// waited for, and needs the library's attention all the time.
        private func wait(for message: inout eddy_mpi_message, isLong: Bool) throws(CommunicationError) {
            let start = ContinuousClock.now
            var asked: ContinuousClock.Instant?
            let patience: Duration = rank == 0 ? .milliseconds(300) : .seconds(20)
            var tries = 0
            while eddy_mpi_is_done(&message) == 0 {
                tries += 1
                guard tries % 64 == 0 || asked != nil else { continue }
                if isAskedToEnd() {
                    let now = ContinuousClock.now
                    asked = asked ?? now
                    if now - asked! > patience {
                        Self.hasGivenUp.store(true, ordering: .relaxed)
                        throw .interrupted
                    }
                }
                if !isLong && ContinuousClock.now - start > .milliseconds(1) { usleep(50) } else { sched_yield() }
            }
        }
    }
#endif
