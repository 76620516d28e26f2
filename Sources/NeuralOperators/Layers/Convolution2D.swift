import Autodiff
import Tensors

/// A two-dimensional convolution (cross-correlation) of `[b, y, x, c]` with a boundary rule:
/// `y[b, i, j, d] = bias[d] + sum_{p, q, c} x[b, i s + p - pad, j s + q - pad, c] W[p, q, c, d]`.
public struct Convolution2D: Sendable {
    /// `[ky, kx, input, output]`.
    public let weight: Parameter
    /// `[output]`.
    public let bias: Parameter?
    private let stride: Int
    private let dilation: Int
    private let padding: Int
    private let mode: PaddingMode

    /// Declares `weight` and perhaps `bias`, both uniform on `±1 / sqrt(k^2 input)` unless another law is given.
    public init(
        _ input: Int, _ output: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, padding: Int = 0, mode: PaddingMode = .zeros,
        bias hasBias: Bool = true, initializer: Initializer? = nil, in scope: ParameterScope
    ) {
        let law = initializer ?? .fanIn(kernel * kernel * input)
        weight = scope.real("weight", [kernel, kernel, input, output], law)
        bias = hasBias ? scope.real("bias", [output], law) : nil
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.mode = mode
    }

    /// `[b, y, x, input] -> [b, y', x', output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        x.convolved(
            x.tape.parameter(weight), bias: bias.map(x.tape.parameter), stride: .init(stride), dilation: .init(dilation),
            padding: .init(padding), mode: mode)
    }
}

/// A transposed convolution: the adjoint of a strided convolution, used to prolong a field to a finer grid.
public struct TransposedConvolution2D: Sendable {
    /// `[ky, kx, output, input]`: the weight of the convolution whose adjoint this is.
    public let weight: Parameter
    /// `[output]`.
    public let bias: Parameter?
    private let stride: Int
    private let padding: Int

    /// Declares `weight` and perhaps `bias`, uniform on `±1 / sqrt(k^2 output)` (PyTorch's fan-in of a transposed convolution).
    public init(_ input: Int, _ output: Int, kernel: Int, stride: Int, padding: Int, bias hasBias: Bool = true, in scope: ParameterScope) {
        weight = scope.real("weight", [kernel, kernel, output, input], .fanIn(kernel * kernel * output))
        bias = hasBias ? scope.real("bias", [output], .fanIn(kernel * kernel * output)) : nil
        self.stride = stride
        self.padding = padding
    }

    /// `[b, y, x, input] -> [b, (y - 1) s - 2 pad + k, ..., output]`; `outputPadding` adds rows and columns at the far ends.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>, outputPadding: Convolution.Extent = .init(0)) -> Variable<Element> {
        x.transposedConvolved(
            x.tape.parameter(weight), bias: bias.map(x.tape.parameter), stride: .init(stride), padding: .init(padding),
            outputPadding: outputPadding)
    }
}
