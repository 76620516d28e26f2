import Autodiff
import Tensors

/// Two linear maps of the channels with GELU between them, at every point: `GELU(x W1 + b1) W2 + b2`.
public struct PointwiseMLP: Sendable {
    /// `input -> hidden`.
    public let first: Linear
    /// `hidden -> output`.
    public let second: Linear

    /// Declares both maps as `first` and `second`.
    public init(_ input: Int, _ hidden: Int, _ output: Int, in scope: ParameterScope) {
        first = Linear(input, hidden, in: scope["first"])
        second = Linear(hidden, output, in: scope["second"])
    }

    /// `[..., input] -> [..., output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        x.pointwiseMLP(
            x.tape.parameter(first.weight), x.tape.parameter(first.bias!), x.tape.parameter(second.weight), x.tape.parameter(second.bias!))
    }

    /// The perceptron of `x` plus a linear map of `v`, with GELU after the sum if asked for.
    func callAsFunction<Element: Scalar>(_ x: Variable<Element>, bypass v: Variable<Element>, _ map: Linear, gelu: Bool) -> Variable<
        Element
    > {
        let tape = x.tape
        return x.pointwiseMLP(
            tape.parameter(first.weight), tape.parameter(first.bias!), tape.parameter(second.weight), tape.parameter(second.bias!),
            bypass: v,
            tape.parameter(map.weight), tape.parameter(map.bias!), gelu: gelu)
    }
}
