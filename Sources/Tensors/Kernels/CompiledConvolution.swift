/// A method made ready for one shape; threads may share it.
final class CompiledConvolution: Sendable {
    private enum Kernel: Sendable {
        case rows
        case thin(ThinConvolution)
        case patches(PatchConvolution)
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
        case .patches: return PatchConvolution(key.shape, key.pass).map(Kernel.patches)
        case .winograd(let tiles):
            return WinogradConvolution(key.shape, key.pass, blockSize: tiles).map(Kernel.winograd)
                ?? StridedWinogradConvolution(key.shape, key.pass, blockSize: tiles).map(Kernel.stridedWinograd)
        case .oneDNN(let choice):
            guard key.shape.mode == .zeros else { return nil }
            let parts = ConvolutionPart.parts(of: key.shape, key.pass)
            return (Primitives(key, choice, parts) ?? Primitives(key, choice, [])).map(Kernel.oneDNN)
        }
    }

    /// Whether the pass can make the gradient of the weights too.
    var correlates: Bool {
        switch kernel {
        case .winograd(let winograd): winograd.correlates
        case .stridedWinograd(let winograd): winograd.correlates
        default: false
        }
    }

    /// Whether it is Winograd's algorithm.
    var isWinograd: Bool {
        switch kernel {
        case .winograd, .stridedWinograd: true
        default: false
        }
    }

    /// - Parameter correlation: only if `correlates`.
    func run(
        adding addend: UnsafePointer<Float>?, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, correlation: Correlation? = nil,
        workers: Workers = Workers(threads: 1)
    ) {
        precondition(correlation == nil || correlates, "a kernel that makes no gradient of the weights beside its pass: \(key.shape)")
        precondition((addend != nil) == key.accumulates, "a kernel that adds needs an addend, another has none: \(key.shape)")
        switch kernel {
        case .winograd(let winograd):
            return winograd.run(
                adding: addend, input: input, weights: weights, bias: bias, output: output, correlation: correlation, workers: workers)
        case .stridedWinograd(let winograd):
            return winograd.run(
                adding: addend, input: input, weights: weights, bias: bias, output: output, correlation: correlation, workers: workers)
        case .padded(let inner):
            return Kernels.convolvePadded(key.shape, key.pass, adding: addend, input: input, workers: workers) { _, addend, padded in
                inner.run(adding: addend, input: padded, weights: weights, bias: bias, output: output, workers: workers)
            }
        case .rows:
            return Kernels.convolveRows(key.shape, key.pass, adding: addend, input: input, weights: weights, bias: bias, output: output)
        case .oneDNN(let primitives):
            Flops.add(key.shape.flops)
            primitives.run(adding: addend, input: input, weights: weights, bias: bias, output: output, workers)
        case .thin(let thin):
            Flops.add(key.shape.flops)
            workers.lay(addend, key.shape.count(of: key.pass), in: key.pass.target(input, weights, output))
            thin.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        case .patches(let patches):
            workers.lay(addend, key.shape.count(of: key.pass), in: key.pass.target(input, weights, output))
            patches.run(accumulates: key.accumulates, input: input, weights: weights, bias: bias, output: output, workers: workers)
        }
    }
}

extension Workers {
    /// Puts what is to be added where the result will lie, for a kernel that adds to its target.
    fileprivate func lay(_ addend: UnsafePointer<Float>?, _ count: Int, in target: UnsafeMutablePointer<Float>) {
        if let addend, addend != UnsafePointer(target) { copy(count, addend, target) }
    }
}

extension CompiledConvolution {
    /// oneDNN's primitives for the whole, or for its parts.
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

