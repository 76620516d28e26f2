import Cases
import Foundation
import Tensors
import Testing

/// What a training says about itself before it runs.
@Suite struct RehearsalTests {
    @Test(arguments: ["input-frames = 1", "input-frames = 2\nmethod = \"full\"\nsteps = 2"])
    func rehearsalCountsAndLeavesNothingBehind(rollout: String) throws {
        try RolloutTests.withData(RolloutTests.text(rollout)) { content, folder in
            let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 1))
            let rehearsal = try training.rehearse()
            #expect(rehearsal.parameterBytes == 4 * training.plan.parameterCount)
            // Adam with decoupled weight decay keeps two moments of each weight.
            #expect(rehearsal.optimizerBytes == 2 * rehearsal.parameterBytes)
            #expect(rehearsal.steps == training.plan.totalSteps && rehearsal.secondsPerStep > 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data"])
            // The weights of the training that follows are those of one without a rehearsal.
            _ = try training.run(folder: folder + "/a", resume: false, command: ["test"])
            let fresh = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 1))
            _ = try fresh.run(folder: folder + "/b", resume: false, command: ["test"])
            let models = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)/model.safetensors")) }
            #expect(models[0] == models[1])
        }
    }
}
