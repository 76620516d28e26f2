import Autodiff
import Tensors

/// Group normalisation of `[b, x..., c]` (Wu and He, 2018).
///
/// Channels form equal groups, each standardised over its channels and all points of a sample; then each channel has a factor and a shift.
/// One group is layer normalisation of the whole field.
public struct GroupNormalisation: Sendable {
    /// `[channel]`.
    public let weight: Parameter
    /// `[channel]`.
    public let bias: Parameter
    private let groups: Int

    /// Declares `weight` (ones) and `bias` (zeros).
    public init(_ channels: Int, groups: Int = 1, in scope: ParameterScope) {
        precondition(groups > 0 && channels % groups == 0, "\(channels) channels in \(groups) groups")
        weight = scope.real("weight", [channels], .constant(1))
        bias = scope.real("bias", [channels], .constant(0))
        self.groups = groups
    }

    /// `[b, x..., c] -> [b, x..., c]`, with an activation after it.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>, _ activation: Activation = .identity) -> Variable<Element> {
        let isFused = activation == .gelu
        let y = x.groupNormalised(groups: groups, weight: x.tape.parameter(weight), bias: x.tape.parameter(bias), gelu: isFused)
        return isFused ? y : activation(y)
    }
}
