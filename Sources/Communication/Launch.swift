import Foundation

/// How the program was started: by itself, or several times by a launcher such as `mpirun` or `srun`.
public struct Launch: Sendable, Equatable {
    /// Processes started together, 1 without a launcher.
    public let processes: Int
    /// Number of this process among them, as the launcher counts.
    public let number: Int

    /// Reads the variables of Open MPI, of PMI (MPICH, Intel MPI) and of a step of Slurm, in this order.
    ///
    /// A batch script of Slurm is no step: what it starts without `srun` or `mpirun` is one process, however many tasks the job may have.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let variables = [
            ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"), ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
        ]
        for (size, rank) in variables {
            guard let processes = environment[size].flatMap({ Int($0) }), processes > 0 else { continue }
            self.processes = processes
            number = environment[rank].flatMap { Int($0) } ?? 0
            return
        }
        processes = 1
        number = 0
    }
}
