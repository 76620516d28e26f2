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
        case oneDNN(Primitives)
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
            let bands = ConvolutionBand.bands(of: key.shape, key.pass)
            return (Primitives(key, choice, bands) ?? Primitives(key, choice, [])).map(Kernel.oneDNN)
        }
    }

    func run(
        adding addend: UnsafePointer<Float>?, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, workers: Workers = Workers(threads: 1)
    ) {
        precondition((addend != nil) == key.accumulates, "a kernel that adds needs an addend, another has none: \(key.shape)")
        switch kernel {
        case .winograd(let winograd):
            return winograd.run(adding: addend, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .stridedWinograd(let winograd):
            return winograd.run(adding: addend, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .padded(let inner):
            return Kernels.convolvePadded(key.shape, key.pass, adding: addend, input: input) { _, addend, padded in
                inner.run(adding: addend, input: padded, weights: weights, bias: bias, output: output, workers: workers)
            }
        case .rows:
            return Kernels.convolveRows(key.shape, key.pass, adding: addend, input: input, weights: weights, bias: bias, output: output)
        case .thin, .fewPoints, .oneDNN: break
        }
        // The others add to their target.
        let target = key.pass.target(input, weights, output)
        if let addend, addend != UnsafePointer(target) { workers.copy(key.shape.count(of: key.pass), addend, target) }
        switch kernel {
        case .thin(let thin):
            Flops.add(key.shape.flops)
            thin.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .fewPoints(let fewPoints):
            fewPoints.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .oneDNN(let primitives):
            Flops.add(key.shape.flops)
            primitives.run(input: input, weights: weights, bias: bias, output: output, workers)
        default: preconditionFailure("every other kernel takes its addend where it lies")
        }
    }
}

extension CompiledConvolution {
    /// oneDNN's primitives for the whole, or for its bands.
    private struct Primitives: Sendable {
        private struct Part: Sendable {
            let primitive: OneDNNConvolution
            let inputOffset: Int
            let outputOffset: Int
            let shape: Convolution
        }

        private let parts: [Part]
        private let pass: ConvolutionPass
        /// Whether bias and target are added after the primitives because they cannot do that themselves.
        private let addsBias: Bool
        private let addsToTarget: Bool

        /// Primitives for the bands, or one for the whole if there are none; nil if oneDNN has none, or would have the weights of bands in different
        /// orders.
        init?(_ key: ConvolutionPlanner.Key, _ choice: OneDNNConvolution.Choice, _ bands: [ConvolutionBand]) {
            let shapes = bands.isEmpty ? [(key.shape, 0, 0)] : bands.map { ($0.shape, $0.inputOffset, $0.outputOffset) }
            for (hasBias, accumulates) in [(key.hasBias, key.accumulates), (key.hasBias, false), (false, false)] {
                let parts = shapes.compactMap { shape, inputOffset, outputOffset in
                    OneDNNConvolution(shape, key.pass, hasBias: hasBias, accumulates: accumulates, choice: choice).map {
                        Part(primitive: $0, inputOffset: inputOffset, outputOffset: outputOffset, shape: shape)
                    }
                }
                guard parts.count == shapes.count else { continue }
                guard parts.allSatisfy({ $0.primitive.hasWeights(like: parts[0].primitive) }) else { return nil }
                self.parts = parts
                (pass, addsBias, addsToTarget) = (key.pass, key.hasBias && !hasBias, key.accumulates && !accumulates)
                return
            }
            return nil
        }

        func run(
            input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
            output: UnsafeMutablePointer<Float>, _ workers: Workers
        ) {
            guard parts.count > 1 else { return run(parts[0], input, weights, bias, output) }
            let ordered = parts[0].primitive.ordered(weights)
            // Invariant: each part writes its own rows of the target.
            nonisolated(unsafe) let (input, weights, bias, output) = (input, ordered?.pointer ?? weights, bias, output)
            workers.run(parts.count) {
                run(
                    parts[$0], input + parts[$0].inputOffset, weights, isOrdered: ordered != nil, bias,
                    output + parts[$0].outputOffset)
            }
            withExtendedLifetime(ordered) {}
        }

        private func run(
            _ part: Part, _ input: UnsafeMutablePointer<Float>, _ weights: UnsafeMutablePointer<Float>, isOrdered: Bool = false,
            _ bias: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
        ) {
            let ownBias = addsBias ? nil : bias
            if addsToTarget {
                let target = pass.target(input, weights, output)
                let term = Storage<Float>(count: part.shape.count(of: pass))
                part.primitive.run(
                    input: pass == .dataGradient ? term.pointer : input, weights: pass == .weightGradient ? term.pointer : weights,
                    weightsAreOrdered: isOrdered, bias: ownBias, output: pass == .forward ? term.pointer : output)
                Kernels.accumulate(term.count, term.pointer, target)
            } else {
                part.primitive.run(input: input, weights: weights, weightsAreOrdered: isOrdered, bias: ownBias, output: output)
            }
            if addsBias, let bias {
                let channels = part.shape.outputChannels
                Kernels.addBias(rows: part.shape.count(of: .forward) / channels, channels: channels, bias, output)
            }
        }
    }
}
