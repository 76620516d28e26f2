import ArgumentParser
import Cases
import Datasets
import Foundation

/// The program: parses, calls the library, prints.
@main
struct Eddy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eddy",
        abstract: "Neural operators for partial differential equations: data from classical solvers, training, and an honest comparison.",
        discussion: """
            A case file says everything: equation, random inputs, solver, operator, training, comparison.

              eddy generate cases/darcy/demo.toml     # data, as NetCDF
              eddy train cases/darcy/demo.toml        # a run folder with the trained model
              eddy evaluate runs/darcy/demo           # its errors on samples it has not seen
              eddy compare runs/darcy/demo            # the operator against the classical solver

            Results go to runs/NAME unless told otherwise. Tables and --json lines go to standard output, everything else to standard error.
            """,
        version: EddyVersion.number,
        subcommands: [
            Generate.self, Train.self, Evaluate.self, Compare.self, Predict.self, Solve.self, Plot.self, WriteReport.self,
            Reproduce.self, Inspect.self,
            Check.self, Convert.self, Import.self, Bench.self, List.self,
        ])

    /// Runs the program with exit codes 0 (success), 2 (bad usage or input), 130 or 143 (stopped by Ctrl-C or SIGTERM) and 1 (anything else).
    static func main() {
        DamagedFileGuard.install()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            exit(withCode: error)
        }
    }

    private static func exit(withCode error: any Error) -> Never {
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        let standardCode = Eddy.exitCode(for: error)
        if standardCode == .success {
            // --help and --version.
            print(Eddy.fullMessage(for: error))
            Foundation.exit(0)
        }
        if standardCode == .validationFailure {
            Terminal.standardError.print(Eddy.fullMessage(for: error))
            Foundation.exit(2)
        }
        Terminal.standardError.print(Terminal.standardError.styled("error: ", .red) + "\(error)")
        Foundation.exit(UserFault.isOne(error) ? 2 : 1)
    }
}
