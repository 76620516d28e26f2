import Autodiff
import Cases
import Grids
import NeuralOperators
import Testing
import Training

/// Keys of optimizers and schedules reach the objects that training uses.
@Suite struct ChoicesTests {
    static func training(_ text: String) throws -> TrainingSettings {
        try #require(try CaseTests.decode("title = \"x\"\n[operator]\nname = \"test-linear\"\n[training]\n" + text).training)
    }

    @Test(
        arguments: [
            ("{ name = \"constant\" }", .constant), ("\"one-cycle\"", .oneCycle),
            ("{ name = \"step\", epochs = 50, factor = 0.1 }", .step(factor: 0.1, epochs: 50)),
            ("{ name = \"multi-step\", milestones = [3, 9], factor = 0.2 }", .multiStep(factor: 0.2, milestones: [3, 9])),
            ("{ name = \"exponential\", factor = 0.9, interval = \"epoch\" }", .exponential(factor: 0.9, interval: .epoch)),
            ("{ name = \"cosine\", final-factor = 0.01 }", .cosine(finalFactor: 0.01, interval: .step)),
            (
                "{ name = \"one-cycle\", rise = 0.2, divisor = 2, final-divisor = 100, interval = \"epoch\" }",
                .oneCycle(rise: 0.2, divisor: 2, finalDivisor: 100, interval: .epoch)
            ),
            (
                "{ name = \"warm-up-cosine\", warm-up = 2.5, start-factor = 0.1, final-factor = 0.2 }",
                .warmUpCosine(warmUp: 2.5, startFactor: 0.1, finalFactor: 0.2, interval: .step)
            ),
            ("{ name = \"inverse-time\", decay = 0.5, period = 20 }", .inverseTime(decay: 0.5, period: 20, interval: .step)),
        ] as [(String, LearningRateSchedule)])
    func schedules(text: String, schedule: LearningRateSchedule) throws {
        #expect(try Self.training("schedule = " + text).schedule.schedule == schedule)
    }

    /// The settings' own checks and those of the schedule agree on the defaults.
    @Test(arguments: Registries.standard.schedules.names) func defaultsOfSchedulesMakeSense(name: String) throws {
        let problem = try Self.training("schedule = \"\(name)\"").schedule.schedule.problem
        #expect(problem == nil, "\(String(describing: problem))")
    }

    @Test func optimizers() throws {
        let layout = ParameterLayout()
        _ = layout.root.real("p", [3], .constant(0))
        let adam = try #require(
            try Self.training("optimizer = { name = \"adam\", weight-decay = 1e-4, beta1 = 0.8, beta2 = 0.9, epsilon = 1e-6 }").optimizer
                .makeOptimizer(for: layout, of: Float.self) as? Adam<Float>)
        #expect(adam.decay == .l2 && adam.weightDecay == 1e-4 && adam.beta1 == 0.8 && adam.beta2 == 0.9 && adam.epsilon == 1e-6)
        let adamw = try #require(try Self.training("").optimizer.makeOptimizer(for: layout, of: Double.self) as? Adam<Double>)
        #expect(adamw.decay == .decoupled && adamw.weightDecay == 1e-4)
        let lion = try #require(
            try Self.training("optimizer = { name = \"lion\", beta2 = 0.95 }").optimizer.makeOptimizer(for: layout, of: Float.self)
                as? Lion<Float>)
        #expect(lion.beta1 == 0.9 && lion.beta2 == 0.95 && lion.weightDecay == 1e-3)
        let descent = try #require(
            try Self.training("optimizer = { name = \"sgd\", momentum = 0.5, nesterov = true }").optimizer
                .makeOptimizer(for: layout, of: Float.self) as? StochasticGradientDescent<Float>)
        #expect(descent.momentum == 0.5 && descent.isNesterov)
    }

    @Test func keysThatDoNotFitTogether() {
        let start = "title = \"x\"\n[training]\n"
        #expect {
            try CaseTests.decode(start + "optimizer = { name = \"sgd\", momentum = 0, nesterov = true }")
        } throws: {
            "\($0)" == "t.toml:3: [training.optimizer] momentum = 0 is not allowed; allowed: a number above 0 with nesterov = true"
        }
        #expect {
            try CaseTests.decode(start + "schedule = { name = \"multi-step\", milestones = [3, 3] }")
        } throws: {
            "\($0)" == "t.toml:3: [training.schedule] milestones = a list of 2 is not allowed; allowed: epochs in increasing order"
        }
    }

    static func loss(_ text: String, on grid: Grid, fields: Int = 1) throws -> any Loss {
        try training("loss = " + text).loss.makeLoss(on: grid, fields: fields)
    }

    @Test func losses() throws {
        let square = Grid(shape: [8, 16], location: .periodic)
        let l2 = try #require(try Self.loss("\"relative-l2\"", on: square) as? L2Loss)
        #expect(l2.isRelative && l2.fields == .joint)
        let weighted = try #require(
            try Self.loss("{ name = \"relative-l1\", field-weights = [1, 3] }", on: square, fields: 2) as? L1Loss)
        #expect(weighted.fields == .separate(weights: [1, 3]))
        #expect(try Self.loss("\"mse\"", on: square) is MeanSquaredError)
        let differences = try #require(try Self.loss("\"relative-h1\"", on: square) as? H1Loss)
        #expect(differences.gradient == .differences(spacing: [1 / 8, 1 / 16], periodic: [true, true]))
        let spectral = try #require(
            try Self.loss("{ name = \"relative-h1\", gradient = \"spectral\", wavenumbers = \"integer\", cutoff = 20 }", on: square)
                as? H1Loss)
        #expect(spectral.gradient == .spectral(factors: [1, 1], cutoff: 20))
        let physical = try #require(
            try Self.loss("{ name = \"relative-h1\", gradient = \"spectral\" }", on: Grid(shape: [8], to: 2, location: .periodic))
                as? H1Loss)
        #expect(physical.gradient == .spectral(factors: [Double.pi], cutoff: nil))
    }

    @Test func lossesThatDoNotFit() {
        let grid = Grid([Axis(name: "x", coordinates: [0, 0.1, 0.3, 1])])
        #expect(throws: ProblemError.self) { try Self.loss("\"relative-h1\"", on: grid) }
        #expect(throws: ProblemError("training", "loss", "field-weights", allowed: "one weight for each of the 2 predicted fields")) {
            try Self.loss("{ name = \"relative-l2\", field-weights = [1, 1, 1] }", on: grid, fields: 2)
        }
        for text in [
            "{ name = \"relative-h1\", cutoff = 3 }", "{ name = \"relative-h1\", wavenumbers = \"integer\" }",
            "{ name = \"relative-l2\", field-weights = [0, 0] }", "{ name = \"mse\", field-weights = [-1] }",
        ] {
            #expect(throws: CaseError.self) { try Self.training("loss = " + text) }
        }
    }
}
