import Foundation
import Synchronization

/// How one pass of a convolution is computed.
package enum ConvolutionMethod: Hashable, Sendable {
    /// Matrix products of grid rows.
    case rows
    /// A primitive of oneDNN.
    case oneDNN(OneDNNConvolution.Choice)
}

extension ConvolutionMethod: LosslessStringConvertible {
    /// For example `onednn direct nhwc nChw16c jit:avx512_core`.
    package var description: String {
        switch self {
        case .rows: "rows"
        case .oneDNN(let choice): "onednn \(choice)"
        }
    }

    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.count) {
        case ("rows", 1): self = .rows
        case ("onednn", 2):
            guard let choice = OneDNNConvolution.Choice(words[1]) else { return nil }
            self = .oneDNN(choice)
        default: return nil
        }
    }
}

/// Chooses how each convolution is computed, and keeps what has been compiled.
package enum ConvolutionPlanner {
    struct Key: Hashable {
        var shape: Convolution
        var pass: ConvolutionPass
        var hasBias: Bool
        var accumulates: Bool
    }

    private static let compiled = Mutex<[Key: CompiledConvolution]>([:])
    /// Held while one thread measures; the others wait, so as not to disturb it and to use what it finds.
    private static let planning = Mutex<Void>(())

    static func kernel(_ key: Key) -> CompiledConvolution {
        if let known = compiled.withLock({ $0[key] }) { return known }
        return planning.withLock { _ in
            if let known = compiled.withLock({ $0[key] }) { return known }
            let kernel = CompiledConvolution(key, method(key.shape, key.pass))!
            compiled.withLock { $0[key] = kernel }
            return kernel
        }
    }

    private static func method(_ shape: Convolution, _ pass: ConvolutionPass) -> ConvolutionMethod {
        methods(shape, pass, allowsWinograd: false).first!
    }

    /// Everything that can compute a pass, roughly the fastest first.
    package static func methods(_ shape: Convolution, _ pass: ConvolutionPass, allowsWinograd: Bool) -> [ConvolutionMethod] {
        OneDNNConvolution.choices(shape, pass, allowsWinograd: allowsWinograd).map { .oneDNN($0) } + [.rows]
    }

    /// The least time in seconds of one call by each method; a method that takes three times the best is given up after one call.
    package static func measure(
        _ shape: Convolution, _ pass: ConvolutionPass, _ methods: [ConvolutionMethod]
    ) -> [(method: ConvolutionMethod, seconds: Double)] {
        let arrays = [shape.inputShape, shape.weightShape, shape.outputShape].map { extents in
            let storage = Storage<Float>(count: extents.reduce(1, *))
            // Any numbers of ordinary size will do: the kernels have no branches on values.
            for index in 0..<storage.count { storage.pointer[index] = Float(index % 31) / 31 - 0.5 }
            return storage
        }
        var candidates: [(method: ConvolutionMethod, kernel: CompiledConvolution, seconds: Double)] = []
        for method in methods {
            let key = Key(shape: shape, pass: pass, hasBias: false, accumulates: false)
            guard let kernel = CompiledConvolution(key, method) else { continue }
            // The first call touches new memory.
            kernel.run(input: arrays[0].pointer, weights: arrays[1].pointer, bias: nil, output: arrays[2].pointer)
            candidates.append((method, kernel, .infinity))
        }
        for _ in 0..<4 {
            for index in candidates.indices {
                var total = 0.0
                repeat {
                    let start = threadSeconds()
                    candidates[index].kernel.run(
                        input: arrays[0].pointer, weights: arrays[1].pointer, bias: nil, output: arrays[2].pointer)
                    let seconds = threadSeconds() - start
                    candidates[index].seconds = min(candidates[index].seconds, seconds)
                    total += max(seconds, 1e-6)
                } while total < 1e-3
            }
            let best = candidates.map(\.seconds).min()!
            candidates.removeAll { $0.seconds > 2 * best }
        }
        return candidates.map { ($0.method, $0.seconds) }
    }

    /// Processor time of this thread: unlike the clock, it does not count the time that other programs take.
    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}

/// A method made ready for one shape; threads may share it.
final class CompiledConvolution: Sendable {
    private let key: ConvolutionPlanner.Key
    private let oneDNN: OneDNNConvolution?
    /// What the primitive cannot do itself and is done after it.
    private let addsBias: Bool
    private let addsToTarget: Bool

    /// Nil if the method does not exist for this shape in this version of oneDNN.
    init?(_ key: ConvolutionPlanner.Key, _ method: ConvolutionMethod) {
        self.key = key
        guard case .oneDNN(let choice) = method else {
            (oneDNN, addsBias, addsToTarget) = (nil, false, false)
            return
        }
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
