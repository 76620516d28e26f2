import Autodiff
import Communication
import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// A training of the toy problem in a folder.
struct ToyRun {
    var optimizer = "adam"
    var settings = TrainerSettings(
        epochs: 6, batch: 4, shards: 3, seed: 5, learningRate: 1e-2, clipping: 1, averageDecay: 0.9)
    var checkpointSteps: Int?
    var identity: [String: String] = ["operator": "toy"]
    var threads = 1
    var version = "1.0"
    var writesTensorBoard = false

    static let problem = ToyProblem<Float>()

    func trainer(
        _ folder: String?, communicator: any Communicator = SingleProcess(), train: (any SampleSource<Float>)? = nil, width: Int = 8
    ) throws -> (trainer: Trainer<ToyProblem<Float>>, parameters: ParameterVector<Float>) {
        let problem = width == 8 ? ToyRun.problem : ToyProblem<Float>(width: width)
        let parameters = problem.layout.initialValues(seed: 2, as: Float.self)
        let run = folder.map {
            RunDescription(
                folder: $0, name: "toy", model: ModelTemplate(metadata: ["format": "toy"], prefix: "model."), caseText: "case\n",
                identity: identity, version: version, commit: "abc", command: ["eddy", "train"], checkpointSeconds: 1e9,
                checkpointSteps: checkpointSteps, writesTensorBoard: writesTensorBoard)
        }
        return (
            try Trainer(
                problem, parameters: parameters, optimizer: makeOptimizer(optimizer, problem.layout), settings: settings,
                train: train ?? toySource(18, seed: 3), valid: toySource(5, seed: 4), run: run, workers: Workers(threads: threads),
                communicator: communicator), parameters
        )
    }

    /// Trains until `stop` steps are done, or to the end.
    @discardableResult
    func train(_ folder: String?, resume: Bool = false, until stop: Int = .max) throws -> TrainingOutcome {
        let (trainer, _) = try trainer(folder)
        var steps = 0
        trainer.onProgress = { steps = $0.step }
        trainer.shouldStop = { steps >= stop }
        return try trainer.train(resume: resume)
    }
}

/// Everything that a run must reproduce: models, checkpoint tensors and metrics but for the clock.
func fingerprint(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder + "/checkpoints")
    for name in ["model.safetensors", "last.safetensors"] { files[name] = try fileBytes(folder + "/" + name) }
    for checkpoint in checkpoints {
        for name in ["model.safetensors", "optimizer.safetensors"] {
            files["\(checkpoint)/\(name)"] = try fileBytes("\(folder)/checkpoints/\(checkpoint)/\(name)")
        }
    }
    let lines = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8).split(separator: "\n")
    files["metrics.csv"] = Array(lines.filter { !$0.contains("wall-seconds") }.joined(separator: "\n").utf8)
    return files
}

@Suite struct TrainerTests {
    @Test func learns() throws {
        var run = ToyRun()
        run.settings = TrainerSettings(epochs: 60, batch: 6, learningRate: 5e-2)
        let (trainer, _) = try run.trainer(nil)
        var losses: [Double] = []
        var validations: [Double] = []
        trainer.onProgress = { progress in
            if progress.step % 3 == 0 { losses.append(progress.loss) }
            if let validation = progress.validation { validations.append(validation[0]) }
        }
        let outcome = try trainer.train()
        #expect(outcome.status == .finished && outcome.step == 180)
        #expect(losses.count == 60 && validations.count == 60)
        #expect(losses[0] > 0.5 && losses[59] < 0.2, "\(losses[0]) to \(losses[59])")
        #expect(validations[59] < 0.3, "\(validations[59])")
        #expect(outcome.best!.value == validations.min())
    }

