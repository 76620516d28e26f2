import Foundation

#if MPI
    import CMPI
#endif

/// All processes that a launcher started together.
///
/// Only a program built with the package trait `MPI` (`swift build --traits MPI`) can join them.
public enum World {
    /// Whether this program can work on several processes.
    public static var isSupported: Bool {
        #if MPI
            true
        #else
            false
        #endif
    }

    /// Joins the processes of a launcher; a process that was started by itself is alone, and no MPI library is called.
    ///
    /// - Parameter isAskedToEnd: asked while this process waits for another; the leading rank then waits a third of a second more and gives
    ///   up, to save its work while it may; the others wait 20 seconds for it.
    /// - Throws: ``CommunicationError/strangers(started:connected:remedy:)``, ``CommunicationError/cannotStart(reason:)``.
    public static func join(
        _ launch: Launch = Launch(), isAskedToEnd: @escaping @Sendable () -> Bool
    ) throws(CommunicationError) -> any Communicator {
        guard launch.processes > 1 else { return SingleProcess() }
        #if MPI
            guard eddy_mpi_start() == 0 else { throw .cannotStart(reason: "the MPI library does not start") }
            let communicator = MPICommunicator(isAskedToEnd: isAskedToEnd)
            guard communicator.size > 1 else {
                throw .strangers(
                    started: launch.processes, connected: 1,
                    remedy: "use the mpirun of the MPI library that the program was built with, or srun --mpi=pmix")
            }
            return communicator
        #else
            throw .strangers(
                started: launch.processes, connected: 1,
                remedy: "build the program with swift build --traits MPI, or start one process")
        #endif
    }

    /// Waits until all ranks are here, and parts from them; nothing is done where nothing was joined.
    ///
    /// A rank that has given up waiting for others ends them all with `status` instead.
    public static func leave(status: Int32) {
        #if MPI
            guard eddy_mpi_is_running() != 0 else { return }
            if MPICommunicator.hasGivenUp.load(ordering: .relaxed) { abort(status: status) }
            eddy_mpi_end()
        #endif
    }

    /// Ends this process and, where ranks were joined, all of them.
    public static func abort(status: Int32) -> Never {
        #if MPI
            if eddy_mpi_is_running() != 0 {
                fflush(nil)
                eddy_mpi_abort(status)
            }
        #endif
        exit(status)
    }
}
