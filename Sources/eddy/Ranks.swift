import Cases
import Communication
import Foundation
import Tensors
import Training

/// The processes that run this command together; one without a launcher.
struct Ranks {
    let communicator: any Communicator
    let workers: Workers
    private let layout: RankLayout?

    /// Joins the processes of the launcher and shares the cores out.
    init(_ threads: ThreadOptions) throws {
        communicator = try World.join { Interrupt.isRequested }
        guard communicator.size > 1 else {
            layout = nil
            workers = threads.workers
            return
        }
        if !communicator.isLeader { Interrupt.silence() }
        let layout = try RankLayout(of: communicator, processor: MachineDescription.current.processor)
        self.layout = layout
        workers = Workers(threads: threads.threads ?? layout.threads(of: communicator.rank))
        if communicator.isLeader { warn(layout, isChosen: threads.threads != nil) }
    }

    var isLeader: Bool { communicator.isLeader }

    /// `2 ranks on 1 machine, 1 thread each`; nil for one process.
    var summary: String? {
        guard let layout else { return nil }
        let threads = workers.threads
        return "\(communicator.size) ranks on \(layout.machines) machine\(layout.machines == 1 ? "" : "s"), \(threads) "
            + "thread\(threads == 1 ? "" : "s") each"
    }

    private func warn(_ layout: RankLayout, isChosen: Bool) {
        if layout.processors.count > 1 {
            Terminal.standardError.warn(
                "the ranks run on unlike processors (\(layout.processors.joined(separator: ", "))): the last bits depend on which rank is where"
            )
        }
        if let least = layout.leastUsed, !isChosen {
            Terminal.standardError.warn(
                "the launcher lets the ranks use \(least.used) of the \(least.cores) cores of \(least.host); mpirun --bind-to none, or srun "
                    + "--cpus-per-task, gives them more")
        }
    }
}
