import Autodiff
import Cases
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
}
