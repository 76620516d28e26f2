import Autodiff
import Tensors

/// A pointwise linear map whose weight is stored as direction and magnitude, `W[i, o] = g[o] V[i, o] / |V[., o]|`
/// (Salimans and Kingma, 2016).
public struct WeightNormalisedLinear: Sendable {
    /// `[input, output]`.
    public let direction: Parameter
    /// `[output]`.
    public let magnitude: Parameter
    /// `[output]`.
    public let bias: Parameter

    /// Declares `direction` and `bias`, uniform on `±1 / sqrt(input)`, and `magnitude`, so that the weight starts as the direction.
    public init(_ input: Int, _ output: Int, in scope: ParameterScope) {
        direction = scope.real("direction", [input, output], .fanIn(input))
        magnitude = scope.real("magnitude", [output], .columnLengths(of: direction))
        bias = scope.real("bias", [output], .fanIn(input))
    }

    /// `[..., input] -> [..., output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        let v = x.tape.parameter(direction)
        let length = v.square().sum(axes: [0]).squareRoot().reshaped(magnitude.shape)
        return x.linear(v * (x.tape.parameter(magnitude) / length), bias: x.tape.parameter(bias))
    }
}
