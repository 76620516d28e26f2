import Cases
import Foundation
import Testing

@Suite struct CaseTests {
    static let text = """
        title = "Heat"
        seed = 42

        [equation]
        name = "test-heat"
        viscosity = 1

        [sampler]
        waves = [1, 2, 3]
        amplitudes = [1, 0.5, 0.25]
        phase = "zero"

        [dataset]
        resolution = [221, 51]
        train = 10
        precision = "float64"

        [operator]
        name = "test-linear"
        width = 16

        [training]
        epochs = 5
        loss = "relative-h1"
        optimizer = { name = "adam", learning-rate = 2e-3 }
        schedule = { name = "step", epochs = 2 }
        clip = 1

        [evaluation]
        metrics = ["max", "relative-l2"]
        resolutions = [64, [32, 48]]
        """

    static func decode(_ text: String) throws(CaseError) -> Case { try Case(text: text, file: "t.toml", registries: .withForeignChoices) }

    @Test func decodesValuesAndDefaults() throws {
        let decoded = try Self.decode(Self.text)
        #expect(decoded.title == "Heat")
        #expect(decoded.seed == 42)
        #expect((decoded.equation as? HeatEquation)?.viscosity == 1)
        let sampler = try #require(decoded.sampler as? WaveSampler)
        #expect(sampler.waves == [1, 2, 3] && sampler.amplitudes == [1, 0.5, 0.25] && sampler.phase == .zero)
        #expect((decoded.solver as? SpectralSolver)?.resolution == Resolution(128))
        let dataset = try #require(decoded.dataset)
        #expect(
            dataset.resolution == Resolution(axes: [221, 51]) && dataset.train == 10 && dataset.valid == 100
                && dataset.precision == .float64)
        #expect((decoded.operator as? LinearOperator)?.width == 16)
        let training = try #require(decoded.training)
        #expect(training.epochs == 5 && training.batch == 20 && training.shards == nil && training.clip == 1 && training.ema == nil)
        #expect(training.loss is RelativeH1LossSettings)
        #expect(training.optimizer.name == "adam" && training.optimizer.learningRate == 2e-3)
        #expect(training.schedule.schedule == .step(factor: 0.5, epochs: 2))
        #expect(decoded.evaluation?.metrics == ["max", "relative-l2"])
        #expect(decoded.evaluation?.resolutions == [Resolution(64), Resolution(axes: [32, 48])])
        #expect(decoded.comparison?.samples == 20)
    }

    @Test func resolvedTextHasEveryDefaultAndDecodesToItself() throws {
        let decoded = try Self.decode(Self.text)
        let resolved = decoded.resolvedText
        for line in ["valid = 100", "beta1 = 0.9", "factor = 0.5", "[solver]", "name = \"test-spectral\"", "repeats = 3", "bias = true"] {
            #expect(resolved.contains(line + "\n"), "\(line) is not in\n\(resolved)")
        }
        let again = try Self.decode(resolved)
        #expect(again.resolvedText == resolved)
        #expect((again.sampler as? WaveSampler)?.amplitudes == [1, 0.5, 0.25])
    }

    @Test func sectionsAreLeftOutWhenNothingNeedsThem() throws {
        let solveOnly = try Self.decode("title = \"x\"\n[equation]\nname = \"test-heat\"")
        #expect(solveOnly.sampler is WaveSampler && solveOnly.solver is SpectralSolver && solveOnly.dataset != nil)
        #expect(solveOnly.operator == nil && solveOnly.training == nil && solveOnly.evaluation == nil && solveOnly.comparison == nil)
        let trainOnly = try Self.decode("title = \"x\"\n[operator]\nname = \"test-linear\"")
        #expect(trainOnly.evaluation?.resolutions == [])
        #expect(
            try Self.decode("title = \"x\"\n[dataset]\nresolution = 85\n[operator]\nname = \"test-linear\"").evaluation?.resolutions == [
                Resolution(85)
            ])
        #expect(trainOnly.dataset == nil && trainOnly.training != nil && trainOnly.comparison == nil)
        #expect(throws: CaseError.missingSection("equation", file: "t.toml", reason: "eddy generate needs it")) {
            try trainOnly.require(\.equation, named: "equation", for: "eddy generate")
        }
    }

    @Test func rejectionPointsToTheLineOrTheSectionOfADefault() throws {
        let decoded = try Self.decode(Self.text)
        #expect(
            decoded.rejection(of: "operator", "width", allowed: "at most 8 here").description
                == "t.toml:20: [operator] width = 16 is not allowed; allowed: at most 8 here")
        #expect(
            decoded.rejection(of: "training", "batch", allowed: "at most 10, the training samples").description
                == "t.toml:22: [training] batch = 20 (the default) is not allowed; allowed: at most 10, the training samples")
        #expect(
            decoded.rejection(of: "solver", "resolution", allowed: "even numbers").description
                == "t.toml: [solver] resolution = 128 (the default) is not allowed; allowed: even numbers")
    }

    @Test func filesAreFoundWithoutExtensionAndInFolders() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-case-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("heat"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = "title = \"x\""
        try text.write(to: folder.appendingPathComponent("burgers.toml"), atomically: true, encoding: .utf8)
        try text.write(to: folder.appendingPathComponent("heat/case.toml"), atomically: true, encoding: .utf8)
        #expect(try Case(contentsOf: folder.path + "/burgers.toml").file.hasSuffix("burgers.toml"))
        #expect(try Case(contentsOf: folder.path + "/burgers").file.hasSuffix("burgers.toml"))
        #expect(try Case(contentsOf: folder.path + "/heat").file.hasSuffix("heat/case.toml"))
        let typo = folder.path + "/burgres.toml"
        #expect(throws: CaseError.unreadable(file: typo, reason: "no such file; did you mean \(folder.path)/burgers.toml?")) {
            try Case(contentsOf: typo)
        }
        #expect(throws: CaseError.unreadable(file: folder.path, reason: "no such file")) { try Case(contentsOf: folder.path) }
    }
}
