import Autodiff
import Foundation
import NeuralOperators
import Tensors
import Training

/// A pointwise network of one hidden layer that learns `u -> u^2 - u/2` on random fields.
struct ToyProblem<Element: Scalar>: TrainingProblem {
    let layout: ParameterLayout
    private let hidden: (weight: Parameter, bias: Parameter)
    private let output: (weight: Parameter, bias: Parameter)

    init(width: Int = 8) {
        layout = ParameterLayout()
        let scope = layout.root
        hidden = (
            scope["hidden"].real("weight", [1, width], .glorotNormal(fanIn: 1, fanOut: width)),
            scope["hidden"].real("bias", [width], .uniform(low: -1, high: 1))
        )
        output = (
            scope["output"].real("weight", [width, 1], .glorotNormal(fanIn: width, fanOut: 1)),
            scope["output"].real("bias", [1], .constant(0))
        )
    }

    private func predict(_ batch: Batch<Element>, _ tape: Tape<Element>) -> Variable<Element> {
        tape.constant(batch.samples.inputs).linear(tape.parameter(hidden.weight), bias: tape.parameter(hidden.bias)).gelu()
            .linear(tape.parameter(output.weight), bias: tape.parameter(output.bias))
    }

    func loss(of batch: Batch<Element>, on tape: Tape<Element>) -> Variable<Element> {
        L2Loss().sum(predict(batch, tape), batch.samples.targets)
    }

    let metrics = [MetricColumn(metric: "relative-l2"), MetricColumn(field: "u", lead: 0.5, metric: "max")]

    func errors(of batch: Batch<Element>, on tape: Tape<Element>) -> [[Double]] {
        let prediction = predict(batch, tape).value
        return (0..<batch.count).map { sample in
            let (p, t) = (prediction.rows(sample..<(sample + 1)), batch.samples.targets.rows(sample..<(sample + 1)))
            let loss = L2Loss().sum(tape.constant(p), t).value.item
            return [Double(loss), zip(p.scalars, t.scalars).map { Double(abs($0 - $1)) }.max()!]
        }
    }
}

/// Random fields and their images.
func toySamples<Element: Scalar>(_ count: Int, seed: UInt64, as type: Element.Type = Element.self) -> Samples<Element> {
    let values = Philox(seed: seed, stream: 5).normals(count * 16)
    return Samples(
        inputs: Tensor([count, 16, 1], values.map { Element($0) }),
        targets: Tensor([count, 16, 1], values.map { Element($0 * $0 - $0 / 2) }))
}

func toySource<Element: Scalar>(_ count: Int, seed: UInt64, as type: Element.Type = Element.self) -> InMemorySource<Element> {
    InMemorySource(toySamples(count, seed: seed))
}

/// A source that takes its time and counts.
final class SlowSource<Element: Scalar>: SampleSource, @unchecked Sendable {
    private let source: InMemorySource<Element>
    private let lock = NSLock()
    private var seen: [[Int]] = []
    private let failing: Int?
    private let delay: Double

    init(_ source: InMemorySource<Element>, delay: Double = 0, failingAtRead number: Int? = nil) {
        self.source = source
        self.delay = delay
        failing = number
    }

    var count: Int { source.count }
    var isSlow: Bool { true }
    var reads: [[Int]] { lock.withLock { seen } }

    func samples(_ indices: [Int]) throws -> Samples<Element> {
        let number = lock.withLock {
            seen.append(indices)
            return seen.count
        }
        if number == failing { throw TrainingError.cannotRead(file: "slow", reason: "as told") }
        Thread.sleep(forTimeInterval: delay)
        return source.samples(indices)
    }
}

/// All values of a vector, in order.
func values<Element: Scalar>(_ vector: ParameterVector<Element>) -> [Element] {
    vector.layout.entries.flatMap { vector[$0].scalars }
}

/// Any optimiser by name, as tests need it.
func makeOptimizer<Element: Scalar>(_ name: String, _ layout: ParameterLayout, as type: Element.Type = Element.self) -> any Optimizer<
    Element
> {
    switch name {
    case "sgd": StochasticGradientDescent(layout: layout, weightDecay: 1e-3)
    case "momentum": StochasticGradientDescent(layout: layout, momentum: 0.9, isNesterov: true)
    case "adam": Adam(layout: layout, weightDecay: 1e-3)
    case "adamw": Adam(layout: layout, weightDecay: 1e-2, decay: .decoupled)
    default: Lion(layout: layout, weightDecay: 1e-2)
    }
}
