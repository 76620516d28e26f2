import Foundation
import Synchronization

/// A clear end where a damaged file makes the HDF5 library crash.
///
/// HDF5 1.10 does not survive every damaged file: of files with a few random bytes changed about one in a thousand ends it by a signal inside of
/// the library, where no error can be thrown. A program that calls ``install()`` then says which file it was and ends with status 2. Other
/// crashes are left as they are.
public enum DamagedFileGuard {
    /// Catches crashes inside of NetCDF-C and HDF5 while they read.
    public static func install() {
        var action = sigaction()
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handle
        #else
            action.__sigaction_handler.sa_handler = handle
        #endif
        // Once: a signal that comes back is not ours.
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGABRT] { sigaction(signal, &action, nil) }
    }

    /// The file that is being read, as a C string, and the thread that reads; guarded by the lock of ``NetCDFLibrary``.
    private static let path = Atomic<UInt>(0)
    private static let thread = Atomic<UInt>(0)

    /// Runs a library call that reads `file`, while the lock is held.
    static func reading<Result>(_ file: String, _ body: () -> Result) -> Result {
        file.withCString { pointer in
            thread.store(current, ordering: .relaxed)
            path.store(UInt(bitPattern: pointer), ordering: .relaxed)
            defer { path.store(0, ordering: .relaxed) }
            return body()
        }
    }

    private static var current: UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }

    /// Only calls that are safe inside a signal handler: atomics, `write`, `_exit` and `raise`.
    private static let handle: @convention(c) (Int32) -> Void = { number in
        let file = UnsafePointer<CChar>(bitPattern: path.load(ordering: .relaxed))
        guard let file, thread.load(ordering: .relaxed) == current else {
            raise(number)
            return
        }
        func say(_ text: StaticString) { _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
        say("error: ")
        var length = 0
        while file[length] != 0 { length += 1 }
        _ = write(STDERR_FILENO, file, length)
        say(": cannot be read as NetCDF (truncated or damaged: the HDF5 library crashed on it)\n")
        _exit(2)
    }
}
