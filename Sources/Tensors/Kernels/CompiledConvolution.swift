/// A method made ready for one shape; threads may share it.
final class CompiledConvolution: Sendable {
    private enum Kernel: Sendable {
        case rows
        case thin(ThinConvolution)
        case fewPoints(FewPointsConvolution)
        case winograd(WinogradConvolution)
        case stridedWinograd(StridedWinogradConvolution)
        /// The same without padding.
        case padded(CompiledConvolution)
        /// A primitive, and whether bias and target are added after it because it cannot do that itself.
        case oneDNN(OneDNNConvolution, addsBias: Bool, addsToTarget: Bool)
    }

    private let key: ConvolutionPlanner.Key
    private let kernel: Kernel

    /// Nil if the method does not exist for this shape in this version of oneDNN.
    init?(_ key: ConvolutionPlanner.Key, _ method: ConvolutionMethod) {
        guard let kernel = CompiledConvolution.compile(key, method) else { return nil }
        (self.key, self.kernel) = (key, kernel)
    }

    private static func compile(_ key: ConvolutionPlanner.Key, _ method: ConvolutionMethod) -> Kernel? {
        switch method {
        case .rows: return key.shape.mode == .zeros ? .rows : nil
        case .padded: return key.shape.mode == .zeros ? nil : .padded(ConvolutionPlanner.kernelWithoutPadding(key))
        case .thin: return ThinConvolution(key.shape, key.pass).map(Kernel.thin)
        case .fewPoints: return FewPointsConvolution(key.shape, key.pass).map(Kernel.fewPoints)
        case .winograd(let tiles):
            return WinogradConvolution(key.shape, key.pass, blockSize: tiles).map(Kernel.winograd)
                ?? StridedWinogradConvolution(key.shape, key.pass, blockSize: tiles).map(Kernel.stridedWinograd)
        case .oneDNN(let choice):
            guard key.shape.mode == .zeros else { return nil }
            for (hasBias, accumulates) in [(key.hasBias, key.accumulates), (key.hasBias, false), (false, false)] {
                let primitive = OneDNNConvolution(key.shape, key.pass, hasBias: hasBias, accumulates: accumulates, choice: choice)
                guard let primitive else { continue }
                return .oneDNN(primitive, addsBias: key.hasBias && !hasBias, addsToTarget: key.accumulates && !accumulates)
            }
            return nil
        }
    }

    func run(
        input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, workers: Workers = Workers(threads: 1)
    ) {
        switch kernel {
        case .rows:
            Kernels.convolveRows(
                key.shape, key.pass, accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output)
        case .thin(let thin):
            Flops.add(key.shape.flops)
            thin.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output)
        case .fewPoints(let fewPoints):
            fewPoints.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .winograd(let winograd):
            winograd.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .stridedWinograd(let winograd):
            winograd.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .padded(let inner):
            Kernels.convolvePadded(key.shape, key.pass, accumulates: key.accumulates, input: input) { _, _, padded in
                inner.run(input: padded, weights: weights, bias: bias, output: output, workers: workers)
            }
        case .oneDNN(let primitive, let addsBias, let addsToTarget):
            Flops.add(key.shape.flops)
            let ownBias = addsBias ? nil : bias
            if addsToTarget {
                runAndAdd(primitive, input: input, weights: weights, bias: ownBias, output: output)
            } else {
                primitive.run(input: input, weights: weights, bias: ownBias, output: output)
            }
            if addsBias, let bias {
                let rows = key.shape.outputShape.dropLast().reduce(1, *)
                Kernels.addBias(rows: rows, channels: key.shape.outputChannels, bias, output)
            }
        }
    }

    /// Runs into a temporary array, then adds that to the target.
    private func runAndAdd(
        _ primitive: OneDNNConvolution, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
    ) {
        let (extents, target) =
            switch key.pass {
            case .forward: (key.shape.outputShape, output)
            case .dataGradient: (key.shape.inputShape, input)
            case .weightGradient: (key.shape.weightShape, weights)
            }
        let term = Storage<Float>(count: extents.reduce(1, *))
        primitive.run(
            input: key.pass == .dataGradient ? term.pointer : input, weights: key.pass == .weightGradient ? term.pointer : weights,
            bias: bias, output: key.pass == .forward ? term.pointer : output)
        Kernels.accumulate(term.count, term.pointer, target)
    }
}
