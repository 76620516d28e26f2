import Autodiff
import Tensors

/// A pointwise linear map of the channels, `y[..., o] = sum_i x[..., i] W[i, o] + b[o]`: one matrix product over all points.
///
/// The same as a 1x1 convolution.
public struct Linear: Sendable {
    /// `[input, output]`.
    public let weight: Parameter
    /// `[output]`.
    public let bias: Parameter?

    /// Declares `weight` and, unless turned off, `bias`, both uniform on `±1 / sqrt(input)` unless another law is given.
    public init(_ input: Int, _ output: Int, bias hasBias: Bool = true, initializer: Initializer? = nil, in scope: ParameterScope) {
        weight = scope.real("weight", [input, output], initializer ?? .fanIn(input))
        bias = hasBias ? scope.real("bias", [output], initializer == nil ? .fanIn(input) : .constant(0)) : nil
    }

    /// `[..., input] -> [..., output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        x.linear(x.tape.parameter(weight), bias: bias.map(x.tape.parameter))
    }

    /// The same added to a field `[..., output]`, with an activation after the sum.
    func callAsFunction<Element: Scalar>(
        _ x: Variable<Element>, adding addend: Variable<Element>, _ activation: Activation = .identity
    ) -> Variable<Element> {
        guard let bias else { return activation(addend + self(x)) }
        let sum = x.linear(x.tape.parameter(weight), bias: x.tape.parameter(bias), adding: addend, gelu: activation == .gelu)
        return activation == .gelu ? sum : activation(sum)
    }

    /// The map with an activation after it.
    func callAsFunction<Element: Scalar>(_ x: Variable<Element>, _ activation: Activation) -> Variable<Element> {
        guard activation == .gelu, let bias else { return activation(self(x)) }
        return x.linearGELU(x.tape.parameter(weight), bias: x.tape.parameter(bias))
    }
}
