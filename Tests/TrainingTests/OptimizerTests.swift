import Autodiff
import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// A layout of two parameters whose flat vector is longer than one piece.
private func layout(_ count: Int) -> ParameterLayout {
    let layout = ParameterLayout()
    _ = layout.root.real("a", [count], .normal(standardDeviation: 1))
    _ = layout.root.complex("b", [3], .normal(standardDeviation: 1))
    return layout
}

/// One optimiser and its rule for a single number, written out from the paper in Float64.
struct OptimizerCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let double: @Sendable (ParameterLayout) -> any Optimizer<Double>
    let single: @Sendable (ParameterLayout) -> any Optimizer<Float>
    /// `(p, g, memory, rate, t)` to the new p; memory starts at zeros.
    let rule: @Sendable (Double, Double, inout [Double], Double, Int) -> Double
    /// A learning rate at which the test problem converges.
    let rate: Double
}

let optimizerCases: [OptimizerCase] = [
    OptimizerCase(
        testDescription: "SGD", double: { StochasticGradientDescent(layout: $0, weightDecay: 0.03) },
        single: { StochasticGradientDescent(layout: $0, weightDecay: 0.03) },
        rule: { p, g, _, rate, _ in p - rate * (g + 0.03 * p) }, rate: 0.3),
    OptimizerCase(
        testDescription: "SGD with momentum", double: { StochasticGradientDescent(layout: $0, momentum: 0.9, weightDecay: 0.03) },
        single: { StochasticGradientDescent(layout: $0, momentum: 0.9, weightDecay: 0.03) },
        rule: { p, g, memory, rate, _ in
            memory[0] = 0.9 * memory[0] + (g + 0.03 * p)
            return p - rate * memory[0]
        }, rate: 0.05),
    OptimizerCase(
        testDescription: "SGD after Nesterov", double: { StochasticGradientDescent(layout: $0, momentum: 0.8, isNesterov: true) },
        single: { StochasticGradientDescent(layout: $0, momentum: 0.8, isNesterov: true) },
        rule: { p, g, memory, rate, _ in
            memory[0] = 0.8 * memory[0] + g
            return p - rate * (g + 0.8 * memory[0])
        }, rate: 0.1),
    OptimizerCase(
        testDescription: "Adam with an L2 penalty",
        double: { Adam(layout: $0, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.02) },
        single: { Adam(layout: $0, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.02) },
        rule: { p, g, memory, rate, t in
            let gradient = g + 0.02 * p
            memory[0] = 0.9 * memory[0] + 0.1 * gradient
            memory[1] = 0.99 * memory[1] + 0.01 * gradient * gradient
            let first = memory[0] / (1 - pow(0.9, Double(t)))
            let second = memory[1] / (1 - pow(0.99, Double(t)))
            return p - rate * first / (second.squareRoot() + 1e-6)
        }, rate: 0.02),
    OptimizerCase(
        testDescription: "AdamW", double: { Adam(layout: $0, weightDecay: 0.1, decay: .decoupled) },
        single: { Adam(layout: $0, weightDecay: 0.1, decay: .decoupled) },
        rule: { p, g, memory, rate, t in
            memory[0] = 0.9 * memory[0] + 0.1 * g
            memory[1] = 0.999 * memory[1] + 0.001 * g * g
            let first = memory[0] / (1 - pow(0.9, Double(t)))
            let second = memory[1] / (1 - pow(0.999, Double(t)))
            return p - rate * (first / (second.squareRoot() + 1e-8) + 0.1 * p)
        }, rate: 0.02),
    OptimizerCase(
        testDescription: "Lion", double: { Lion(layout: $0, weightDecay: 0.1) }, single: { Lion(layout: $0, weightDecay: 0.1) },
        rule: { p, g, memory, rate, _ in
            let direction = 0.9 * memory[0] + 0.1 * g
            memory[0] = 0.99 * memory[0] + 0.01 * g
            return p - rate * ((direction > 0 ? 1 : direction < 0 ? -1 : 0) + 0.1 * p)
        }, rate: 0.01),
]

@Suite struct OptimizerTests {
    /// Gradients that depend on the parameter and change sign, with a weak pull to zero.
    private func gradient(_ p: Double, _ index: Int, _ step: Int) -> Double { sin(Double(index) + 0.7 * Double(step)) + 0.5 * p }

    private func trajectory<Element: Scalar>(_ optimizer: any Optimizer<Element>, _ layout: ParameterLayout, scale: Double) -> [Double] {
        let parameters = layout.initialValues(seed: 1, as: Element.self)
        let gradients = ParameterVector<Element>(layout: layout)
        for step in 1...30 {
            var index = 0
            for parameter in layout.entries {
                let values = parameters[parameter].scalars
                gradients.set(
                    parameter,
                    to: Tensor(
                        parameter.shape,
                        values.enumerated().map { Element(gradient(Double($1), index + $0, step) / scale) }))
                index += values.count
            }
            optimizer.update(parameters, with: gradients, gradientScale: scale, learningRate: 0.01 / Double(step), step: step)
        }
        return layout.entries.flatMap { parameters[$0].scalars.map(Double.init) }
    }

