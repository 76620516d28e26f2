import ArgumentParser
import Cases
import Communication
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
            try refuseCopies(of: command)
            try command.run()
            World.leave(status: 0)
        } catch {
            exit(withCode: error)
        }
    }

    /// What may run in several processes at once: what knows of its ranks, and what only reads.
    private static let commandsForMany: [any ParsableCommand.Type] = [Generate.self, Train.self, Inspect.self, Check.self, List.self]

    /// Several copies of any other command would write the same files.
    private static func refuseCopies(of command: any ParsableCommand) throws {
        let launch = Launch()
        let isOurs = configuration.subcommands.contains { $0 == type(of: command) }
        guard launch.processes > 1, isOurs, !commandsForMany.contains(where: { $0 == type(of: command) }) else { return }
        let name = type(of: command)._commandName
        throw ValidationError("eddy \(name) is one process, and was started as \(launch.processes); start it without mpirun or srun")
    }

    private static func exit(withCode error: any Error) -> Never {
        if let code = error as? ExitCode {
            World.leave(status: code.rawValue)
            Foundation.exit(code.rawValue)
        }
        let standardCode = Eddy.exitCode(for: error)
        if standardCode == .success {
            // --help and --version.
            print(Eddy.fullMessage(for: error))
            Foundation.exit(0)
        }
        leaveMessageToLowerRanks(error, isUsage: standardCode == .validationFailure)
        if standardCode == .validationFailure {
            Terminal.standardError.print(Eddy.fullMessage(for: error))
            World.abort(status: 2)
        }
        Terminal.standardError.print(Terminal.standardError.styled("error: ", .red) + "\(error)")
        World.abort(status: UserFault.isOne(error) ? 2 : 1)
    }

    /// What is wrong for several ranks is said by the lowest: it ends the others while they wait here.
    private static func leaveMessageToLowerRanks(_ error: any Error, isUsage: Bool) {
        let number = Launch().number
        guard number > 0 else { return }
        Thread.sleep(forTimeInterval: 1 + 0.02 * Double(number))
        if isUsage { World.abort(status: 2) }
        switch error {
        case CommunicationError.strangers, CommunicationError.reported: World.abort(status: 2)
        case CommunicationError.interrupted: World.abort(status: Interrupt.status)
        default: break
        }
    }
}
