import Autodiff
import Cases
import Datasets
import Foundation
import NeuralOperators
import Tensors
import TestSupport
import Testing
import Training

/// Operators beyond the plain ones from the case to the evaluation of the model file.
@Suite struct OperatorWorkflowTests {
    /// A case of transport on a line with periodic boundary, 3 frames out at once.
    private func text(_ settings: String) -> String {
        """
        title = "waves"
        seed = 3
        [equation]
        name = "advection"
        [sampler]
        name = "sine-waves"
        [dataset]
        resolution = 16
        frames = 4
        interval = 0.05
        train = 12
        valid = 2
        test = 3
        checked = 0
        [operator]
        \(settings)
        [rollout]
        input-frames = 1
        output-frames = 3
        start = "first"
        [training]
        epochs = 2
        batch = 6
        """
    }

    /// Generates, trains, evaluates; the folder holds `data` and `run`.
    private func withRun(_ settings: String, _ registries: Registries = .standard, _ body: (Run, String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-operators-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let content = try Case(text: text(settings), file: "waves.toml", registries: registries)
        let generation = try Generation(content, folder: folder + "/data", workers: Workers(threads: 1), command: "test")
        guard case .complete = try generation.run() else { throw RolloutTests.Failure() }
        let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 1))
        #expect(try training.run(folder: folder + "/run", resume: false, command: ["test"]).status == .finished)
        try Run.record(dataFolder: folder + "/data", in: folder + "/run")
        let run = try Run(folder + "/run", registries: registries)
        #expect(try Evaluation(run, workers: Workers(threads: 1)).evaluate().sampleErrors.allSatisfy(\.isFinite))
        try body(run, folder)
    }

    @Test("an operator defined outside the package needs its settings and one line in a registry")
    func operatorFromOutside() throws {
        var registries = Registries.standard
        registries.operators.add(.init(LinearOperator.self))
        try withRun("name = \"test-linear\"\nbias = false", registries) { run, _ in
            #expect(run.model.description.architecture == "test-linear")
            #expect(run.model.parameters.layout.parameterCount == 3)
            #expect((run.model.configuration as? LinearOperator)?.bias == false)
            #expect(run.model.parameters.layout["map.weight"]?.shape == [1, 3])
            // The standard program does not know it and says what it knows.
            #expect(throws: TrainingError.self) { try Run(run.folder) }
        }
    }

    @Test("a POD basis is that of the training solutions and stays in the model file", arguments: ["independent", "split-trunk"])
    func basis(_ outputs: String) throws {
        let settings = """
            name = "deeponet"
            basis = "pod"
            products = 4
            branch = [8]
            outputs = "\(outputs)"
            time-in-trunk = \(outputs == "independent")
            """
        try withRun(settings) { run, folder in
            let stored = try #require(run.model.configuration as? DeepONetConfiguration)
            let file = try DatasetFile(folder + "/data/train.nc")
            let samples = file.sampleCount
            let statistics = try DatasetStatistics(reading: folder + "/data/stats.json")
            #expect(statistics.id == file.id && statistics.samples == samples && statistics.fields["u"] != nil)
            let u: Tensor<Float> = try file.read(samples: Array(0..<samples), fields: ["u"], frames: 1..<4)
            // [sample, frame, x] as channels, normalised.
            var values: [Float] = []
            for sample in 0..<samples {
                for x in 0..<16 { for frame in 0..<3 { values.append(u.scalars[(sample * 3 + frame) * 16 + x]) } }
            }
            let targets = run.model.outputNormaliser.encode(Tensor([samples, 16, 3], values))
            var again = stored
            try again.fit(run.model.description.interface, to: TrainingOutputs(count: samples) { targets.rows($0) })
            #expect(again == stored)
            #expect(stored.fittedTensors.keys.sorted() == ["mean.0", "modes.0"])
            #expect(stored.fittedTensors["modes.0"]!.shape == [4, 48])
        }
    }

    @Test("hard boundaries are those of the data: here the period")
    func hardBoundary() throws {
        try withRun("name = \"deeponet\"\nbranch = [8]\ntrunk = [8]\nproducts = 4\nharmonics = 2\nhard-boundary = true") { run, _ in
            let model = run.model
            #expect(model.description.interface.boundary == [.init(lower: .periodic, upper: .periodic)])
            let tape = Tape(parameters: model.parameters)
            let field = tape.constant(randomTensor([1, 16, 1], seed: 2, as: Float.self))
            let ends = model.neuralOperator(OperatorInput(field, queries: tape.constant(Tensor([2, 1], [0, 1])))).value.scalars
            for frame in 0..<3 { #expect(abs(ends[frame] - ends[3 + frame]) < 1e-5) }
        }
    }

    @Test("operators in space and time train on trajectories", arguments: ["name = \"fno\"\nmodes = [4, 2]\nwidth = 4\nlayers = 2"])
    func spaceTime(_ settings: String) throws {
        try withRun(settings) { run, _ in
            #expect(run.model.description.interface.outputFrames == 3)
            #expect(run.model.parameters.layout["layers.0.spectral.weight"]?.shape == [16, 4, 4, 2])
        }
    }
}
