import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a wish that long work looks for between its steps.
///
/// The first signal sets the flag, so that the work can save and end; the second ends the process at once.
public enum Interrupt {
    /// Whether the user (or the batch system) wants the work to end.
    public static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// Catches SIGINT and SIGTERM from now on.
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
        for signal in [SIGINT, SIGTERM] {
            sigaction(signal, &action, nil)
            sigaddset(&signals, signal)
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// 128 and the number of the signal, as shells report a program that it ended: 130 for Ctrl-C, 143 for SIGTERM.
    public static var status: Int32 { 128 + signal.load(ordering: .relaxed) }

    private static let count = Atomic<Int>(0)
    private static let signal = Atomic<Int32>(SIGINT)

    /// Only calls that are safe inside a signal handler: an atomic, `write` and `_exit`.
    private static let handle: @convention(c) (Int32) -> Void = { number in
        signal.store(number, ordering: .relaxed)
        let message: StaticString =
            if count.add(1, ordering: .relaxed).oldValue == 0 {
                "\nstopping after this step and saving; Ctrl-C again stops at once\n"
            } else {
                "\nstopped\n"
            }
        _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
        if count.load(ordering: .relaxed) > 1 { _exit(128 + number) }
    }
}
