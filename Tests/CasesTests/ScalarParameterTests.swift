import Cases
import Tensors
import TestSupport
import Testing
import Training

/// Numbers of a sample (here the buoyancy of smoke) reach operators in the way that each of them takes them.
@Suite struct ScalarParameterTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let settings: String
        let takesParameters: Bool
        var testDescription: String { settings.split(separator: "\n")[0].description }
    }

    static let subjects = [
        Subject(
            settings: "name = \"unet\"\nwidth = 8\nmultipliers = [1, 2]\nblocks = 1\nconditioning = \"scale-shift\"", takesParameters: true),
        Subject(settings: "name = \"deeponet\"\nbranch = [8]\ntrunk = [8]\nproducts = 4", takesParameters: true),
        Subject(settings: "name = \"sinenet\"\nwaves = 2\nwidth = 4\nlevels = 2", takesParameters: true),
        Subject(settings: "name = \"fno\"\nmodes = [4, 4]\nwidth = 4\nlayers = 2", takesParameters: false),
    ]

    private func text(_ settings: String) -> String {
        """
        title = "smoke"
        seed = 3
        [equation]
        name = "smoke"
        [sampler]
        name = "smoke-noise"
        buoyancy = [0.2, 0.5]
        [dataset]
        resolution = 16
        frames = 4
        interval = 1.0
        train = 4
        valid = 0
        test = 2
        checked = 0
        [operator]
        \(settings)
        [training]
        epochs = 3
        batch = 2
        """
    }

    @Test(arguments: subjects) func enterTheOperator(_ subject: Subject) throws {
        try RolloutTests.withData(text(subject.settings)) { content, folder in
            let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 1))
            _ = try training.run(folder: folder + "/run", resume: false, command: ["test"])
            try Run.record(dataFolder: folder + "/data", in: folder + "/run")
            let model = try Model(path: folder + "/run/model.safetensors", architectures: Registries.standard.architectures)
            let channels = model.description.inputs.map(\.field)
            #expect(channels.last == "buoyancy")
            #expect(model.description.interface.scalarParameters == (subject.takesParameters ? 1 : 0))
            #expect(model.description.interface.inputChannels == channels.count - (subject.takesParameters ? 1 : 0))
            #expect(try Evaluation(Run(folder + "/run"), workers: Workers(threads: 1)).evaluate().sampleErrors.allSatisfy(\.isFinite))

            // The prediction depends on the number, and for operators that take it as one not on where in the field it is written.
            let width = channels.count
            let fields = randomTensor([1, 16, 16, width], seed: 1, as: Float.self)
            func with(_ value: (Int) -> Float) throws -> Tensor<Float> {
                var scalars = fields.scalars
                for point in 0..<256 { scalars[point * width + width - 1] = value(point) }
                return try model.predict(Tensor(fields.shape, scalars))
            }
            let (low, high) = (try with { _ in 0.2 }, try with { _ in 0.5 })
            #expect(low != high)
            if subject.takesParameters { #expect(try with { $0 == 0 ? 0.2 : 7 } == low) }
        }
    }
}