    @Test("trajectories follow the published rules", arguments: optimizerCases)
    func trajectory(_ optimizer: OptimizerCase) {
        let layout = layout(40)
        var expected = layout.entries.flatMap { layout.initialValues(seed: 1, as: Double.self)[$0].scalars }
        let start = expected
        for index in expected.indices {
            var memory = [0.0, 0.0]
            for step in 1...30 {
                let g = gradient(expected[index], index, step)
                expected[index] = optimizer.rule(expected[index], g, &memory, 0.01 / Double(step), step)
            }
        }
        let double = trajectory(optimizer.double(layout), layout, scale: 0.125)
        let single = trajectory(optimizer.single(layout), layout, scale: 0.125)
        for index in expected.indices {
            #expect(abs(double[index] - expected[index]) < 1e-13, "entry \(index)")
            #expect(abs(single[index] - expected[index]) < 2e-6, "entry \(index)")
            #expect(abs(expected[index] - start[index]) > 1e-4, "entry \(index) has not moved")
        }
    }

    /// `f(p) = sum_i (p_i - i/10)^2 / 2` plus the pull of the weight decay.
    @Test("a quadratic is minimised", arguments: optimizerCases)
    func convergence(_ optimizer: OptimizerCase) {
        let layout = ParameterLayout()
        let parameter = layout.root.real("p", [7], .normal(standardDeviation: 1))
        let parameters = layout.initialValues(seed: 2, as: Float.self)
        let gradients = ParameterVector<Float>(layout: layout)
        let rule = optimizer.single(layout)
        let steps = 1500
        func distance() -> Float { parameters[parameter].scalars.enumerated().map { abs($1 - Float($0) / 10) }.max()! }
        let before = distance()
        for step in 1...steps {
            gradients.set(parameter, to: Tensor([7], parameters[parameter].scalars.enumerated().map { $1 - Float($0) / 10 }))
            let schedule = LearningRateSchedule.cosine(finalFactor: 0, interval: .step)
            let rate = schedule.rate(base: optimizer.rate, step: step - 1, stepsPerEpoch: steps, totalSteps: steps)
            rule.update(parameters, with: gradients, learningRate: rate, step: step)
        }
        // The optimum with weight decay is off by at most about decay / (1 + decay) times the target.
        #expect(distance() < 0.08)
        #expect(before > 0.8)
    }

    @Test("the bits do not depend on the number of workers", arguments: optimizerCases)
    func workers(_ optimizer: OptimizerCase) {
        let layout = layout(50_001)
        let gradients = layout.initialValues(seed: 9, as: Float.self)
        let results = [1, 2, 4].map { threads in
            let parameters = layout.initialValues(seed: 1, as: Float.self)
            let rule = optimizer.single(layout)
            for step in 1...3 {
                rule.update(parameters, with: gradients, learningRate: 0.01, step: step, workers: Workers(threads: threads))
            }
            return (layout.entries.map { parameters[$0] }, rule.state.map { state in layout.entries.map { state.values[$0] } })
        }
        for result in results.dropFirst() {
            #expect(result.0 == results[0].0)
            #expect(result.1 == results[0].1)
        }
    }

    @Test("the padding of the flat vector stays zero", arguments: optimizerCases)
    func padding(_ optimizer: OptimizerCase) {
        let layout = layout(17)
        let parameters = layout.initialValues(seed: 1, as: Float.self)
        let gradients = layout.initialValues(seed: 3, as: Float.self)
        let rule = optimizer.single(layout)
        for step in 1...2 { rule.update(parameters, with: gradients, learningRate: 0.1, step: step) }
        for vector in [parameters] + rule.state.map(\.values) {
            let used = layout.entries.reduce(0.0) { $0 + vector[$1].scalars.reduce(0.0) { $0 + Double($1) * Double($1) } }
            #expect(abs(vector.norm() - used.squareRoot()) < 1e-5)
        }
    }

    @Test func normAndClipping() {
        let layout = layout(40_000)
        let vector = layout.initialValues(seed: 4, as: Float.self)
        let expected = layout.entries.flatMap { vector[$0].scalars }.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(vector.norm() / expected - 1) < 1e-6)
        #expect([1, 2, 3, 4].map { vector.norm(workers: Workers(threads: $0)) }.allSatisfy { $0 == vector.norm() })
        #expect(clippingFactor(norm: 5, maximum: 2) == 0.4)
        #expect(clippingFactor(norm: 2, maximum: 2) == 1)
        #expect(clippingFactor(norm: 0, maximum: 2) == 1)
    }

    @Test func averageOfWeights() {
        let layout = ParameterLayout()
        let parameter = layout.root.real("p", [2], .constant(1))
        let parameters = layout.initialValues(seed: 0, as: Double.self)
        let average = WeightAverage(of: parameters, decay: 0.5)
        var expected = [1.0, 1.0]
        for step in 1...20 {
            let values = [Double(step), 1 / Double(step)]
            parameters.set(parameter, to: Tensor([2], values))
            average.update(0..<parameters.count, towards: parameters, step: step)
            let factor = min(0.5, Double(1 + step) / Double(10 + step))
            for index in 0..<2 { expected[index] = factor * expected[index] + (1 - factor) * values[index] }
        }
        for (found, wanted) in zip(average.values[parameter].scalars, expected) { #expect(abs(found - wanted) < 1e-12) }
    }
}
