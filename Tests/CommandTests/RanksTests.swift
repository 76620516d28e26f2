import Communication
import Foundation
import Testing

/// The program on several processes: the bits, files and messages of one.
///
/// Without the package trait `MPI` only the refusal of copies can be tested.
@Suite struct RanksTests {
    let folder: URL

    init() throws { folder = try #require(Workshop.folder) }

    /// `mpirun`, with what it wants to hear in containers and on machines with fewer cores than ranks.
    ///
    /// With a signal, rank 1 gets it once the text stands in the file. Signals to `mpirun` itself would not do: the threads of a test block
    /// them, and so does what they start.
    private func mpirun(_ ranks: Int, _ arguments: [String], signal: (name: String, text: String, file: String)? = nil) throws
        -> Program.Result
    {
        var program = [Program.path]
        if let signal {
            let script = """
                if [ "$OMPI_COMM_WORLD_RANK" != 1 ]; then exec "$@"; fi
                "$@" &
                until grep -q '\(signal.text)' \(signal.file) 2>/dev/null; do sleep 0.05; done
                kill -\(signal.name) $!
                wait $!
                """
            program = ["sh", "-c", script, "sh", Program.path]
        }
        // A rank that is told to end has time to save also where the tests are slow.
        let patience = signal == nil ? [] : ["--mca", "odls_base_sigkill_timeout", "20"]
        return try Program.run(
            (geteuid() == 0 ? ["--allow-run-as-root"] : []) + ["--oversubscribe", "-n", "\(ranks)"] + patience + program + arguments,
            in: folder, program: try Self.launcher())
    }

    private static func launcher() throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return try #require(
            folders.map { $0 + "/mpirun" }.first { FileManager.default.isExecutableFile(atPath: $0) }, "mpirun is not installed")
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    /// Weights, last checkpoint and metrics but for the clock.
    private func fingerprint(_ run: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in ["model.safetensors", "last.safetensors"] { files[name] = try bytes("\(run)/\(name)") }
        let checkpoints = folder.appendingPathComponent("\(run)/checkpoints").path
        for step in try FileManager.default.contentsOfDirectory(atPath: checkpoints) {
            for name in ["model.safetensors", "optimizer.safetensors"] {
                files["\(step)/\(name)"] = try bytes("\(run)/checkpoints/\(step)/\(name)")
            }
        }
        let metrics = String(decoding: try bytes("\(run)/metrics.csv"), as: UTF8.self).split(separator: "\n")
        // The first column is the name of the run.
        let lines = metrics.filter { !$0.contains("wall-seconds") }.map { $0.drop { $0 != "," } }
        files["metrics.csv"] = Data(lines.joined(separator: "\n").utf8)
        return files
    }

    @Test("the same bits on any number of ranks", .enabled(if: World.isSupported), arguments: [2, 3])
    func training(_ ranks: Int) throws {
        let result = try mpirun(ranks, ["train", "tiny.toml", "--run", "ranks\(ranks)", "--data", "runs/tiny/data"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try fingerprint("ranks\(ranks)") == fingerprint("runs/tiny"))
        #expect(result.errors.contains("\(ranks) ranks on 1 machine") && result.errors.contains("4 shards of a batch; "))
        // One rank speaks.
        #expect(result.errors.components(separatedBy: "run in ranks\(ranks)").count == 2, "\(result.errors)")
        let record = String(decoding: try bytes("ranks\(ranks)/run.json"), as: UTF8.self)
        #expect(record.contains("\"ranks\" : \(ranks)"))
    }

    /// An interruption on two ranks, a continuation on one, another on two with a moving average, a clipped gradient and batches that
    /// neither the samples nor the shards divide.
    @Test(.enabled(if: World.isSupported)) func interruptionAndOtherNumbersOfRanks() throws {
        let text = Workshop.text.replacingOccurrences(of: "epochs = 3\nbatch = 4", with: "epochs = 500\nbatch = 5\nclip = 1.0\nema = 0.9")
        try text.write(to: folder.appendingPathComponent("uneven.toml"), atomically: true, encoding: .utf8)
        let data = ["--data", "runs/tiny/data"]
        let stopped = try mpirun(
            2, ["train", "uneven.toml", "--run", "uneven2"] + data, signal: ("TERM", "valid,3,", "uneven2/metrics.csv"))
        #expect(stopped.status == 130, "\(stopped.errors)")
        #expect(
            stopped.errors.components(separatedBy: "interrupted and saved; continue with: eddy train uneven.toml").count == 2,
            "\(stopped.errors)")
        let continued = try Program.run(
            ["train", "uneven.toml", "--run", "uneven2", "--resume"] + data, in: folder, interruptAfterMessage: "uneven")
        #expect(continued.status == 0 || continued.status == 130, "\(continued.errors)")
        let finished = try mpirun(2, ["train", "uneven.toml", "--run", "uneven2", "--resume"] + data)
        #expect(finished.status == 0, "\(finished.errors)")
        let whole = try Program.run(["train", "uneven.toml", "--run", "uneven1"] + data, in: folder)
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(try fingerprint("uneven2") == fingerprint("uneven1"))
    }

