import ArgumentParser
import Cases
import Foundation

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare a trained operator with the classical solver at equal accuracy.",
        discussion: """
            The solver is swept over the resolutions of the case on the same inputs; errors are those against a much finer solution, costs are seconds
            of one core. Says how much faster (or slower) the operator is than the cheapest solver that is as accurate, and after how many solves
            generation and training have paid off. Writes comparison.json and comparison.png into the run.

              eddy compare runs/darcy/demo
            """)

    @Argument(help: "The run folder.")
    var runFolder: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let run = try Run(runFolder)
        let reporter = LazyReporter("comparing", unit: "solves")
        let result = try Comparison(run, workers: .init(threads: 1)).compare { reporter.update($0, of: $1, fresh: $0, note: $2) }
        reporter.finish()
        try RunFigures(run).writeComparison(result)
        if output.json { return try output.print(result) }
        var table = TextTable([
            .init("method"), .init("points"), .init("tolerance"), .init("relative L2", .decimal), .init("95 % interval"),
            .init("ms of one core", .decimal),
        ])
        func add(_ name: String, _ point: Comparison.Point) {
            table.add([
                name, point.resolution.map(String.init).joined(separator: " x "), point.tolerance.map { Format.significant($0, 1) } ?? "",
                Format.percent(point.error),
                "\(Format.percent(point.errorLower)) to \(Format.percent(point.errorUpper))", Format.significant(1000 * point.seconds),
            ])
        }
        for point in result.solver { add("solver", point) }
        add("operator", result.neuralOperator)
        print(table.text)
        print("equation   \(result.equation)")
        print("baseline   \(result.scheme)")
        print("operator   \(result.architecture), Float32; the solver works in Float64")
        print(
            "truth      the same solver at \(result.referenceResolution.map(String.init).joined(separator: " x ")); "
                + "its own error is about \(Format.percent(result.referenceError, 2))")
        let test = run.content.content.dataset?.test ?? result.samples
        print(
            "samples    \(result.samples == test ? "all \(test)" : "the first \(result.samples) of \(test)") test samples; eddy evaluate takes all of "
                + "them and the stored data for the truth, so its error is another number")
        if let speedUp = result.speedUp {
            let interval =
                result.speedUpLower.map {
                    " (95 % interval \(Format.significant($0, 2)) to \(Format.significant(result.speedUpUpper!, 2)))"
                } ?? ""
            print("speed-up   \(result.speedUpIsUpperBound ? "at most " : "")\(Format.significant(speedUp, 3)) at equal error\(interval)")
        }
        print(
            "invested   \(Format.duration(result.generationSeconds)) of one core for the data, \(Format.duration(result.trainingSeconds)) for training"
        )
        print("break-even \(result.breakEvenSolves.map { Format.count(Int($0.rounded(.up))) + " solves" } ?? "never")")
        print("\n\(result.verdict)")
    }
}
