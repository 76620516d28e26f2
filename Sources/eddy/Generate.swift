import ArgumentParser
import Cases
import Communication
import Datasets
import Foundation

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the data of a case with its classical solver.",
        discussion: """
            Writes train.nc, valid.nc and test.nc (NetCDF-4, CF conventions) with everything needed to make them again. An interrupted generation
            continues where it stopped; finished blocks are never lost. Several machines share the work with --shard 1/4, --shard 2/4, ...; the last
            to finish joins the files. So do the ranks of mpirun or srun, in a program built with --traits MPI. The numbers do not depend on
            threads, shards or ranks.

              eddy generate cases/darcy/demo.toml
              eddy generate cases/darcy/demo.toml --dry-run
              mpirun -n 4 eddy generate cases/darcy/demo.toml
            """)

    @Argument(help: "The case file.")
    var caseFile: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the files. Default: runs/NAME/data.", valueName: "folder"))
    var output: String?

    @Option(help: ArgumentHelp("Make part I of N, for job arrays.", valueName: "I/N"))
    var shard: String?

    @Flag(name: .customLong("dry-run"), help: "Solve a few samples and say what the generation will take in time, memory and disk.")
    var dryRun = false

    @OptionGroup var threads: ThreadOptions

    func run() throws {
        guard let part = shard.map(Shard.init(_:)) ?? Shard.whole else {
            throw ValidationError("--shard is \(shard!); allowed: I/N with 1 <= I <= N, for example 2/8")
        }
        Interrupt.install()
        // Shards are processes that know nothing of each other, also where a launcher starts them.
        let ranks = shard == nil ? try Ranks(threads) : nil
        if dryRun, ranks?.isLeader == false { return }
        let team: any Communicator = dryRun ? SingleProcess() : ranks?.communicator ?? SingleProcess()
        let folder = output ?? Run.defaultFolder(forCase: caseFile) + "/data"
        let generation = try team.prepare {
            try Generation(
                Case(contentsOf: caseFile), folder: folder, shard: part, workers: ranks?.workers ?? threads.workers, communicator: team,
                command: commandLine)
        } rehearsing: {
            try $0.rehearse()
        }
        guard team.isLeader else {
            _ = try generation.run(shouldStop: { Interrupt.isRequested })
            return
        }
        if dryRun { return try report(generation.plan()) }
        if let summary = ranks?.summary { say(summary) }
        let reporter = LazyReporter(team.size > 1 ? "generating, share of rank 0" : "generating")
        let outcome = try generation.run(shouldStop: { Interrupt.isRequested }) {
            reporter.update($0.done, of: $0.total, fresh: $0.fresh, note: $0.isChecking ? "measuring the error of the data" : nil)
        }
        reporter.finish()
        switch outcome {
        case .complete:
            say("data in \(folder)")
            if let error = DataErrorText.text(folder) { say(error) }
        case .nothingToDo: say("data in \(folder) were complete; nothing is left to do")
        case .waiting(let missing): say("shard \(part.index)/\(part.count) done; \(missing) blocks of other shards are missing")
        case .interrupted:
            say("interrupted; finished blocks are kept, the same command continues")
            throw Interrupt.exitCode
        }
    }

    private func report(_ plan: Generation.Plan) {
        var table = TextTable([.init("what"), .init("value")])
        for split in plan.splits { table.add(["\(split.name) samples", Format.count(split.count)]) }
        table.add(["grid", plan.grid])
        table.add(["solver's points", plan.solverResolution.map(String.init).joined(separator: " x ")])
        table.add(["time of a sample, one core", Format.duration(plan.secondsPerSample)])
        table.add(["time in all, \(threads.workers.threads) threads", Format.duration(plan.seconds)])
        table.add(["disk", Format.bytes(plan.bytes)])
        table.add(["memory", Format.bytes(plan.peakBytes)])
        print(table.text, terminator: "")
    }
}
