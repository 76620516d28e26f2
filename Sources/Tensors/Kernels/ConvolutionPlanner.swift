import Synchronization

/// Chooses how each convolution is computed and keeps what was compiled.
package enum ConvolutionPlanner {
    private struct Key: Hashable {
        var shape: Convolution
        var pass: ConvolutionPass
        var hasBias: Bool
        var accumulates: Bool
    }

    private static let compiled = Mutex<[Key: OneDNNConvolution?]>([:])

    static func convolve(
        _ shape: Convolution, _ pass: ConvolutionPass, accumulates: Bool, input: UnsafeMutablePointer<Float>,
        weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
    ) {
        if let kernel = kernel(Key(shape: shape, pass: pass, hasBias: bias != nil, accumulates: accumulates)) {
            kernel.run(input: input, weights: weights, bias: bias, output: output)
        } else {
            Kernels.convolveRows(shape, pass, accumulates: accumulates, input: input, weights: weights, bias: bias, output: output)
        }
    }

    private static func kernel(_ key: Key) -> OneDNNConvolution? {
        compiled.withLock { compiled in
            if let known = compiled[key] { return known }
            let choices = OneDNNConvolution.choices(key.shape, key.pass, allowsWinograd: false)
            let kernel = choices.lazy.compactMap {
                OneDNNConvolution(key.shape, key.pass, hasBias: key.hasBias, accumulates: key.accumulates, choice: $0)
            }.first
            compiled[key] = .some(kernel)
            return kernel
        }
    }
}
