import Autodiff
import Communication
import Foundation
import Tensors
import Testing
import Training

/// Training on several ranks gives the files of training on one.
@Suite struct RanksTests {
    @Test("the same bits on any number of ranks", arguments: ["momentum", "adam", "lion"], [2, 3, 5])
    func ranks(_ optimizer: String, _ ranks: Int) throws {
        let folder = try TemporaryFolder()
        var run = ToyRun()
        run.optimizer = optimizer
        // 18 samples in batches of 5: the last one has 3, fewer than shards.
        run.settings.batch = 5
        run.settings.shards = 4
        try run.train(folder("one"))
        let path = folder("many")
        let (outcomes, _) = ThreadCommunicator.run(ranks) { [run] communicator in
            Result { try run.trainer(path, communicator: communicator).trainer.train() }
        }
        for outcome in outcomes { #expect(try outcome.get().status == .finished) }
        #expect(try fingerprint(path) == fingerprint(folder("one")))
        #expect(try RunRecord(contentsOf: path + "/run.json").starts.map(\.ranks) == [ranks])
    }

    /// Any rank may be the one that is asked to end.
    @Test("stops and continuations on other numbers of ranks", arguments: [0, 1])
    func continuation(_ asked: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder("many")
        for (attempt, ranks) in [2, 3, 1, 4].enumerated() {
            let (outcomes, _) = ThreadCommunicator.run(ranks) { communicator in
                Result {
                    let trainer = try ToyRun().trainer(path, communicator: communicator).trainer
                    var steps = 0
                    trainer.shouldStop = {
                        steps += 1
                        return attempt < 3 && communicator.rank == min(asked, ranks - 1) && steps > 4
                    }
                    return try trainer.train(resume: attempt > 0)
                }
            }
            for outcome in outcomes { #expect(try outcome.get().status == (attempt < 3 ? .interrupted : .finished)) }
        }
        let starts = try RunRecord(contentsOf: path + "/run.json").starts
        #expect(starts.map(\.ranks) == [2, 3, nil, 4] && starts.map(\.step) == starts.map(\.step).sorted() && starts.last!.step > 6)
        try ToyRun().train(folder("one"))
        #expect(try fingerprint(path) == fingerprint(folder("one")))
    }

    /// A rank that cannot read ends the training; the leading one says why and saves what there is.
    ///
    /// The last rank has no part in the fifth step, the last of an epoch, which has two samples.
    @Test(arguments: [nil, 8]) func failureOfOneRank(_ checkpointSteps: Int?) throws {
        let folder = try TemporaryFolder()
        let path = folder("many")
        var run = ToyRun()
        run.checkpointSteps = checkpointSteps
        let (outcomes, _) = ThreadCommunicator.run(3) { [run] communicator -> Result<TrainingOutcome, any Error> in
            let slow = SlowSource(toySource(18, seed: 3, as: Float.self), failingAtRead: communicator.rank == 2 ? 8 : nil)
            return Result { try run.trainer(path, communicator: communicator, train: slow).trainer.train() }
        }
        #expect {
            try outcomes[0].get()
        } throws: { error in
            guard case .failed(rank: 2, _, let message) = error as? CommunicationError else { return false }
            return message.contains("as told")
        }
        for outcome in outcomes.dropFirst() { #expect(try outcome.get().status == .interrupted) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") == ["step-8"])
        try ToyRun().train(path, resume: true)
        try ToyRun().train(folder("one"))
        #expect(try fingerprint(path) == fingerprint(folder("one")))
    }

    @Test func divergenceEndsAllRanks() throws {
        var run = ToyRun()
        run.settings.learningRate = 1e30
        run.settings.clipping = nil
        let (outcomes, _) = ThreadCommunicator.run(2) { [run] communicator in
            Result { try run.trainer(nil, communicator: communicator).trainer.train() }
        }
        #expect {
            try outcomes[0].get()
        } throws: { error in
            if case .diverged = error as? TrainingError { true } else { false }
        }
        #expect(try outcomes[1].get().status == .interrupted)
    }

    /// What is said of the volume is what is sent, but for the short messages.
    @Test(arguments: [2, 3, 4]) func volume(_ ranks: Int) throws {
        var run = ToyRun()
        run.settings = TrainerSettings(epochs: 1, batch: 6, shards: 4, learningRate: 1e-3)
        func bytes(_ steps: Int) -> Int {
            ThreadCommunicator.run(ranks) { [run] communicator in
                let trainer = try! run.trainer(nil, communicator: communicator, width: 4096).trainer
                var done = 0
                trainer.onProgress = { done = $0.step }
                trainer.shouldStop = { communicator.rank == 0 && done >= steps }
                _ = try! trainer.train()
            }.bytes
        }
        let parameters = ToyProblem<Float>(width: 4096).layout.flatCount * 4
        let step = ShardCut(shards: 4, ranks: ranks).bytesPerStep(parameterBytes: parameters)
        let measured = bytes(2) - bytes(1)
        #expect(measured >= step && measured < step + 100 * ranks, "\(measured) for \(step) a step")
    }
}
