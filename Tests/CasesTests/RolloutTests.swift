import Autodiff
import Cases
import Datasets
import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// Windows, rollouts and their training from a case in time to a prediction.
@Suite struct RolloutTests {
    static func text(_ rollout: String, epochs: Int = 2, frames: Int = 6) -> String {
        """
        title = "heat"
        seed = 9
        [equation]
        name = "heat"
        dimension = 1
        [sampler]
        name = "gaussian"
        tau = 5.0
        alpha = 2.0
        [dataset]
        resolution = 16
        frames = \(frames)
        interval = 0.1
        train = 6
        valid = 2
        test = 3
        checked = 1
        [operator]
        name = "fno"
        modes = [4]
        width = 6
        layers = 2
        [rollout]
        \(rollout)
        [training]
        epochs = \(epochs)
        batch = 4
        augmentation = true
        """
    }

    @discardableResult
    static func withData<Result>(_ text: String, _ body: (Case, String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-rollout-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let content = try Case(text: text, file: "rollout.toml")
        let generation = try Generation(content, folder: folder + "/data", workers: Workers(threads: 1), command: "test")
        guard case .complete = try generation.run() else { throw Failure() }
        return try body(content, folder)
    }

    struct Failure: Error {}

    static let methods = [
        "input-frames = 1\noutput-frames = 1",
        "input-frames = 2\noutput-frames = 1\nmethod = \"full\"\nsteps = 2",
        "input-frames = 1\noutput-frames = 2\nmethod = \"full\"\nstart = \"first\"\ncurriculum = 1",
        "input-frames = 2\noutput-frames = 1\nmethod = \"pushforward\"\nsteps = 3\nnoise = 0.01",
        "input-frames = 3\noutput-frames = 2\npredict-change = true",
    ]

    @Test(arguments: methods) func trainsEvaluatesAndPredicts(rollout: String) throws {
        try Self.withData(Self.text(rollout)) { content, folder in
            let run = folder + "/run"
            let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 2))
            #expect(!training.plan.rollout.isEmpty)
            let outcome = try training.run(folder: run, resume: false, command: ["test"])
            #expect(outcome.status == .finished)
            try Run.record(dataFolder: folder + "/data", in: run)
            let opened = try Run(run)
            let evaluation = try Evaluation(opened, workers: Workers(threads: 2)).evaluate()
            let inputs = content.content.rollout!.inputFrames
            #expect(evaluation.leads.count == 6 - inputs)
            #expect(evaluation.leadErrors.allSatisfy { $0.count == 6 - inputs && $0.allSatisfy(\.isFinite) })
            #expect(evaluation.dataError != nil)
            let predicted = folder + "/predicted.nc"
            try Prediction(opened.model, workers: Workers(threads: 1)).predict(
                input: folder + "/data/test.nc", output: predicted, command: "test")
            let (truth, file) = (try DatasetFile(folder + "/data/test.nc"), try DatasetFile(predicted))
            #expect(file.times!.coordinates == Array(truth.times!.coordinates[inputs...]))
            // Beyond the end of the truth, times go on at the same distance.
            let longer = folder + "/longer.nc"
            try Prediction(opened.model, workers: Workers(threads: 1)).predict(
                input: folder + "/data/test.nc", output: longer, frames: 9 - inputs, command: "test")
            let times = try DatasetFile(longer).times!.coordinates
            #expect(times.count == 9 - inputs && abs(times.last! - 0.8) < 1e-12)
            // The prediction in the file has the error that the evaluation reports.
            let u: Tensor<Double> = try truth.read(samples: [0], fields: ["u"], frames: inputs..<6, as: Double.self)
            let v: Tensor<Double> = try file.read(samples: [0], fields: ["u_predicted"], as: Double.self)
            #expect(abs(relativeDistance(v, u) - evaluation.sampleErrors[0]) < 1e-5)
        }
    }

    @Test(arguments: methods) func sameBitsOnAnyNumberOfThreads(rollout: String) throws {
        try Self.withData(Self.text(rollout)) { content, folder in
            let models = try [1, 3].map { threads in
                let run = folder + "/run\(threads)"
                let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: threads))
                _ = try training.run(folder: run, resume: false, command: ["test"])
                return try Model(path: run + "/model.safetensors", architectures: Registries.standard.architectures)
            }
            let input = randomTensor([1, 16, models[0].description.interface.inputChannels], seed: 1, as: Float.self)
            let (one, three) = (try models[0].predict(input), try models[1].predict(input))
            #expect(one == three)
        }
    }

    /// A rollout is the operator applied to its own predictions, whatever the numbers of frames in and out.
    @Test(arguments: methods) func rolloutRepeatsTheOperator(rollout: String) throws {
        try Self.withData(Self.text(rollout, epochs: 1)) { content, folder in
            let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 1))
            _ = try training.run(folder: folder + "/run", resume: false, command: ["test"])
            let model = try Model(path: folder + "/run/model.safetensors", architectures: Registries.standard.architectures)
            let window = try #require(model.description.window)
            let first = randomTensor([2, 16, window.inputs], seed: 3, as: Float.self)
            let rolled = try model.rollout(first, frames: 5)
            // More threads than samples share the operations of each.
            #expect(try model.rollout(first, frames: 5, workers: Workers(threads: 4)) == rolled)
            var frames = (0..<window.inputs).map { frame in column(first, frame) }
            while frames.count < window.inputs + 5 {
                let input = join(Array(frames.suffix(window.inputs)))
                let next = try model.predict(input)
                for frame in 0..<window.outputs { frames.append(column(next, frame)) }
            }
            for frame in 0..<5 { #expect(column(rolled, frame) == frames[window.inputs + frame], "frame \(frame)") }
            // A model of other weights does not use what was kept of these.
            let others: ParameterVector<Float> = model.parameters.layout.initialValues(seed: 99)
            let expected = try Model(path: folder + "/run/model.safetensors", architectures: Registries.standard.architectures)
                .with(parameters: others).rollout(first, frames: 5)
            #expect(try model.with(parameters: others).rollout(first, frames: 5) == expected)
            // Nor does this one when its weights are written over.
            model.parameters.copy(from: others)
            #expect(try model.rollout(first, frames: 5) == expected)
        }
    }

    private func column(_ tensor: Tensor<Float>, _ channel: Int) -> Tensor<Float> {
        let width = tensor.shape[tensor.rank - 1]
        let rows = tensor.count / width
        return Tensor(Array(tensor.shape.dropLast()), (0..<rows).map { tensor.scalars[$0 * width + channel] })
    }

    private func join(_ columns: [Tensor<Float>]) -> Tensor<Float> {
        let rows = columns[0].count
        let values = columns.map(\.scalars)
        return Tensor(columns[0].shape + [columns.count], (0..<rows).flatMap { row in values.map { $0[row] } })
    }

    @Test func tooFewFramesAreRefused() throws {
        _ = try Self.withData(Self.text("input-frames = 6")) { content, folder in
            #expect(throws: CaseError.self) { try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 1)) }
        }
    }

    @Test func aFinishedGenerationHasNothingToDo() throws {
        try Self.withData(Self.text("")) { content, folder in
            let again = try Generation(content, folder: folder + "/data", workers: Workers(threads: 1), command: "test")
            #expect(try again.run() == .nothingToDo)
        }
    }
}
