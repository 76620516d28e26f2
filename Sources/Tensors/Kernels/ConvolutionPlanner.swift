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
    /// Whether the result is added to its target afterwards, because the primitive cannot.
    private let addsAfterwards: Bool

    /// Nil if the method does not exist for this shape in this version of oneDNN.
    init?(_ key: ConvolutionPlanner.Key, _ method: ConvolutionMethod) {
        self.key = key
        switch method {
        case .rows:
            oneDNN = nil
            addsAfterwards = false
        case .oneDNN(let choice):
            let (shape, pass) = (key.shape, key.pass)
            if let primitive = OneDNNConvolution(shape, pass, hasBias: key.hasBias, accumulates: key.accumulates, choice: choice) {
                oneDNN = primitive
                addsAfterwards = false
            } else if key.accumulates,
                let primitive = OneDNNConvolution(shape, pass, hasBias: key.hasBias, accumulates: false, choice: choice)
            {
                oneDNN = primitive
                addsAfterwards = true
            } else {
                return nil
            }
        }
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
        guard addsAfterwards else {
            oneDNN.run(input: input, weights: weights, bias: bias, output: output)
            return
        }
        let extents =
            switch key.pass {
            case .forward: key.shape.outputShape
            case .dataGradient: key.shape.inputShape
            case .weightGradient: key.shape.weightShape
            }
        let term = Storage<Float>(count: extents.reduce(1, *))
        let target: UnsafeMutablePointer<Float>
        switch key.pass {
        case .forward:
            oneDNN.run(input: input, weights: weights, bias: bias, output: term.pointer)
            target = output
        case .dataGradient:
            oneDNN.run(input: term.pointer, weights: weights, bias: bias, output: output)
            target = input
        case .weightGradient:
            oneDNN.run(input: input, weights: term.pointer, bias: bias, output: output)
            target = weights
        }
        for index in 0..<term.count { target[index] += term.pointer[index] }
    }
}
