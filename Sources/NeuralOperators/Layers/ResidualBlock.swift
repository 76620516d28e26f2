import Autodiff
import Tensors

/// A wide residual block with normalisation before each convolution: `C2 f(N2(C1 f(N1 x))) + L x`, where `L` is the identity when the
/// channels stay the same (He et al., 2016; Zagoruyko and Komodakis, 2016).
///
/// With an embedding `e` of scalar parameters a shift is added before `N2`, or a factor and a shift act after it (AdaGN).
struct ResidualBlock: Sendable {
    private let first: Convolution2D
    private let second: Convolution2D
    private let normalisations: [GroupNormalisation]
    private let shortcut: Linear?
    private let conditioning: ConditionedChannels?
    private let style: ConvolutionBlock.Style

    /// With an embedding the second convolution starts from zero, so that the block starts as its bypass.
    init(_ input: Int, _ output: Int, _ style: ConvolutionBlock.Style, in scope: ParameterScope) {
        first = Convolution2D(input, output, kernel: 3, padding: 1, mode: style.boundary, in: scope["first"])
        second = Convolution2D(
            output, output, kernel: 3, padding: 1, mode: style.boundary, initializer: style.embedding == nil ? nil : .constant(0),
            in: scope["second"])
        normalisations =
            style.normalisation
            ? [
                GroupNormalisation(input, in: scope["first-normalisation"]), GroupNormalisation(output, in: scope["second-normalisation"]),
            ] : []
        shortcut = input == output ? nil : Linear(input, output, in: scope["shortcut"])
        conditioning = style.embedding.map { ConditionedChannels($0, output, style.conditioning, in: scope["conditioning"]) }
        self.style = style
    }

    /// `[b, y, x, input] -> [b, y, x, output]`.
    func callAsFunction<Element: Scalar>(_ x: Variable<Element>, embedding: Variable<Element>? = nil) -> Variable<Element> {
        var h = first(activated(x, 0))
        if let conditioning, let embedding {
            switch style.conditioning {
            case .shift: h = activated(conditioning(h, embedding), 1)
            case .scaleShift: h = style.activation(conditioning(normalisations.isEmpty ? h : normalisations[1](h), embedding))
            }
        } else {
            h = activated(h, 1)
        }
        return shortcut.map { $0(x, adding: second(h)) } ?? second(h, adding: x)
    }

    private func activated<Element: Scalar>(_ x: Variable<Element>, _ number: Int) -> Variable<Element> {
        normalisations.isEmpty ? style.activation(x) : normalisations[number](x, style.activation)
    }
}
