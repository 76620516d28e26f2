import Foundation
import Synchronization

/// Ctrl-C, SIGTERM and SIGUSR1 as a wish that long work looks for between its steps.
///
/// The first signal sets the flag, so that the work can save and end; the second ends the process at once. `mpirun` hands SIGUSR1 on to its
/// processes and leaves them the time that they need.
public enum Interrupt {
    /// Whether the user (or the batch system) wants the work to end.
    public static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// Says nothing when a signal comes: for a process that another one speaks for.
    public static func silence() { isSilent.store(true, ordering: .relaxed) }

    /// Catches the signals from now on.
    public static func install() {
        count.store(0, ordering: .relaxed)
        var action = sigaction()
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handle
        #else
            action.__sigaction_handler.sa_handler = handle
        #endif
        action.sa_flags = Int32(SA_RESTART)
        // A program started from a thread that blocks signals, as worker threads do, has them blocked as well.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGUSR1] {
            sigaction(signal, &action, nil)
            sigaddset(&signals, signal)
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// 128 and the number of the signal, as shells report a program that it ended: 130 for Ctrl-C, 143 for SIGTERM.
    public static var status: Int32 { 128 + signal.load(ordering: .relaxed) }

    private static let count = Atomic<Int>(0)
    private static let signal = Atomic<Int32>(SIGINT)
    private static let isSilent = Atomic<Bool>(false)

    /// Only calls that are safe inside a signal handler: an atomic, `write` and `_exit`.
    private static let handle: @convention(c) (Int32) -> Void = { number in
        signal.store(number, ordering: .relaxed)
        let message: StaticString =
            if count.add(1, ordering: .relaxed).oldValue == 0 {
                "\nstopping after this step and saving; Ctrl-C again stops at once\n"
            } else {
                "\nstopped\n"
            }
        if !isSilent.load(ordering: .relaxed) { _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount) }
        if count.load(ordering: .relaxed) > 1 { _exit(128 + number) }
    }
}
