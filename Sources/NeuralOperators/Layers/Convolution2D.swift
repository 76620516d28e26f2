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

    /// `[b, y, x, input] -> [b, y', x', output]`, plus a field of that shape if there is one.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>, adding addend: Variable<Element>? = nil) -> Variable<Element> {
        convolve(x, x.tape.parameter(weight), bias.map(x.tape.parameter), addend)
    }

    /// `f` minus the convolution of `x`.
    public func subtracted<Element: Scalar>(from f: Variable<Element>, _ x: Variable<Element>) -> Variable<Element> {
        convolve(x, -x.tape.parameter(weight), bias.map { -x.tape.parameter($0) }, f)
    }

    private func convolve<Element: Scalar>(
        _ x: Variable<Element>, _ weight: Variable<Element>, _ bias: Variable<Element>?, _ addend: Variable<Element>?
    ) -> Variable<Element> {
        x.convolved(
            weight, bias: bias, stride: .init(stride), dilation: .init(dilation), padding: .init(padding), mode: mode, adding: addend)
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

    /// The grid of the result for a field `[b, y, x, input]` without output padding.
    func grid<Element: Scalar>(of x: Variable<Element>) -> [Int] {
        let grid = Convolution.transposed(of: x.shape, weights: weight.shape, stride: .init(stride), padding: .init(padding)).input
        return [grid.y, grid.x]
    }

    /// `[b, y, x, input] -> [b, (y - 1) s - 2 pad + k, ..., output]`, plus a field of that shape if there is one; `outputPadding` adds rows and columns
    /// at the far ends.
    public func callAsFunction<Element: Scalar>(
        _ x: Variable<Element>, outputPadding: Convolution.Extent = .init(0), adding addend: Variable<Element>? = nil
    ) -> Variable<Element> {
        x.transposedConvolved(
            x.tape.parameter(weight), bias: bias.map(x.tape.parameter), stride: .init(stride), padding: .init(padding),
            outputPadding: outputPadding, adding: addend)
    }
}
