import Autodiff
import Tensors

/// A multilayer perceptron on the last axis: linear maps with an activation between them, and after the last one if asked for.
public struct MLP: Sendable {
    private let layers: [Linear]
    private let activation: Activation
    private let activatesLast: Bool

    /// Declares one numbered map between neighbours of the widths `[input, hidden..., output]`, with weights after Glorot and zero biases.
    public init(_ widths: [Int], activation: Activation, activatesLast: Bool = false, in scope: ParameterScope) {
        precondition(widths.count >= 2, "a perceptron of widths \(widths)")
        layers = zip(widths, widths.dropFirst()).enumerated().map { number, pair in
            Linear(pair.0, pair.1, initializer: .glorotNormal(fanIn: pair.0, fanOut: pair.1), in: scope[number])
        }
        self.activation = activation
        self.activatesLast = activatesLast
    }

    /// The weight of the first map, which stands for the perceptron where something is derived from it.
    var firstWeight: Parameter { layers[0].weight }

    /// `[..., input] -> [..., output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        var y = x
        for (number, layer) in layers.enumerated() {
            let activates = activatesLast || number < layers.count - 1
            y = y.checkpointed { activates ? layer($0, activation) : layer($0) }
        }
        return y
    }
}
