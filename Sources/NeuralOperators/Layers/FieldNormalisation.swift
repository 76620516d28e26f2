import Autodiff
import Tensors

/// Layer normalisation of a whole field: `[b, y, x, c]` standardised over `(y, x, c)`, then an affine map with one factor and one
/// shift for every entry of a fixed grid (Ba, Kiros and Hinton, 2016).
///
/// The affine map ties the layer to one grid, as in the published MgNO for Navier-Stokes.
public struct FieldNormalisation: Sendable {
    /// `[y, x, channel]`.
    public let weight: Parameter
    /// `[y, x, channel]`.
    public let bias: Parameter

    /// Declares `weight` (ones) and `bias` (zeros) for a grid.
    public init(grid: [Int], channels: Int, in scope: ParameterScope) {
        weight = scope.real("weight", grid + [channels], .constant(1))
        bias = scope.real("bias", grid + [channels], .constant(0))
    }

    /// `[b, y, x, c] -> [b, y, x, c]`, with an activation after it.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>, _ activation: Activation = .identity) -> Variable<Element> {
        precondition(Array(x.shape.dropFirst()) == weight.shape, "\(weight.path) of shape \(weight.shape) on a field of shape \(x.shape)")
        let isFused = activation == .gelu
        let y = x.fieldNormalised(weight: x.tape.parameter(weight), bias: x.tape.parameter(bias), gelu: isFused)
        return isFused ? y : activation(y)
    }
}
