import Autodiff
import Foundation
import NeuralOperators
import Tensors
import TestSupport
import Testing
import Training

@Suite struct TrainingStepTests {
    private func batch<Element: Scalar>(_ count: Int, as type: Element.Type = Element.self) -> Batch<Element> {
        Batch(samples: toySamples(count, seed: 4), indices: Array(0..<count))
    }

    private func step<Element: Scalar>(
        _ problem: ToyProblem<Element>, optimizer name: String = "sgd", shards: Int, threads: Int = 1, clipping: Double? = nil,
        average: Bool = false
    ) -> TrainingStep<Element> {
        let parameters = problem.layout.initialValues(seed: 1, as: Element.self)
        return TrainingStep(
            parameters: parameters, optimizer: makeOptimizer(name, problem.layout),
            average: average ? WeightAverage(of: parameters, decay: 0.9) : nil, shards: shards, clipping: clipping,
            workers: Workers(threads: threads))
    }

    @Test("the same bits on 1, 2 and 4 threads", arguments: ["sgd", "momentum", "adam", "adamw", "lion"])
    func threads(_ optimizer: String) throws {
        // More parameters than one piece of the vector, so that pieces are shared among threads too.
        let problem = ToyProblem<Float>(width: 9000)
        let results = try [1, 2, 4].map { threads in
            let step = step(problem, optimizer: optimizer, shards: 4, threads: threads, clipping: 0.5, average: true)
            let reports = try (1...4).map { try step.run(problem, batch(11), learningRate: 1e-3, number: $0) }
            return (values(step.parameters), values(step.average!.values), reports)
        }
        for result in results.dropFirst() {
            #expect(result.0 == results[0].0)
            #expect(result.1 == results[0].1)
            #expect(result.2 == results[0].2)
        }
    }

    /// Gradients of shards add up to that of the batch: to rounding in Float64, for any number of shards.
    @Test(arguments: [1, 2, 3, 4, 5, 7, 11, 20])
    func shardsAddUp(_ shards: Int) throws {
        let problem = ToyProblem<Double>()
        let parameters = problem.layout.initialValues(seed: 1, as: Double.self)
        let tape = Tape(parameters: parameters)
        let gradient = ParameterVector<Double>(layout: problem.layout)
        let loss = problem.loss(of: batch(11), on: tape)
        tape.accumulateParameterGradients(of: loss, into: gradient)
        let expected = zip(values(parameters), values(gradient)).map { p, g in p - 0.1 * (g / 11 + 1e-3 * p) }

        let step = step(problem, shards: shards)
        let report = try step.run(problem, batch(11), learningRate: 0.1, number: 1)
        #expect(abs(report.loss - loss.value.item / 11) < 1e-14)
        #expect(abs(report.gradientNorm - gradient.norm() / 11) < 1e-14)
        for (found, wanted) in zip(values(step.parameters), expected) { #expect(abs(found - wanted) < 1e-15) }
    }

    @Test func sumInsteadOfMean() throws {
        let problem = ToyProblem<Double>()
        let (mean, sum) = (step(problem, shards: 3), step(problem, shards: 3))
        let start = values(mean.parameters)
        try mean.run(problem, batch(8), learningRate: 0.1, number: 1)
        let report = try sum.run(problem, batch(8), learningRate: 0.1 / 8, number: 1, sumsLosses: true)
        for (index, (a, b)) in zip(values(mean.parameters), values(sum.parameters)).enumerated() {
            // Only the weight decay differs: its weight relative to the data is an eighth.
            #expect(abs(a - b + (0.1 - 0.1 / 8) * 1e-3 * start[index]) < 1e-15)
        }
        #expect(report.loss.isFinite)
    }

    @Test func clippingScalesTheGradient() throws {
        let problem = ToyProblem<Double>()
        let free = StochasticGradientDescent<Double>(layout: problem.layout)
        let bound = StochasticGradientDescent<Double>(layout: problem.layout)
        func run(_ optimizer: any Optimizer<Double>, _ clipping: Double?) throws -> ([Double], Double) {
            let parameters = problem.layout.initialValues(seed: 1, as: Double.self)
            let start = values(parameters)
            let step = TrainingStep(parameters: parameters, optimizer: optimizer, shards: 2, clipping: clipping)
            let report = try step.run(problem, batch(6), learningRate: 1, number: 1)
            return (zip(values(parameters), start).map { $0 - $1 }, report.gradientNorm)
        }
        let (whole, norm) = try run(free, nil)
        let (clipped, reported) = try run(bound, norm / 4)
        #expect(abs(reported - norm) < 1e-15)
        for (a, b) in zip(clipped, whole) { #expect(abs(a - b / 4) < 1e-15) }
        let (untouched, _) = try run(StochasticGradientDescent(layout: problem.layout), 2 * norm)
        #expect(untouched == whole)
    }

    @Test func divergenceIsNamed() throws {
        let problem = ToyProblem<Float>()
        let step = step(problem, shards: 2)
        #expect {
            for number in 1...50 { try step.run(problem, batch(4), learningRate: 1e30, number: number) }
        } throws: { error in
            guard case .diverged(let number, _, _) = error as? TrainingError else { return false }
            return number < 10 && "\(error)".contains("learning rate")
        }
    }

    @Test func nothingIsAllocatedAfterTheFirstSteps() throws {
        let problem = ToyProblem<Float>(width: 64)
        let step = step(problem, optimizer: "adam", shards: 4)
        let batch = batch(16, as: Float.self)
        for number in 1...3 { try step.run(problem, batch, learningRate: 1e-3, number: number) }
        // Other tests use the pool at the same time, so the bound is per step and generous; a leak of one tensor a step exceeds it.
        let before = BufferPool.systemAllocations
        for number in 4...203 { try step.run(problem, batch, learningRate: 1e-3, number: number) }
        #expect(BufferPool.systemAllocations - before < 200 * 4)
    }
}

/// Operators of the package train to the same bits on any number of threads.
private struct OperatorTrainingProblem: TrainingProblem {
    let model: any NeuralOperator
    let metrics: [MetricColumn] = []