    @Test(.enabled(if: World.isSupported)) func generation() throws {
        let result = try mpirun(2, ["generate", "tiny.toml", "-o", "ranks-data"])
        #expect(result.status == 0, "\(result.errors)")
        func identifiers(_ folder: String) throws -> [String] {
            try ["train", "valid", "test"].map { split in
                let text = try Program.run(["inspect", "\(folder)/\(split).nc", "--json"], in: self.folder).output
                let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
                return try #require(object?["id"] as? String)
            }
        }
        #expect(try identifiers("ranks-data") == identifiers("runs/tiny/data"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ranks-data").sorted() == [
                "stats.json", "test.nc", "train.nc", "valid.nc",
            ])
        let again = try mpirun(2, ["generate", "tiny.toml", "-o", "ranks-data"])
        #expect(again.status == 0 && again.errors.contains("nothing is left to do"), "\(again.errors)")
    }

    /// A fault that all ranks have is told by one, with status 2.
    @Test(.enabled(if: World.isSupported)) func oneMessage() throws {
        try "title = \"none\"\n[equation]\nname = \"darsy\"\n".write(
            to: folder.appendingPathComponent("faulty.toml"), atomically: true, encoding: .utf8)
        for arguments in [
            ["train", "faulty.toml"], ["generate", "faulty.toml"], ["train", "tiny.toml", "--data", "nowhere"], ["train", "--rum"],
        ] {
            let result = try mpirun(2, arguments)
            #expect(result.status != 0)
            #expect(result.errors.components(separatedBy: "rror: ").count == 2, "\(arguments): \(result.errors)")
        }
        // Where nothing but the program fails, its status is that of mpirun.
        #expect(try mpirun(2, ["train", "faulty.toml"]).status == 2)
    }

    /// A rank that dies takes the others with it, and the last checkpoint can be continued from.
    @Test(.enabled(if: World.isSupported)) func lostRank() throws {
        let text = Workshop.text.replacingOccurrences(of: "epochs = 3", with: "epochs = 100000")
        try text.write(to: folder.appendingPathComponent("endless.toml"), atomically: true, encoding: .utf8)
        let arguments = ["train", "endless.toml", "--run", "lost", "--data", "runs/tiny/data"]
        let result = try mpirun(2, arguments, signal: ("KILL", "valid,3,", "lost/metrics.csv"))
        #expect(result.status != 0)
        #expect(result.errors.contains("other ranks are slow or lost") && result.errors.contains("continue with"), "\(result.errors)")
        let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/lost/checkpoints")
        #expect(checkpoints.contains { $0.hasPrefix("step-") && !$0.hasSuffix(".tmp") }, "\(result.errors)")
        let continued = try Program.run(arguments + ["--resume"], in: folder, interruptAfterMessage: "steps")
        #expect(continued.status == 130, "\(continued.errors)")
    }

    /// Copies that do not know each other would write the same files.
    @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
    func copiesAreRefused(_ variable: String) throws {
        // A launcher that is not there, so that no MPI library can find it either.
        let environment = [variable: "4"]
        var commands = [["evaluate", "runs/tiny"], ["predict", "runs/tiny", "a.nc", "b.nc"], ["reproduce", "tiny.toml"]]
        if !World.isSupported { commands += [["train", "tiny.toml", "--run", "copies"], ["generate", "tiny.toml", "-o", "copies"]] }
        for arguments in commands {
            let result = try Program.run(arguments, in: folder, environment: environment)
            #expect(result.status == 2, "\(arguments): \(result.errors)")
            #expect(result.errors.contains("started as 4"), "\(arguments): \(result.errors)")
            if arguments[0] == "train" { #expect(result.errors.contains("--traits MPI")) }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/copies"))
        let harmless = try Program.run(["inspect", "tiny.toml"], in: folder, environment: environment)
        #expect(harmless.status == 0)
        let part = "part-\(variable)"
        let shard = try Program.run(["generate", "tiny.toml", "-o", part, "--shard", "1/4"], in: folder, environment: environment)
        #expect(shard.status == 0, "\(shard.errors)")
        try FileManager.default.removeItem(atPath: folder.path + "/" + part)
    }
}
