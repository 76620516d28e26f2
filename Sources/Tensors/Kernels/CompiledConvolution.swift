/// A method made ready for one shape; threads may share it.
final class CompiledConvolution: Sendable {
    private let key: ConvolutionPlanner.Key
    private let oneDNN: OneDNNConvolution?
    private let thin: ThinConvolution?
    /// What the primitive cannot do itself and is done after it.
    private let addsBias: Bool
    private let addsToTarget: Bool

    /// Nil if the method does not exist for this shape in this version of oneDNN.
    init?(_ key: ConvolutionPlanner.Key, _ method: ConvolutionMethod) {
        self.key = key
        guard case .oneDNN(let choice) = method else {
            (oneDNN, addsBias, addsToTarget) = (nil, false, false)
            thin = method == .thin ? ThinConvolution(key.shape, key.pass) : nil
            if method == .thin && thin == nil { return nil }
            return
        }
        thin = nil
        for (hasBias, accumulates) in [(key.hasBias, key.accumulates), (key.hasBias, false), (false, false)] {
            guard
                let primitive = OneDNNConvolution(key.shape, key.pass, hasBias: hasBias, accumulates: accumulates, choice: choice)
            else { continue }
            (oneDNN, addsBias, addsToTarget) = (primitive, key.hasBias && !hasBias, key.accumulates && !accumulates)
            return
        }
        return nil
    }

    func run(
        input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>
    ) {
        if let thin {
            thin.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output)
            return
        }
        guard let oneDNN else {
            Kernels.convolveRows(
                key.shape, key.pass, accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output)
            return
        }
        let ownBias = addsBias ? nil : bias
        if addsToTarget {
            var (arrays, target) = ((input, weights, output), input)
            let term: Storage<Float>
            switch key.pass {
            case .forward:
                term = Storage(count: key.shape.outputShape.reduce(1, *))
                (arrays.2, target) = (term.pointer, output)
            case .dataGradient:
                term = Storage(count: key.shape.inputShape.reduce(1, *))
                (arrays.0, target) = (term.pointer, input)
            case .weightGradient:
                term = Storage(count: key.shape.weightShape.reduce(1, *))
                (arrays.1, target) = (term.pointer, weights)
            }
            oneDNN.run(input: arrays.0, weights: arrays.1, bias: ownBias, output: arrays.2)
            Kernels.accumulate(term.count, term.pointer, target)
        } else {
            oneDNN.run(input: input, weights: weights, bias: ownBias, output: output)
        }
        if addsBias, let bias {
            let rows = key.shape.outputShape.dropLast().reduce(1, *)
            Kernels.addBias(rows: rows, channels: key.shape.outputChannels, bias, output)
        }
    }
}
