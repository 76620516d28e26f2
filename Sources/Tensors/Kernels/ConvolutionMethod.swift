/// How one pass of a convolution is computed.
package enum ConvolutionMethod: Hashable, Sendable {
    /// Matrix products of grid rows.
    case rows
    /// Our own loops for few channels on one side.
    case thin
    /// A primitive of oneDNN.
    case oneDNN(OneDNNConvolution.Choice)

    /// Whether it is Winograd's algorithm, which rounds more than the definition.
    package var isWinograd: Bool {
        if case .oneDNN(let choice) = self { choice.winograd } else { false }
    }
}

extension ConvolutionMethod: LosslessStringConvertible {
    /// For example `onednn direct nhwc nChw16c jit:avx512_core`.
    package var description: String {
        switch self {
        case .rows: "rows"
        case .thin: "thin"
        case .oneDNN(let choice): "onednn \(choice)"
        }
    }

    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.count) {
        case ("rows", 1): self = .rows
        case ("thin", 1): self = .thin
        case ("onednn", 2):
            guard let choice = OneDNNConvolution.Choice(words[1]) else { return nil }
            self = .oneDNN(choice)
        default: return nil
        }
    }
}
