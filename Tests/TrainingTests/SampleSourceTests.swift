import Foundation
import Tensors
import TestSupport
import Testing
import Training

@Suite struct SampleSourceTests {
    @Test func orderIsAPermutationThatDependsOnSeedAndEpoch() {
        let order = SampleOrder(count: 23, batch: 5, seed: 9)
        #expect(order.stepsPerEpoch == 5)
        let epochs = (0..<3).map { epoch in (0..<5).map { order.indices(step: 5 * epoch + $0) } }
        for epoch in epochs {
            #expect(epoch.map(\.count) == [5, 5, 5, 5, 3])
            #expect(epoch.flatMap { $0 }.sorted() == Array(0..<23))
        }
        #expect(Set(epochs.map { $0.flatMap { $0 } }).count == 3)
        let again = SampleOrder(count: 23, batch: 5, seed: 9)
        #expect(again.indices(step: 12) == epochs[2][2])
        #expect(SampleOrder(count: 23, batch: 5, seed: 10).permutation(epoch: 0) != order.permutation(epoch: 0))
        // The cut into batches does not change the order.
        #expect(SampleOrder(count: 23, batch: 23, seed: 9).indices(step: 1) == epochs[1].flatMap { $0 })
    }

    @Test func inMemorySamplesAreGathered() {
        let samples = Samples(
            inputs: randomTensor([5, 3, 2], seed: 1, as: Float.self), targets: randomTensor([5, 3, 1], seed: 2, as: Float.self),
            parameters: randomTensor([5, 2], seed: 3, as: Float.self))
        let found = InMemorySource(samples).samples([4, 0, 4])
        #expect(found.count == 3)
        for (row, index) in [4, 0, 4].enumerated() {
            #expect(found.inputs.rows(row..<(row + 1)) == samples.inputs.rows(index..<(index + 1)))
            #expect(found.targets.rows(row..<(row + 1)) == samples.targets.rows(index..<(index + 1)))
            #expect(found.parameters!.rows(row..<(row + 1)) == samples.parameters!.rows(index..<(index + 1)))
        }
        let part = samples.rows(1..<3)
        #expect(part.inputs == samples.inputs.rows(1..<3) && part.parameters == samples.parameters!.rows(1..<3))
    }

    /// A slow source is read at most a few batches ahead, in order, and a training from it has the bits of one from memory.
    @Test func readingAhead() throws {
        let problem = ToyProblem<Float>()
        let settings = TrainerSettings(epochs: 3, batch: 4, shards: 2, learningRate: 1e-2)
        func train(_ source: any SampleSource<Float>) throws -> [Float] {
            let parameters = problem.layout.initialValues(seed: 1, as: Float.self)
            let trainer = try Trainer(
                problem, parameters: parameters, optimizer: Adam(layout: problem.layout), settings: settings, train: source)
            #expect(try trainer.train().status == .finished)
            return values(parameters)
        }
        let slow = SlowSource(toySource(10, seed: 3, as: Float.self), delay: 0.001)
        #expect(try train(slow) == train(toySource(10, seed: 3)))
        let order = SampleOrder(count: 10, batch: 4, seed: 0)
        #expect(slow.reads == (0..<9).map { order.indices(step: $0) })
    }

    @Test func atMostAFewBatchesAhead() throws {
        let problem = ToyProblem<Float>()
        let slow = SlowSource(toySource(40, seed: 3, as: Float.self))
        let trainer = try Trainer(
            problem, parameters: problem.layout.initialValues(seed: 1, as: Float.self), optimizer: Adam(layout: problem.layout),
            settings: TrainerSettings(epochs: 5, batch: 4), train: slow)
        var steps = 0
        trainer.onProgress = { progress in
            steps = progress.step
            // Taken so far, two waiting, one in the making.
            #expect(slow.reads.count <= progress.step + 3)
        }
        trainer.shouldStop = { steps == 7 }
        #expect(try trainer.train().status == .interrupted)
        #expect(slow.reads.count <= 10)
    }

    @Test func readingErrorsReachTheCaller() throws {
        let problem = ToyProblem<Float>()
        let slow = SlowSource(toySource(40, seed: 3, as: Float.self), failingAtRead: 5)
        let trainer = try Trainer(
            problem, parameters: problem.layout.initialValues(seed: 1, as: Float.self), optimizer: Adam(layout: problem.layout),
            settings: TrainerSettings(epochs: 5, batch: 4), train: slow)
        var steps = 0
        trainer.onProgress = { steps = $0.step }
        #expect(throws: TrainingError.cannotRead(file: "slow", reason: "as told")) { try trainer.train() }
        #expect(steps == 4)
    }
}