    @Test func filesOfARun() throws {
        let folder = try TemporaryFolder()
        let path = folder("run")
        #expect(try ToyRun().train(path).status == .finished)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names == [".lock", "checkpoints", "last.safetensors", "metrics.csv", "model.safetensors", "run.json"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") == ["step-30"])

        let lines = try String(contentsOfFile: path + "/metrics.csv", encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines[0] == "run,seed,split,epoch,step,field,lead,metric,value")
        #expect(lines.count == 1 + 6 * 6)
        let rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(rows.allSatisfy { $0.count == 9 && $0[0] == "toy" && $0[1] == "5" && Double($0[8]) != nil })
        #expect(rows.filter { $0[2] == "valid" && $0[7] == "max" }.map { $0[3] } == ["1", "2", "3", "4", "5", "6"])
        #expect(rows.filter { $0[2] == "valid" && $0[7] == "max" }.allSatisfy { $0[5] == "u" && $0[6] == "0.5" })
        #expect(rows.last![3] == "6" && rows.last![4] == "30")

        let record = try RunRecord(contentsOf: path + "/run.json")
        #expect(record.name == "toy" && record.caseText == "case\n" && record.starts.count == 1)
        #expect(record.starts[0].machine == .current && record.starts[0].version == "1.0" && record.starts[0].threads == 1)
        #expect(record.settings == ToyRun().settings)

        // The model is that of the best validation, and the values in it are the moving average.
        let best = rows.filter { $0[2] == "valid" && $0[7] == "relative-l2" }.map { Double($0[8])! }.min()!
        let model = try SafetensorsFile(path: path + "/model.safetensors")
        #expect(model.metadata["format"] == "toy")
        let parameters = ParameterVector<Float>(layout: ToyRun.problem.layout)
        try model.read(into: parameters, prefix: "model.")
        let found = try errors(of: ToyRun.problem, with: parameters, on: toySource(5, seed: 4), batch: 2)
        #expect(abs(found.reduce(0) { $0 + $1[0] } / 5 - best) < 1e-9)
    }

    @Test("N steps, a stop, and M steps give the bits of N + M steps", arguments: ["sgd", "momentum", "adam", "adamw", "lion"])
    func resume(_ optimizer: String) throws {
        let folder = try TemporaryFolder()
        var run = ToyRun()
        run.optimizer = optimizer
        try run.train(folder("whole"))
        let expected = try fingerprint(folder("whole"))
        // In the middle of an epoch, at its end, and twice.
        for (number, stops) in [[7], [10], [1, 13, 29]].enumerated() {
            let path = folder("parts\(number)")
            for (index, stop) in stops.enumerated() {
                let outcome = try run.train(path, resume: index > 0, until: stop)
                #expect(outcome.status == .interrupted && outcome.step == stop)
            }
            run.threads = 2
            #expect(try run.train(path, resume: true).status == .finished)
            #expect(try fingerprint(path) == expected)
            let starts = try RunRecord(contentsOf: path + "/run.json").starts
            #expect(starts.map(\.step) == [0] + stops)
        }
    }

    /// Rows written after the checkpoint are removed; the best model is found again.
    @Test func workAfterTheCheckpointIsRepeated() throws {
        let folder = try TemporaryFolder()
        var run = ToyRun()
        run.checkpointSteps = 12
        try run.train(folder("whole"))
        // An error from outside at step 23, long after the checkpoint at step 12.
        let failing = try Trainer(
            ToyRun.problem, parameters: ToyRun.problem.layout.initialValues(seed: 2, as: Float.self),
            optimizer: makeOptimizer("adam", ToyRun.problem.layout), settings: run.settings,
            train: SlowSource(toySource(18, seed: 3, as: Float.self), failingAtRead: 24), valid: toySource(5, seed: 4),
            run: RunDescription(
                folder: folder("parts"), name: "toy", model: ModelTemplate(metadata: ["format": "toy"], prefix: "model."),
                caseText: "case\n", identity: run.identity, version: "1.0", commit: "abc", checkpointSeconds: 1e9, checkpointSteps: 12))
        #expect(throws: TrainingError.self) { try failing.train() }
        let text = try String(contentsOfFile: folder("parts/metrics.csv"), encoding: .utf8)
        #expect(text.contains(",4,20,"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("parts/checkpoints")) == ["step-12"])
        try run.train(folder("parts"), resume: true)
        #expect(try fingerprint(folder("parts")) == fingerprint(folder("whole")))
    }

    @Test func earlyStopping() throws {
        let folder = try TemporaryFolder()
        var run = ToyRun()
        run.settings.learningRate = 1e-12
        run.settings.schedule = .constant
        run.settings.averageDecay = nil
        run.settings.patience = 2
        let outcome = try run.train(folder("run"))
        #expect(outcome.status == .stoppedEarly)
        #expect(outcome.step < 30 && outcome.step >= 15)
        // A continuation has nothing to do.
        let again = try run.train(folder("run"), resume: true)
        #expect(again.status == .stoppedEarly && again.step == outcome.step)
    }

