import Autodiff
import Tensors

/// Two 3x3 convolutions, each followed by group normalisation (one group) and an activation:
/// `h <- f(N(C1 x))`, then perhaps a conditioning by scalar parameters, then `h <- f(N(C2 h))`.
struct ConvolutionBlock: Sendable {
    private let first: Convolution2D
    private let second: Convolution2D
    private let normalisations: [GroupNormalisation]
    private let conditioning: ConditionedChannels?
    private let activation: Activation

    /// What all blocks of a network share.
    struct Style: Sendable {
        var boundary: PaddingMode = .zeros
        var normalisation = true
        var activation: Activation = .gelu
        /// Channels of the embedding of scalar parameters, when the network has one, and how it acts.
        var embedding: Int?
        var conditioning: Conditioning = .shift
    }

    init(_ input: Int, _ output: Int, _ style: Style, in scope: ParameterScope) {
        first = Convolution2D(input, output, kernel: 3, padding: 1, mode: style.boundary, in: scope["first"])
        second = Convolution2D(output, output, kernel: 3, padding: 1, mode: style.boundary, in: scope["second"])
        normalisations =
            style.normalisation ? ["first-normalisation", "second-normalisation"].map { GroupNormalisation(output, in: scope[$0]) } : []
        conditioning = style.embedding.map { ConditionedChannels($0, output, style.conditioning, in: scope["conditioning"]) }
        activation = style.activation
    }

    /// `[b, y, x, input] -> [b, y, x, output]`.
    func callAsFunction<Element: Scalar>(_ x: Variable<Element>, embedding: Variable<Element>? = nil) -> Variable<Element> {
        var h = activated(first(x), 0)
        if let conditioning, let embedding { h = conditioning(h, embedding) }
        return activated(second(h), 1)
    }

    private func activated<Element: Scalar>(_ x: Variable<Element>, _ number: Int) -> Variable<Element> {
        normalisations.isEmpty ? activation(x) : normalisations[number](x, activation)
    }
}
