/// How one pass of a convolution is computed.
package enum ConvolutionMethod: Hashable, Sendable {
    /// Matrix products of grid rows.
    case rows
    /// Our own loops for few channels on one side.
    case thin
    /// One matrix product with the points of patches side by side.
    case patches
    /// Our own Winograd algorithm, `tiles` tiles of 4 x 4 points at a time.
    case winograd(tiles: Int)
    /// Through a padded copy of the input, then as planned for the shape without padding.
    case padded
    /// A primitive of oneDNN.
    case oneDNN(OneDNNConvolution.Choice)

    /// Whether it is Winograd's algorithm, which rounds more than the definition.
    package var isWinograd: Bool {
        switch self {
        case .rows, .thin, .patches, .padded: false
        case .winograd: true
        case .oneDNN(let choice): choice.winograd
        }
    }
}

extension ConvolutionMethod: LosslessStringConvertible {
    /// For example `onednn direct nhwc nChw16c jit:avx512_core`.
    package var description: String {
        switch self {
        case .rows: "rows"
        case .thin: "thin"
        case .patches: "patches"
        case .padded: "padded"
        case .winograd(let tiles): "winograd \(tiles)"
        case .oneDNN(let choice): "onednn \(choice)"
        }
    }

    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.count) {
        case ("rows", 1): self = .rows
        case ("thin", 1): self = .thin
        case ("patches", 1): self = .patches
        case ("padded", 1): self = .padded
        case ("winograd", 2):
            guard let tiles = Int(words[1]), tiles > 0 else { return nil }
            self = .winograd(tiles: tiles)
        case ("onednn", 2):
            guard let choice = OneDNNConvolution.Choice(words[1]) else { return nil }
            self = .oneDNN(choice)
        default: return nil
        }
    }
}
