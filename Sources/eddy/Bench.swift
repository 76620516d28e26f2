import ArgumentParser
import Cases
import Foundation
import Training

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time training steps and inference of the operators, the solvers, and what they are made of, on this machine.",
        discussion: """
            A step is forward, mean squared error, backward and Adam in Float32, input in memory; times are medians, and each benchmark runs in a process of
            its own so that its peak memory is its own. gflop counts matrix products, mode mixing and convolutions; the ceiling is a large SGEMM on the
            same threads. Solvers step in Float64. The last kind is what limits the others: products, convolutions, copies, transforms. Benchmarks:

            \(all.map { "  \($0.name.padding(toLength: 16, withPad: " ", startingAt: 0)) \($0.summary)" }.joined(separator: "\n"))

              eddy bench fno2d-darcy --threads 2
              eddy bench --json > bench.jsonl
              eddy bench fno2d-darcy --grid 128 --batch 10 --set width=64
            """)

    private static var all: [any Benchmark] {
        func members<Kind: Benchmark>(_ kind: Kind.Type) -> [any Benchmark] { kind.all }
        return benchmarkKinds.flatMap { members($0) }
    }

    @Argument(help: "Names of benchmarks. Default: all.")
    var names: [String] = []

    @Option(help: ArgumentHelp("Timed steps. Default: at least 7, for 4 seconds.", valueName: "n"))
    var steps: Int?

    @Flag(help: "Keep only the inputs of the operators' layers and compute the rest again in the backward pass.")
    var recompute = false

    @Option(help: ArgumentHelp("Operators on another grid: 128, 64x64.", valueName: "points"))
    var grid: String?

    @Option(help: ArgumentHelp("Operators on another batch.", valueName: "samples"))
    var batch: Int?

    @Option(
        help: ArgumentHelp(
            "Parts that a batch is cut into. Default: one for each thread and at least two, at most as in training; four for MgNO.",
            valueName: "n"))
    var shards: Int?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Another setting of the operators, a key of [operator]: width=64.", valueName: "key=value"))
    var settings: [String] = []

    @OptionGroup var output: OutputOptions
    @OptionGroup var threads: ThreadOptions

    private struct Machine: Encodable {
        var build: String
        var processor: String
        var cores: Int
        var memoryGigabytes: Double
        var system: String

        enum CodingKeys: String, CodingKey {
            case build, processor, cores, system
            case memoryGigabytes = "memory_gb"
        }
    }

    func validate() throws {
        let known = Self.all.map(\.name)
        for name in names where !known.contains(name) {
            throw ValidationError("there is no benchmark \"\(name)\"; allowed: \(known.joined(separator: ", "))")
        }
        if let steps, steps < 1 { throw ValidationError("--steps is \(steps); allowed: 1 or more") }
        if let batch, batch < 1 { throw ValidationError("--batch is \(batch); allowed: 1 or more") }
        if let shards, shards < 1 { throw ValidationError("--shards is \(shards); allowed: 1 or more") }
        for setting in settings where !setting.contains("=") { throw ValidationError("--set is \(setting); allowed: KEY=VALUE") }
        guard isVaried else { return }
        for name in names.isEmpty ? known : names {
            guard let benchmark = OperatorBenchmark.named(name) else {
                throw ValidationError("--grid, --batch, --shards, --set and --recompute are for operators, and \(name) is none")
            }
            if let grid, Resolution(grid)?.size(dimension: benchmark.dimension) == nil {
                throw ValidationError("--grid is \(grid); allowed for \(name): one number, or \(benchmark.dimension) joined by x")
            }
        }
    }

    private var isVaried: Bool { grid != nil || batch != nil || shards != nil || recompute || !settings.isEmpty }

    /// The benchmark of a name with what the options change.
    private func benchmark(_ name: String) throws -> any Benchmark {
        guard isVaried, let benchmark = OperatorBenchmark.named(name) else { return Self.all.first { $0.name == name }! }
        return try benchmark.varied(
            grid: grid.flatMap { Resolution($0) }, batch: batch, shards: shards, recomputes: recompute,
            settings: settings.map { setting in
                let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (parts[0].trimmingCharacters(in: .whitespaces), parts[1].trimmingCharacters(in: .whitespaces))
            })
    }

    func run() throws {
        let chosen = names.isEmpty ? Self.all.map(\.name) : names
        if chosen.count == 1, output.json {
            let count = threads.workers.threads
            func measure<Kind: Benchmark>(_ benchmark: Kind) throws { try output.print(benchmark.run(threads: count, repeats: steps)) }
            try measure(benchmark(chosen[0]))
            if ProcessInfo.processInfo.environment["EDDY_BENCH_CHILD"] == nil { try output.print(machine) }
            return
        }
        if output.json {
            for name in chosen { print(try child(name)) }
            return try output.print(machine)
        }
        var isFirst = true
        func printTable<Kind: Benchmark>(_ kind: Kind.Type) throws {
            let own = chosen.filter { kind.named($0) != nil }
            guard !own.isEmpty else { return }
            var table = TextTable(kind.columns)
            for name in own {
                table.add(kind.cells(try JSONDecoder().decode(Kind.Measurement.self, from: Data(try child(name).utf8))))
            }
            print((isFirst ? "" : "\n") + table.text, terminator: "")
            isFirst = false
        }
        for kind in benchmarkKinds { try printTable(kind) }
    }

    private var machine: Machine {
        let machine = MachineDescription.current
        return Machine(
            build: EddyVersion.source, processor: machine.processor, cores: machine.cores, memoryGigabytes: Double(machine.memory) / 1e9,
            system: machine.system)
    }

    /// One benchmark in a process of its own.
    private func child(_ name: String) throws -> String {
        say("timing \(name)")
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: CommandLine.arguments[0].contains("/") ? CommandLine.arguments[0] : Bundle.main.executablePath ?? "eddy")
        var arguments = ["bench", name, "--json", "--threads", "\(threads.workers.threads)"]
        if let steps { arguments += ["--steps", "\(steps)"] }
        if recompute { arguments.append("--recompute") }
        if let grid { arguments += ["--grid", grid] }
        if let batch { arguments += ["--batch", "\(batch)"] }
        if let shards { arguments += ["--shards", "\(shards)"] }
        for setting in settings { arguments += ["--set", setting] }
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["EDDY_BENCH_CHILD": "1"]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
