import Cases
import Foundation
import Tensors
import Testing
import Training

/// Whatever a case chooses, a training gives the same bits on any number of threads, after a stop, and after a kill.
@Suite struct TrustTests {
    /// One operator, small, with the keys that the test does not leave to their defaults.
    struct Choice: CustomTestStringConvertible, Sendable, Codable {
        var name: String
        var keys: String
        var training = ""
        var testDescription: String { training.isEmpty ? name : training }
    }

    static let operators = [
        Choice(name: "fno", keys: "modes = [4, 4]\nwidth = 6\nlayers = 2"),
        Choice(name: "neuraloperator-fno", keys: "modes = [4, 4]\nwidth = 6\nlayers = 2"),
        Choice(name: "airs-fno", keys: "modes = [4, 4]\nwidth = 6\nlayers = 2"),
        Choice(name: "ffno", keys: "modes = [4, 4]\nwidth = 6\nlayers = 2\nexpansion = 2\nprojection = 16"),
        Choice(name: "gfno", keys: "modes = 4\nwidth = 3\nlayers = 2"),
        Choice(name: "mgno", keys: "layers = 2\nchannels = 4\npre-smoothing = [1, 1, 2]\npost-smoothing = [0, 0, 0]"),
        Choice(name: "deeponet", keys: "branch = [16]\ntrunk = [16]\nproducts = 8"),
        Choice(name: "sinenet", keys: "waves = 2\nwidth = 8\nlevels = 2\nmultiplier = 1.5"),
        Choice(name: "unet", keys: "width = 8\nmultipliers = [1, 2]\nblocks = 1"),
        Choice(name: "unet-classic", keys: "width = 4\nlevels = 2"),
        Choice(name: "dilated-resnet", keys: "width = 8\nblocks = 1\ndilations = [1, 2, 1]"),
    ]

    static let trainings =
        Registries.standard.optimizers.names.map { Choice(name: "fno", keys: operators[0].keys, training: "optimizer = \"\($0)\"") }
        + Registries.standard.schedules.names.filter { $0 != "multi-step" }.map {
            Choice(name: "fno", keys: operators[0].keys, training: "schedule = \"\($0)\"")
        }
        + Registries.standard.losses.names.map { Choice(name: "fno", keys: operators[0].keys, training: "loss = \"\($0)\"") }

    static func text(_ choice: Choice, epochs: Int = 3) -> String {
        """
        title = "trust"
        seed = 4
        [equation]
        name = "darcy"
        [dataset]
        resolution = 16
        train = 10
        valid = 3
        test = 0
        checked = 0
        [operator]
        name = "\(choice.name)"
        \(choice.keys)
        [training]
        epochs = \(epochs)
        batch = 4
        clip = 1.0
        ema = 0.9
        augmentation = true
        checkpoint = 0
        \(choice.training)
        """
    }

    /// The data, made once.
    private static let data: String = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "eddy-trust-\(ProcessInfo.processInfo.processIdentifier)"
        ).path
        atexit {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "eddy-trust-\(ProcessInfo.processInfo.processIdentifier)"
            ).path
            try? FileManager.default.removeItem(atPath: folder)
        }
        do {
            let content = try Case(text: text(operators[0]), file: "trust.toml")
            _ = try Generation(content, folder: folder, workers: Workers(threads: 1), command: "test").run()
        } catch { Issue.record("\(error)") }
        return folder
    }()

    /// Trains in a folder until `stop` steps are done; returns whether it finished.
    @discardableResult
    static func train(
        _ choice: Choice, _ folder: String, data: String? = nil, threads: Int, resume: Bool = false, until stop: Int = .max
    ) throws -> Bool {
        let content = try Case(text: text(choice), file: "trust.toml")
        let training = try OperatorTraining(content, data: data ?? self.data, workers: Workers(threads: threads))
        var steps = 0
        let outcome = try training.run(
            folder: folder, resume: resume, command: ["test"], shouldStop: { steps >= stop }, progress: { steps = $0.step })
        return outcome.status == .finished
    }

    /// Models and the last checkpoint bit for bit, and the metrics but for the clock.
    static func fingerprint(_ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        func read(_ name: String) throws { files[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)) }
        try read("model.safetensors")
        try read("last.safetensors")
        for checkpoint in try FileManager.default.contentsOfDirectory(atPath: folder + "/checkpoints") {
            try read("checkpoints/\(checkpoint)/model.safetensors")
            try read("checkpoints/\(checkpoint)/optimizer.safetensors")
        }
        let lines = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8).split(separator: "\n")
        // The first column is the name of the folder.
        files["metrics.csv"] = Data(
            lines.filter { !$0.contains("wall-seconds") }.map { $0.drop { $0 != "," } }.joined(separator: "\n").utf8)
        return files
    }

    @Test func everyOperatorHasARow() { #expect(Set(Self.operators.map(\.name)) == Set(Registries.standard.operators.names)) }

    /// On one thread in one go; on two with a stop in the middle of an epoch; on four with a stop at the end of one.
    @Test(arguments: operators + trainings) func sameBitsOnAnyThreadsAndAfterAnyStop(choice: Choice) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-trust-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try Self.train(choice, folder + "/whole", threads: 1))
        let whole = try Self.fingerprint(folder + "/whole")
        #expect(whole.count == 5)
        for (threads, stop) in [(2, 4), (4, 6)] {
            let run = folder + "/run\(threads)"
            #expect(try !Self.train(choice, run, threads: threads, until: stop))
            #expect(try Self.train(choice, run, threads: threads == 4 ? 1 : threads, resume: true))
            let found = try Self.fingerprint(run)
            for (name, bytes) in whole { #expect(found[name] == bytes, "\(name) on \(threads) threads") }
        }
    }

    /// Children are killed at random moments of a training that writes a checkpoint after each step; continued to the end, the run has the bits of one
    /// that nothing happened to.
    @Test(arguments: ProcessInfo.processInfo.environment["EDDY_VALIDATE"] != nil ? operators : [operators[0]])
    func sameBitsAfterKills(choice: Choice) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-trust-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = Self.data
        try Self.train(choice, folder + "/whole", threads: 1)
        let run = folder + "/killed"
        for attempt in 0..<5 {
            let microseconds = 20_000 + Int(Philox(seed: 78, stream: UInt64(choice.name.count)).uniform(at: attempt) * 200_000)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [run = run as String, data = data as String, choice = choice as Choice, microseconds = microseconds as Int] in
                Thread {
                    usleep(UInt32(microseconds))
                    kill(getpid(), SIGKILL)
                }.start()
                while true { _ = try? TrustTests.train(choice, run, data: data, threads: 2, resume: true) }
            }
        }
        #expect(try Self.train(choice, run, threads: 1, resume: true))
        let (whole, found) = (try Self.fingerprint(folder + "/whole"), try Self.fingerprint(run))
        for (name, bytes) in whole { #expect(found[name] == bytes, "\(name)") }
    }
}
