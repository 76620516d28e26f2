import ArgumentParser
import Cases
import Communication
import Foundation
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train the operator of a case on its data.",
        discussion: """
            Reads the files that eddy generate made and writes a run folder: model.safetensors (the best model by the validation), last.safetensors,
            metrics.csv, run.json and checkpoints. Ctrl-C saves; --resume continues to the same bits as if nothing had happened. A program built
            with --traits MPI shares the shards of every batch among the ranks of mpirun or srun, to the same bits again.

              eddy train cases/darcy/demo.toml
              eddy train cases/darcy/demo.toml --run runs/mine --data /scratch/darcy --resume
              mpirun -n 4 eddy train cases/darcy/demo.toml
            """)

    @Argument(help: "The case file.")
    var caseFile: String

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of the run. Default: runs/NAME.", valueName: "folder"))
    var folder: String?

    @Option(help: ArgumentHelp("Folder of the data. Default: data in the run's folder.", valueName: "folder"))
    var data: String?

    @Flag(help: "Continue from the last checkpoint.")
    var resume = false

    @Flag(name: .customLong("dry-run"), help: "Take two steps and say what the training will take in memory and time; writes nothing.")
    var dryRun = false

    @Flag(help: "Write the metrics also as an event file for TensorBoard, as tensorboard = true in the case does.")
    var tensorboard = false

    @OptionGroup var threads: ThreadOptions

    func run() throws {
        Interrupt.install()
        let ranks = try Ranks(threads)
        if dryRun, !ranks.isLeader { return }
        let folder = folder ?? Run.defaultFolder(forCase: caseFile)
        let data = data ?? folder + "/data"
        let team: any Communicator = dryRun ? SingleProcess() : ranks.communicator
        let training = try team.prepare {
            let content = try Case(contentsOf: caseFile)
            let dataset = content.dataset
            let needed = dataset?.train == 0 ? (dataset?.valid == 0 ? nil : "/valid.nc") : "/train.nc"
            if let needed, !FileManager.default.fileExists(atPath: data + needed) {
                throw TrainingError.cannotRead(
                    file: data + needed,
                    reason: "no such file; make the data with: eddy generate \(caseFile)\(data == folder + "/data" ? "" : " -o \(data)")")
            }
            return try OperatorTraining(content, data: data, workers: ranks.workers, communicator: team)
        } rehearsing: {
            try $0.rehearseShards()
        }
        guard ranks.isLeader else {
            _ = try training.run(
                folder: folder, resume: resume, command: CommandLine.arguments, shouldStop: { Interrupt.isRequested })
            return
        }
        let plan = training.plan
        say(
            "\(plan.architecture): \(plan.inputs.joined(separator: ", ")) -> \(plan.outputs.joined(separator: ", ")) on "
                + "\(plan.grid.map(String.init).joined(separator: " x ")), \(Format.count(plan.parameterCount)) weights; "
                + "\(Format.count(plan.samples.train)) samples, \(Format.count(plan.totalSteps)) steps")
        let rows = plan.rollout + plan.physics
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows { say("  \(row.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(row.value)") }
        if dryRun { return try report(training.rehearse()) }
        if let summary = ranks.summary { say(summary + "; " + shares(of: training)) }
        try Run.record(dataFolder: data, in: folder)
        let reporter = LazyReporter("training", unit: "steps")
        var validation = ""
        var firstStep: Int?
        let outcome = try training.run(
            folder: folder, resume: resume, command: CommandLine.arguments, tensorboard: tensorboard, shouldStop: { Interrupt.isRequested },
            message: { Terminal.standardError.warn($0) }
        ) { progress in
            firstStep = firstStep ?? progress.step - 1
            if let values = progress.validation { validation = ", validation \(Format.percent(values[0]))" }
            reporter.update(
                progress.step, of: progress.totalSteps, fresh: progress.step - firstStep!,
                note: "epoch \(progress.epoch)/\(progress.epochs), loss \(Format.significant(progress.loss))\(validation)")
        }
        reporter.finish()
        if let best = outcome.best { say("best validation error \(Format.percent(best.value)) relative L2 in epoch \(best.epoch)") }
        switch outcome.status {
        case .finished: say("run in \(folder); next: eddy evaluate \(folder)")
        case .stoppedEarly: say("stopped early, no better validation any more; run in \(folder)")
        case .interrupted:
            let options = [self.folder.map { " --run \($0)" }, self.data.map { " --data \($0)" }, tensorboard ? " --tensorboard" : nil]
            say("interrupted and saved; continue with: eddy train \(caseFile)\(options.compactMap { $0 }.joined()) --resume")
            throw Interrupt.exitCode
        }
    }

    /// What the ranks compute and send.
    private func shares(of training: OperatorTraining) -> String {
        let cut = training.cut
        let advice = training.allowsShards(cut.ranks) ? " (shards = \(cut.ranks) in [training] gives one to each)" : ""
        let idle = cut.idleRanks == 0 ? "" : ", \(cut.idleRanks) of the ranks have none\(advice)"
        return
            "\(cut.shards) \(cut.shards == 1 ? "shard" : "shards") of a batch\(idle); \(Format.bytes(training.bytesPerStep)) between ranks in a step "
            + "(gradients: \(cut.messages), weights: \(cut.ranks - 1))"
    }

    private func report(_ rehearsal: TrainingRehearsal) {
        var table = TextTable([.init("what"), .init("value")])
        table.add(["weights", Format.bytes(rehearsal.parameterBytes)])
        table.add(["optimizer state", Format.bytes(rehearsal.optimizerBytes)])
        table.add(["gradient", Format.bytes(rehearsal.gradientBytes)])
        table.add(["activations and work space", Format.bytes(rehearsal.activationBytes)])
        table.add(["memory of the process at its peak", Format.bytes(rehearsal.peakBytes)])
        table.add(["time of a step, \(threads.workers.threads) threads", Format.duration(rehearsal.secondsPerStep)])
        table.add(["time of \(Format.count(rehearsal.steps)) steps", Format.duration(rehearsal.seconds)])
        print(table.text, terminator: "")
    }
}
