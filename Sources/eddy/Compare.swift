import ArgumentParser
import Cases
import Foundation

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare trained operators with the classical solver at equal accuracy.",
        discussion: """
            The solver is swept over the resolutions and tolerances of the case on the same inputs; errors are those against a much finer solution,
            costs are seconds of one core. Says how much faster (or slower) the operator is than the cheapest solver that is as accurate, and
            after how many solves generation and training have paid off. The sweep goes on to coarser grids than those of the case while all of
            them are more accurate than the operator.

            Several runs are compared on one table and figure, a family of sizes for example. They must have the same test data, or solve the
            same equation with the same sampler, solver and seed on the same grid; the settings of the comparison are those of the first.

            Writes comparison.json and comparison.png into the run, or the first of them.

              eddy compare runs/darcy/demo
              eddy compare runs/darcy/width-16 runs/darcy/width-32 runs/darcy/width-64
            """)

    @Argument(help: "The run folders.")
    var runFolders: [String]

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if runFolders.isEmpty { throw ValidationError("no run folder; allowed: one or more that eddy train wrote") }
    }

    func run() throws {
        let runs = try runFolders.map { try Run($0) }
        let reporter = LazyReporter("comparing", unit: "solves")
        let result = try Comparison(runs, workers: .init(threads: 1)).compare { reporter.update($0, of: $1, fresh: $0, note: $2) }
        reporter.finish()
        try RunFigures(runs[0]).writeComparison(result)
        if output.json { return try output.print(result) }
        print(table(result).text)
        printAccount(result, test: runs[0].content.content.dataset?.test ?? result.samples)
        for candidate in result.operators { printCandidate(candidate, isOnlyOne: result.operators.count == 1) }
        print("\n\(result.verdict)")
    }

    private func table(_ result: Comparison.Result) -> TextTable {
        let hasOperations = (result.solver + result.operators.map(\.point)).contains { $0.operations != nil }
        let others = result.metrics.filter { $0 != "relative-l2" }
        var columns: [TextTable.Column] = [
            .init("method"), .init("points"), .init("tolerance"), .init("relative L2", .decimal), .init("95 % interval"),
        ]
        for metric in others { columns.append(.init(metric, .decimal)) }
        columns.append(.init("ms of one core", .decimal))
        if hasOperations { columns.append(.init("Mflop", .decimal)) }
        var table = TextTable(columns)
        func add(_ name: String, _ point: Comparison.Point) {
            var row = [
                name, point.resolution.map(String.init).joined(separator: " x "), point.tolerance.map { Format.significant($0, 1) } ?? "",
                Format.percent(point.error), "\(Format.percent(point.errorLower)) to \(Format.percent(point.errorUpper))",
            ]
            for metric in others { row.append(point.score(metric).map { Format.significant($0) } ?? "") }
            row.append(Format.significant(1000 * point.seconds))
            if hasOperations { row.append(point.operations.map { Format.significant(1e-6 * $0) } ?? "") }
            table.add(row)
        }
        for point in result.solver { add("solver", point) }
        for candidate in result.operators { add(result.operators.count == 1 ? "operator" : candidate.run, candidate.point) }
        return table
    }

    private func printAccount(_ result: Comparison.Result, test: Int) {
        print("equation   \(result.equation)")
        print("baseline   \(result.baseline)")
        print(
            "truth      the same solver at \(result.referenceResolution.map(String.init).joined(separator: " x ")); "
                + "its own error is about \(Format.percent(result.referenceError, 2))")
        print(
            "samples    \(result.samples == test ? "all \(test)" : "the first \(result.samples) of \(test)") test samples; eddy evaluate takes all of "
                + "them and the stored data for the truth, so its error is another number")
        print("Mflop      \(result.operationCount)")
    }

    private func printCandidate(_ candidate: Comparison.Candidate, isOnlyOne: Bool) {
        if !isOnlyOne { print("\n\(candidate.run)") }
        print("operator   \(candidate.architecture), Float32; the solver works in Float64")
        if let speedUp = candidate.speedUp {
            let bound = candidate.speedUpIsUpperBound ? "at most " : ""
            print("speed-up   \(bound)\(Format.significant(speedUp, 3)) at equal error\(interval(candidate))")
        }
        let others = candidate.speedUps.filter { $0.key != "relative-l2" }.sorted { $0.key < $1.key }
        if !others.isEmpty {
            print("           at equal " + others.map { "\($0.key): \(Format.significant($0.value, 2))" }.joined(separator: ", "))
        }
        if let ratio = candidate.operationRatio {
            print("           \(Format.significant(ratio, 2)) by counted operations instead of seconds")
        }
        let (generation, training) = (Format.duration(candidate.generationSeconds), Format.duration(candidate.trainingSeconds))
        print("invested   \(generation) of one core for the data, \(training) for training")
        print("break-even \(candidate.breakEvenSolves.map { Format.count(Int($0.rounded(.up))) + " solves" } ?? "never")")
        if !isOnlyOne { print("verdict    \(candidate.verdict)") }
    }

    private func interval(_ candidate: Comparison.Candidate) -> String {
        guard let lower = candidate.speedUpLower else { return "" }
        guard let upper = candidate.speedUpUpper else { return " (95 % interval from \(Format.significant(lower, 2)), no upper end)" }
        return " (95 % interval \(Format.significant(lower, 2)) to \(Format.significant(upper, 2)))"
    }
}
