import Foundation
import Synchronization

/// A clear end where a damaged file makes the HDF5 library crash, or search for ever.
///
/// HDF5 1.10 does not survive every damaged file: of files with a few random bytes changed about one in a thousand ends it by a signal inside of
/// the library, where no error can be thrown, and in about as many the library follows a ring in the file's list of texts for ever. A program
/// that calls ``install()`` then says which file it was and ends with status 2. Other crashes are left as they are.
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
        #if !canImport(Darwin)
            Thread { watchForEver() }.start()
        #endif
    }

    /// Seconds of processor time after which one call that reads no field is taken to be endless; such calls take milliseconds.
    private static let patience = 10.0

    #if !canImport(Darwin)
        /// The clock of processor time of the thread in a call that must end soon, and the number of that call; 0 for none.
        private static let clock = Atomic<Int32>(0)
        private static let call = Atomic<UInt64>(0)

        private static func watchForEver() {
            var (seen, start): (UInt64, Double) = (0, 0)
            while true {
                sleep(1)
                let (number, clock) = (call.load(ordering: .acquiring), clock.load(ordering: .acquiring))
                var time = timespec()
                guard clock != 0, clock_gettime(clock, &time) == 0 else { continue }
                let now = Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
                if number != seen { (seen, start) = (number, now) }
                if now - start > patience, let file = UnsafePointer<CChar>(bitPattern: path.load(ordering: .relaxed)) {
                    end(file, ": cannot be read as NetCDF (damaged: the HDF5 library finds no end in it)\n")
                }
            }
        }
    #endif

    /// The file that is being read, as a C string, and the thread that reads; guarded by the lock of ``NetCDFLibrary``.
    private static let path = Atomic<UInt>(0)
    private static let thread = Atomic<UInt>(0)

    /// Runs a library call that reads `file`, while the lock is held; one that reads no field `isShort`.
    static func reading<Result>(_ file: String, isShort: Bool, _ body: () -> Result) -> Result {
        file.withCString { pointer in
            thread.store(current, ordering: .relaxed)
            path.store(UInt(bitPattern: pointer), ordering: .relaxed)
            #if !canImport(Darwin)
                var ownClock = clockid_t()
                if isShort, pthread_getcpuclockid(pthread_self(), &ownClock) == 0 {
                    call.add(1, ordering: .releasing)
                    clock.store(ownClock, ordering: .releasing)
                }
            #endif
            defer {
                #if !canImport(Darwin)
                    clock.store(0, ordering: .releasing)
                #endif
                path.store(0, ordering: .relaxed)
            }
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
        end(file, ": cannot be read as NetCDF (truncated or damaged: the HDF5 library crashed on it)\n")
    }

    private static func end(_ file: UnsafePointer<CChar>, _ reason: StaticString) -> Never {
        func say(_ text: StaticString) { _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
        say("error: ")
        var length = 0
        while file[length] != 0 { length += 1 }
        _ = write(STDERR_FILENO, file, length)
        say(reason)
        _exit(2)
    }
}
