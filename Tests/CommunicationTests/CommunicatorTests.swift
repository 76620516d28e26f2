import Communication
import Testing

@Suite struct CommunicatorTests {
    @Test func oneProcessIsItsOwnLeader() throws {
        let alone = SingleProcess()
        #expect(alone.isLeader && alone.size == 1)
        #expect(try alone.lead { [1, 2] } == [1, 2])
        #expect(try alone.collect { [3] } == [[3]])
        #expect(try alone.gather { Double.infinity } == [.infinity])
        #expect(throws: CommunicationError.interrupted) { try alone.collect { throw CommunicationError.interrupted } }
    }

    @Test func launchersAreRecognised() {
        func launch(_ environment: [String: String]) -> [Int] {
            let launch = Launch(environment: environment)
            return [launch.processes, launch.number]
        }
        #expect(launch([:]) == [1, 0])
        #expect(launch(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]) == [4, 3])
        #expect(launch(["PMI_SIZE": "2", "PMI_RANK": "1"]) == [2, 1])
        #expect(launch(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "5"]) == [8, 5])
        // A batch script that starts one program itself.
        #expect(launch(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == [1, 0])
        // mpirun inside a step of one task.
        #expect(launch(["SLURM_STEP_NUM_TASKS": "1", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"]) == [4, 2])
        #expect(launch(["OMPI_COMM_WORLD_SIZE": "many"]) == [1, 0])
    }

    @Test func coresAreShared() {
        func layout(_ cores: [(String, [Int], Int)]) -> RankLayout {
            RankLayout(cores.map { .init(host: $0, processor: "any", cores: $1, coresOfMachine: $2) })
        }
        func threads(_ layout: RankLayout) -> [Int] { layout.places.indices.map { layout.threads(of: $0) } }
        // Bound to a core each.
        let bound = layout([("a", [0], 4), ("a", [1], 4)])
        #expect(threads(bound) == [1, 1] && bound.machines == 1)
        #expect(bound.leastUsed?.used == 2 && bound.leastUsed?.cores == 4)
        // Not bound: two ranks on eight cores, a third alone on another machine.
        let free = layout([("a", Array(0..<8), 8), ("a", Array(0..<8), 8), ("b", Array(0..<8), 8)])
        #expect(threads(free) == [4, 4, 8] && free.machines == 2 && free.leastUsed == nil)
        // More ranks than cores.
        #expect(threads(layout([("a", [0, 1], 2), ("a", [0, 1], 2), ("a", [0, 1], 2)])) == [1, 1, 1])
        // Sockets of four cores with two ranks on one of them.
        #expect(threads(layout([("a", [0, 1, 2, 3], 8), ("a", [0, 1, 2, 3], 8), ("a", [4, 5, 6, 7], 8)])) == [2, 2, 4])
        #expect(RankLayout.cores(inList: "\t0-3,8") == [0, 1, 2, 3, 8])
        #expect(RankLayout.cores(inList: "x").isEmpty)
    }
}