        /// Primitives for the parts, or one for the whole if it is not cut; nil if oneDNN has none, or would have the weights of parts in different
        /// orders.
        init?(_ key: ConvolutionPlanner.Key, _ choice: OneDNNConvolution.Choice, _ cut: [ConvolutionPart]) {
            let shapes = cut.isEmpty ? [(key.shape, 0, 0)] : cut.map { ($0.shape, $0.inputOffset, $0.outputOffset) }
            // Terms of a sum are added afterwards.
            let isSum = key.pass == .weightGradient && cut.count > 1
            for (hasBias, accumulates) in [(key.hasBias, key.accumulates && !isSum), (key.hasBias, false), (false, false)] {
                // Parts but the first and last have one shape.
                var known: [Convolution: OneDNNConvolution] = [:]
                let parts = shapes.compactMap { shape, inputOffset, outputOffset in
                    known[shape] =
                        known[shape] ?? OneDNNConvolution(shape, key.pass, hasBias: hasBias, accumulates: accumulates, choice: choice)
                    return known[shape].map { Part(primitive: $0, inputOffset: inputOffset, outputOffset: outputOffset, shape: shape) }
                }
                guard parts.count == shapes.count else { continue }
                guard isSum || parts.allSatisfy({ $0.primitive.hasWeights(like: parts[0].primitive) }) else { return nil }
                self.parts = parts
                (pass, addsBias, addsToTarget) = (key.pass, key.hasBias && !hasBias, key.accumulates && !accumulates)
                return
            }
            return nil
        }

        func run(
            adding addend: UnsafePointer<Float>?, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
            bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, _ workers: Workers
        ) {
            if pass == .weightGradient, parts.count > 1 { return sum(adding: addend, input, weights, output, workers) }
            let target = pass.target(input, weights, output)
            // Primitives that can add do so to their target.
            if !addsToTarget { workers.lay(addend, parts.reduce(0) { $0 + $1.shape.count(of: pass) }, in: target) }
            guard parts.count > 1 else { return run(parts[0], addend, input, weights, isOrdered: false, bias, output, workers) }
            let ordered = parts[0].primitive.ordered(weights)
            // Invariant: each part writes its own rows or samples of the target.
            nonisolated(unsafe) let (addend, input, output) = (addend, input, output)
            nonisolated(unsafe) let (weights, bias) = (ordered?.pointer ?? weights, bias)
            let one = Workers(threads: 1)
            workers.run(parts.count) { number in
                let part = parts[number]
                let offset = pass.target(part.inputOffset, 0, part.outputOffset)
                run(
                    part, addend.map { $0 + offset }, input + part.inputOffset, weights, isOrdered: ordered != nil, bias,
                    output + part.outputOffset, one)
            }
            withExtendedLifetime(ordered) {}
        }

        /// The gradient of the weights: what the parts contribute, added in their order.
        private func sum(
            adding addend: UnsafePointer<Float>?, _ input: UnsafeMutablePointer<Float>, _ weights: UnsafeMutablePointer<Float>,
            _ output: UnsafeMutablePointer<Float>, _ workers: Workers
        ) {
            let count = parts[0].shape.count(of: pass)
            // Each term begins with a line of the cache.
            let distance = (count + 15) & ~15
            let terms = Storage<Float>(count: parts.count * distance)
            // Invariant: each part writes its own term.
            nonisolated(unsafe) let (input, output) = (input, output)
            workers.run(parts.count) { number in
                let part = parts[number]
                part.primitive.run(
                    input: input + part.inputOffset, weights: terms.pointer + number * distance, bias: nil,
                    output: output + part.outputOffset)
            }
            nonisolated(unsafe) let (addend, weights) = (addend, weights)
            workers.run(numbers: count) { range in
                let first = terms.pointer + range.lowerBound
                if let addend { Kernels.accumulate(range.count, addend + range.lowerBound, first) }
                for number in 1..<parts.count {
                    let target = number == parts.count - 1 ? weights + range.lowerBound : first
                    Kernels.binary(.add, range.count, first, first + number * distance, target)
                }
            }
            withExtendedLifetime(terms) {}
        }

        private func run(
            _ part: Part, _ addend: UnsafePointer<Float>?, _ input: UnsafeMutablePointer<Float>, _ weights: UnsafeMutablePointer<Float>,
            isOrdered: Bool, _ bias: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>, _ workers: Workers
        ) {
            let ownBias = addsBias ? nil : bias
            let target = pass.target(input, weights, output)
            if addsToTarget, let addend {
                // The result goes to the target if the addend lies elsewhere.
                let isInPlace = addend == UnsafePointer(target)
                let count = part.shape.count(of: pass)
                let term = isInPlace ? Storage<Float>(count: count) : nil
                let result = term?.pointer ?? target
                part.primitive.run(
                    input: pass == .dataGradient ? result : input, weights: pass == .weightGradient ? result : weights,
                    weightsAreOrdered: isOrdered, bias: ownBias, output: pass == .forward ? result : output)
                workers.add(count, addend, result, target)
                withExtendedLifetime(term) {}
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