    @Test func continuingAFinishedRunChangesNothing() throws {
        let folder = try TemporaryFolder()
        try ToyRun().train(folder("run"))
        let before = try fingerprint(folder("run"))
        #expect(try ToyRun().train(folder("run"), resume: true).step == 30)
        #expect(try fingerprint(folder("run")) == before)
    }

    @Test func otherSettingsAreRefused() throws {
        let folder = try TemporaryFolder()
        try ToyRun().train(folder("run"), until: 7)
        func expectRefusal(_ item: String, _ change: (inout ToyRun) -> Void) {
            var run = ToyRun()
            change(&run)
            #expect {
                try run.train(folder("run"), resume: true)
            } throws: { error in
                guard case .mismatch(_, let found, _, _) = error as? TrainingError else { return false }
                return found == item
            }
        }
        expectRefusal("batch") { $0.settings.batch = 5 }
        expectRefusal("epochs") { $0.settings.epochs = 7 }
        expectRefusal("learning rate") { $0.settings.learningRate = 2e-2 }
        expectRefusal("optimizer") { $0.optimizer = "adamw" }
        expectRefusal("operator") { $0.identity = ["operator": "other"] }
        expectRefusal("data") { $0.identity["data"] = "new" }
        #expect(try ToyRun().train(folder("run"), resume: true).status == .finished)
    }

    @Test func nothingIsOverwritten() throws {
        let folder = try TemporaryFolder()
        try ToyRun().train(folder("run"), until: 7)
        let before = try fileBytes(folder("run/checkpoints/step-7/optimizer.safetensors"))
        #expect {
            try ToyRun().train(folder("run"))
        } throws: { error in
            "\(error)".contains("step 7") && "\(error)".contains("--resume")
        }
        #expect(try fileBytes(folder("run/checkpoints/step-7/optimizer.safetensors")) == before)
        // A model of unknown origin without checkpoints.
        try FileManager.default.createDirectory(atPath: folder("model"), withIntermediateDirectories: true)
        try SafetensorsWriter().write(to: folder("model/model.safetensors"))
        #expect(throws: TrainingError.self) { try ToyRun().train(folder("model")) }
        // Continuing without any checkpoint starts from the beginning, and says so where there was a training before.
        for name in ["new", "model"] {
            let (trainer, _) = try ToyRun().trainer(folder(name))
            var messages: [String] = []
            trainer.onMessage = { messages.append($0) }
            #expect(try trainer.train(resume: true).status == .finished)
            #expect(messages.count == (name == "new" ? 0 : 1) && messages.allSatisfy { $0.contains("from the beginning") })
        }
    }

    @Test func oneProcessAtATime() throws {
        let folder = try TemporaryFolder()
        let (trainer, _) = try ToyRun().trainer(folder("run"))
        var refused = false
        trainer.onProgress = { progress in
            guard progress.step == 3 else { return }
            do { try ToyRun().train(folder("run"), resume: true) } catch {
                refused = "\(error)".contains("another process")
            }
        }
        #expect(try trainer.train().status == .finished)
        #expect(refused)
    }

    @Test func otherVersionsAreReported() throws {
        let folder = try TemporaryFolder()
        try ToyRun().train(folder("run"), until: 7)
        var newer = ToyRun()
        newer.version = "1.1"
        let (trainer, _) = try newer.trainer(folder("run"))
        var messages: [String] = []
        trainer.onMessage = { messages.append($0) }
        #expect(try trainer.train(resume: true).status == .finished)
        #expect(messages.count == 1 && messages[0].contains("version 1.0") && messages[0].contains("1.1"))
    }

    @Test func damagedCheckpointsAreReported() throws {
        for (file, damage) in [
            ("state.json", Array("{\"schema\":1}".utf8)), ("state.json", Array("{\"schema\":99}".utf8)), ("state.json", []),
            ("optimizer.safetensors", [1, 2, 3]), ("model.safetensors", []),
        ] {
            let folder = try TemporaryFolder()
            try ToyRun().train(folder("run"), until: 7)
            try Data(damage).write(to: URL(fileURLWithPath: folder("run/checkpoints/step-7/\(file)")))
            #expect {
                try ToyRun().train(folder("run"), resume: true)
            } throws: { error in
                error is TrainingError && "\(error)".contains(file)
            }
        }
    }

    @Test func metricsRemovedUnderTheRun() throws {
        let folder = try TemporaryFolder()
        let (trainer, _) = try ToyRun().trainer(folder("run"))
        trainer.onProgress = { if $0.step == 7 { try? FileManager.default.removeItem(atPath: folder("run/metrics.csv")) } }
        #expect(
            throws: TrainingError.cannotWrite(
                file: folder("run/metrics.csv"), reason: "No such file or directory; removed during the run? start again with --resume")
        ) { try trainer.train() }
    }

    @Test func folderRemovedUnderTheRun() throws {
        let folder = try TemporaryFolder()
        var run = ToyRun()
        run.checkpointSteps = 3
        let (trainer, _) = try run.trainer(folder("run"))
        trainer.onProgress = { if $0.step == 7 { try? FileManager.default.removeItem(atPath: folder("run")) } }
        #expect(
            throws: TrainingError.cannotWrite(
                file: folder("run/checkpoints/step-9.tmp"),
                reason: "No such file or directory; removed during the run? start again with --resume")
        ) { try trainer.train() }
        #expect(!FileManager.default.fileExists(atPath: folder("run")))
    }

    @Test func pathsThatCannotBeFolders() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder("file")))
        #expect {
            try ToyRun().train(folder("file/run"))
        } throws: { error in
            guard case .cannotWrite(let file, let reason) = error as? TrainingError else { return false }
            return file == folder("file/run") && reason.contains("Not a directory")
        }
    }

    @Test func progressIsConsistent() throws {
        let (trainer, _) = try ToyRun().trainer(nil)
        var seen: [TrainingProgress] = []
        trainer.onProgress = { seen.append($0) }
        _ = try trainer.train()
        #expect(seen.map(\.step) == Array(1...30))
        #expect(seen.map(\.epoch) == (0..<30).map { $0 / 5 + 1 })
        #expect(seen.map { $0.validation != nil } == (1...30).map { $0 % 5 == 0 })
        #expect(seen.allSatisfy { $0.totalSteps == 30 && $0.epochs == 6 && $0.samplesPerSecond > 0 && $0.secondsLeft >= 0 })
        #expect(seen.last!.secondsLeft == 0)
    }

    @Test func settingsWithoutSenseAreNamed() throws {
        func expectRefusal(_ name: String, _ change: (inout TrainerSettings) -> Void) {
            var run = ToyRun()
            change(&run.settings)
            #expect {
                try run.trainer(nil)
            } throws: { error in
                guard case .invalid(let setting, _, _) = error as? TrainingError else { return false }
                return setting == name
            }
        }
        expectRefusal("epochs") { $0.epochs = 0 }
        expectRefusal("batch") { $0.batch = 19 }
        expectRefusal("shards") { $0.shards = 0 }
        expectRefusal("learning rate") { $0.learningRate = 0 }
        expectRefusal("gradient clipping") { $0.clipping = 0 }
        expectRefusal("weight average") { $0.averageDecay = 1 }
        expectRefusal("validation interval") { $0.validationInterval = 0 }
        expectRefusal("patience") { $0.patience = 0 }
        expectRefusal("schedule: epochs") { $0.schedule = .step(factor: 0.5, epochs: 0) }
    }

    /// A batch of another size does other work: the option cannot be ignored silently.
    @Test func batchSizeCounts() throws {
        var run = ToyRun()
        let small = try run.train(nil).step
        run.settings.batch = 9
        #expect(small == 30)
        #expect(try run.train(nil).step == 12)
    }

    /// Validation errors do not depend on how the source is cut.
    @Test func validationIsPerSample() throws {
        let parameters = ToyRun.problem.layout.initialValues(seed: 2, as: Float.self)
        let source = toySource(7, seed: 6, as: Float.self)
        let whole = try errors(of: ToyRun.problem, with: parameters, on: source, batch: 7, shards: 1)
        #expect(whole.count == 7 && whole.allSatisfy { $0.count == 2 })
        for (batch, shards, threads) in [(1, 1, 1), (3, 4, 2), (7, 3, 4)] {
            let found = try errors(
                of: ToyRun.problem, with: parameters, on: source, batch: batch, shards: shards, workers: Workers(threads: threads))
            for (a, b) in zip(found, whole) { #expect(abs(a[0] - b[0]) < 1e-6 && abs(a[1] - b[1]) < 1e-6) }
        }
    }
}