    func loss(of batch: Batch<Float>, on tape: Tape<Float>) -> Variable<Float> {
        L2Loss().sum(model(tape.constant(batch.samples.inputs)), batch.samples.targets)
    }

    func errors(of batch: Batch<Float>, on tape: Tape<Float>) -> [[Double]] { [] }
}

@Suite struct OperatorDeterminismTests {
    private static let configurations: [(String, any OperatorConfiguration)] = [
        ("fno", FNOConfiguration(modes: [3, 3], width: 6, layers: 2, projection: 8, padding: 0.1)),
        ("mgno", MgNOConfiguration(layers: 2, channels: 24, levels: [.init(pre: 1), .init(pre: 2)])),
        ("gfno", GFNOConfiguration(modes: 3, width: 4, layers: 2)),
        ("unet", ClassicUNetConfiguration(width: 16)),
    ]

    /// Of two or eight threads some find no shard left of three, and help inside those of the others.
    @Test("the same bits on any number of threads", arguments: configurations.map(\.0), [3, 4])
    func threads(_ name: String, shards: Int) throws {
        let configuration = OperatorDeterminismTests.configurations.first { $0.0 == name }!.1
        let layout = ParameterLayout()
        let interface = OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [32, 32])
        let problem = OperatorTrainingProblem(model: try configuration.makeOperator(interface, in: layout.root))
        let samples = Samples(
            inputs: randomTensor([6, 32, 32, 1], seed: 1, as: Float.self), targets: randomTensor([6, 32, 32, 1], seed: 2, as: Float.self))
        let results = try [1, 2, 3, 8].map { threads in
            let parameters = layout.initialValues(seed: 3, as: Float.self)
            let step = TrainingStep(
                parameters: parameters, optimizer: Adam(layout: layout), shards: shards, workers: Workers(threads: threads))
            for number in 1...3 {
                try step.run(problem, Batch(samples: samples, indices: Array(0..<6)), learningRate: 1e-3, number: number)
            }
            return values(parameters)
        }
        for result in results.dropFirst() { #expect(results[0] == result) }
        #expect(results[0] != values(layout.initialValues(seed: 3, as: Float.self)))
    }
}
