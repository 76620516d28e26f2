import Foundation
import Tensors
import Testing
import Training

/// Runs that end in the middle: children of the test process that are killed, or to which the system gives no more room.
@Suite struct CrashTests {
    private static let run: ToyRun = {
        var run = ToyRun()
        run.settings.epochs = isValidation ? 60 : 4
        run.checkpointSteps = 1
        return run
    }()

    /// Children are killed with SIGKILL at random moments of a training that writes a checkpoint after every step, so mostly in the middle of
    /// one; the run, continued each time and finished at last, has the bits of one that was never interrupted.
    @Test func killedAtRandomMoments() async throws {
        let folder = try TemporaryFolder()
        let path = folder("killed")
        var (torn, furthest) = (0, 0)
        for attempt in 0..<(isValidation ? 60 : 6) {
            let microseconds = 500 + Int(Philox(seed: 77, stream: 1).uniform(at: attempt) * 150_000)
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, microseconds = microseconds as Int] in
                let killer = Thread {
                    usleep(UInt32(microseconds))
                    kill(getpid(), SIGKILL)
                }
                var run = CrashTests.run
                run.threads = 2
                killer.start()
                // A finished training is continued again and again, so that the child is at work when it is killed.
                while true { _ = try? run.train(path, resume: true) }
            }
            // Whatever the moment, a checkpoint under its real name is whole.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")) ?? []
            if names.contains(where: { $0.hasSuffix(".tmp") }) { torn += 1 }
            furthest = max(furthest, names.compactMap { Int($0.dropFirst(5)) }.max() ?? 0)
            for name in names where !name.hasSuffix(".tmp") && !name.hasSuffix(".old") {
                let files = try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints/\(name)").sorted()
                #expect(files == ["model.safetensors", "optimizer.safetensors", "state.json"])
            }
        }
        try CrashTests.run.train(path, resume: true)
        // Otherwise the kills would have missed what they are for.
        if isValidation { #expect(torn > 5 && furthest > 10, "\(torn) of 60 kills in the middle of a checkpoint, up to step \(furthest)") }
        var whole = CrashTests.run
        whole.checkpointSteps = nil
        try whole.train(folder("whole"))
        #expect(try fingerprint(path) == fingerprint(folder("whole")))
    }

    /// Files may not grow beyond 600 bytes, which is too little for a model: the error names the file, and what was there before can be
    /// continued.
    @Test func noRoomLeft() async throws {
        let folder = try TemporaryFolder()
        let path = folder("run")
        var run = CrashTests.run
        run.settings.epochs = 3
        try run.train(path, until: 4)
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 600, rlim_max: 600)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            var run = CrashTests.run
            run.settings.epochs = 3
            do { try run.train(path, resume: true) } catch TrainingError.cannotWrite(let file, let reason) {
                exit(file.hasPrefix(path) && reason.contains("File too large") ? EXIT_SUCCESS : 3)
            }
            exit(4)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") == ["step-4"])
        try run.train(path, resume: true)
        try run.train(folder("whole"))
        #expect(try fingerprint(path) == fingerprint(folder("whole")))
    }

    /// A folder that may only be read: an error before the first step, and nothing changed.
    @Test func readOnlyFolder() async throws {
        let folder = try TemporaryFolder()
        let path = folder("run")
        var run = CrashTests.run
        run.settings.epochs = 3
        try run.train(path, until: 4)
        for name in ["", "/checkpoints"] { #expect(chmod(path + name, 0o555) == 0) }
        defer { for name in ["", "/checkpoints"] { chmod(path + name, 0o755) } }
        await #expect(processExitsWith: .success) { [path = path as String] in
            // The administrator may write anywhere.
            if geteuid() == 0, setuid(65534) != 0 { exit(5) }
            var run = CrashTests.run
            run.settings.epochs = 3
            do { try run.train(path, resume: true) } catch TrainingError.cannotWrite(let file, let reason) {
                exit(file.hasPrefix(path) && reason.contains("choose another folder") || reason.contains("may write to") ? EXIT_SUCCESS : 3)
            }
            exit(4)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") == ["step-4"])
    }
}
