import COpenBLAS
import Foundation
import Synchronization

/// Chooses how each convolution is computed, and keeps what has been compiled.
///
/// No method wins everywhere, and methods differ in the last bits. By default the choice is a rule of the shape alone. With
/// `measures` set, the first call of a shape times every candidate, layout conversions included, and stores the fastest in the
/// machine's `PlanChoices`; later runs use the stored choice, so that they give the same bits.
public enum ConvolutionPlanner {
    /// What the planner may do; a change concerns the calls after it.
    public struct Settings: Hashable, Sendable {
        /// Whether to time the candidates of a shape that has no stored choice.
        public var measures: Bool
        /// Whether Winograd's algorithm is a candidate: up to 2.5 times faster on kernels of 3 x 3, with ten times the rounding error
        /// (about 1e-6 of the result's norm).
        public var allowsWinograd: Bool

        /// Settings; the defaults decide by rule.
        public init(measures: Bool = false, allowsWinograd: Bool = true) {
            (self.measures, self.allowsWinograd) = (measures, allowsWinograd)
        }
    }

    /// The settings of the process.
    public static var settings: Settings {
        get {
            let bits = flags.load(ordering: .relaxed)
            return Settings(measures: bits & 1 != 0, allowsWinograd: bits & 2 != 0)
        }
        set { flags.store((newValue.measures ? 1 : 0) | (newValue.allowsWinograd ? 2 : 0), ordering: .relaxed) }
    }

    struct Key: Hashable {
        var shape: Convolution
        var pass: ConvolutionPass
        var hasBias: Bool
        var accumulates: Bool
        var settings: Settings
    }

    private static let flags = Atomic<Int>(2)
    private static let compiled = Mutex<[Key: CompiledConvolution]>([:])
    /// Held while one thread measures; the others wait, so as not to disturb it and to use what it finds.
    private static let planning = Mutex<Void>(())
    /// Part of the stored keys: to be raised when a method is added or becomes faster.
    private static let generation = 11

    static func kernel(
        _ shape: Convolution, _ pass: ConvolutionPass, hasBias: Bool, accumulates: Bool
    ) -> CompiledConvolution {
        let key = Key(shape: shape, pass: pass, hasBias: hasBias, accumulates: accumulates, settings: settings)
        if let known = compiled.withLock({ $0[key] }) { return known }
        return planning.withLock { _ in
            if let known = compiled.withLock({ $0[key] }) { return known }
            let kernel = plan(key)
            compiled.withLock { $0[key] = kernel }
            return kernel
        }
    }

    /// The kernel of a pass that makes the gradient of the weights too, if both are best by Winograd's algorithm and share work.
    static func sharingKernel(_ shape: Convolution, _ pass: ConvolutionPass, accumulates: Bool) -> CompiledConvolution? {
        let kernel = kernel(shape, pass, hasBias: false, accumulates: accumulates)
        guard kernel.correlates, self.kernel(shape, .weightGradient, hasBias: false, accumulates: false).isWinograd else { return nil }
        return kernel
    }

    /// Whether there is one.
    package static func sharesTransforms(_ shape: Convolution, _ pass: ConvolutionPass) -> Bool {
        sharingKernel(shape, pass, accumulates: false) != nil
    }

    /// The kernel for the padded input of `key`'s shape; for the planner's own use, while it plans.
    static func kernelWithoutPadding(_ key: Key) -> CompiledConvolution {
        var inner = key
        inner.shape = key.shape.ofPaddedInput
        // A gradient of the input is made in the padded copy, and added from there.
        if key.pass == .dataGradient { inner.accumulates = false }
        if let known = compiled.withLock({ $0[inner] }) { return known }
        let kernel = plan(inner)
        compiled.withLock { $0[inner] = kernel }
        return kernel
    }

    private static func plan(_ key: Key) -> CompiledConvolution {
        if key.settings.measures {
            let choice = choose(
                key.shape, key.pass, allowsWinograd: key.settings.allowsWinograd, stored: PlanChoices.shared.choice(for:),
                record: { PlanChoices.shared.record($0, for: $1) })
            return CompiledConvolution(key, choice)!
        }
        let methods = methods(key.shape, key.pass, allowsWinograd: key.settings.allowsWinograd)
        return methods.lazy.compactMap { CompiledConvolution(key, $0) }.first!
    }

    /// The stored choice if it still exists, otherwise the fastest method, which is recorded.
    package static func choose(
        _ shape: Convolution, _ pass: ConvolutionPass, allowsWinograd: Bool, stored: (_ name: String) -> String?,
        record: (_ choice: String, _ name: String) -> Void
    ) -> ConvolutionMethod {
        let name = planName(shape, pass, allowsWinograd: allowsWinograd)
        let key = Key(shape: shape, pass: pass, hasBias: false, accumulates: false, settings: Settings())
        if let choice = stored(name).flatMap(ConvolutionMethod.init), CompiledConvolution(key, choice) != nil { return choice }
        let times = measure(shape, pass, methods(shape, pass, allowsWinograd: allowsWinograd))
        let least = times.map(\.seconds).min()!
        // Of nearly equal ones the first: the choice then depends less on noise.
        let choice = times.first { $0.seconds < 1.02 * least }!.method
        record(choice.description, name)
        return choice
    }

    /// The name of a choice in `PlanChoices`, for example `convolution 8, oneDNN 2.6.3, winograd: forward 1x64x64x32 * 3x3 -> ...`.
    package static func planName(_ shape: Convolution, _ pass: ConvolutionPass, allowsWinograd: Bool) -> String {
        "convolution \(generation), oneDNN \(OneDNN.version)\(allowsWinograd ? ", winograd" : ""): \(pass.rawValue) \(shape)"
    }

    /// Everything that can compute a pass, by rule the fastest first.
    package static func methods(_ shape: Convolution, _ pass: ConvolutionPass, allowsWinograd: Bool) -> [ConvolutionMethod] {
        let thin: [ConvolutionMethod] = ThinConvolution(shape, pass) == nil ? [] : [.thin]
        let winograd = allowsWinograd ? winogradMethods(shape, pass) : []
        let (first, last) = suitsWinograd(shape, pass) ? (winograd, []) : ([], winograd)
        if shape.mode != .zeros { return thin + first + [.padded] + last }
        let choices = OneDNNConvolution.choices(shape, pass, allowsWinograd: allowsWinograd)
        // Vectors of 8 suit channels that leave more than half of a vector of 16 empty.
        let narrow = [shape.inputChannels, shape.outputChannels].contains { $0 > 1 && ($0 - 1) % 16 < 8 }
        func rank(_ choice: OneDNNConvolution.Choice) -> Int {
            if choice.winograd { return 6 }
            if choice.input != .channelsLast || choice.output != .channelsLast { return 5 }
            switch choice.implementation {
            case "jit:avx2": return narrow ? 1 : 3
            case "jit:avx512_core": return 2
            default: return 4
            }
        }
        let ranked = choices.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
        let patches = PatchConvolution(shape, pass)
        let direct = ranked.map(ConvolutionMethod.oneDNN)
        let disjoint: [ConvolutionMethod] = patches?.areDisjoint == true ? [.patches] : []
        let overlapping: [ConvolutionMethod] = patches?.areDisjoint == false ? [.patches] : []
        return thin + first + disjoint + (isSmall(shape) ? overlapping + [.rows] + direct : direct + [.rows]) + last
            + (isSmall(shape) ? [] : overlapping)
    }

    /// Whether so little is to be done that the product of all patches is faster than oneDNN, which brings the weights into another order first (20 to 100
    /// microseconds for 24 channels).
    private static func isSmall(_ shape: Convolution) -> Bool {
        isNarrow(shape) && roughTileCount(shape) < 16 && shape.kernel.y * shape.kernel.x <= 16
    }

    /// Whether the weights of an interpolation point fit the first-level cache; rules for these were measured with 24 and 32 channels on both sides.
    private static func isNarrow(_ shape: Convolution) -> Bool { shape.inputChannels * shape.outputChannels <= 48 * 48 }

    /// Whether our Winograd algorithm is faster than the direct ones.
    ///
    /// There must be enough tiles of 4 x 4 points, not mostly empty, to pay for the transform of the weights: two, four, eight or sixteen, the more the larger
    /// these are, but one where they are transformed in registers and four where their gradient is so large that the direct algorithms wait for memory too.
    private static func suitsWinograd(_ shape: Convolution, _ pass: ConvolutionPass) -> Bool {
        // As many as the points would fill, and as many as there are.
        let full = roughTileCount(shape)
        let tiles = shape.batch * Tiling(shape.output).count
        if shape.stride == .init(2) { return 2 * full >= tiles && full >= leastStridedTiles(shape, pass) }
        guard let plain = WinogradConvolution(shape, pass, blockSize: 16) else { return false }
        if plain.isInRegisters, plain.tileCount <= 4 || 4 * full >= plain.tileCount { return true }
        if plain.isStreamed { return full >= 4 }
        let area = shape.inputChannels * shape.outputChannels
        return 2 * full >= tiles && full >= (isNarrow(shape) ? 2 : area <= 64 * 64 ? 4 : area < 128 * 128 ? 8 : 16)
    }

    /// Full tiles from which on it is faster for a stride of 2; measured.
    private static func leastStridedTiles(_ shape: Convolution, _ pass: ConvolutionPass) -> Int {
        let area = shape.inputChannels * shape.outputChannels
        if isNarrow(shape) {
            // With fewer, products of patches, or for other padding than zeros of those of a padded copy.
            return shape.kernel == .init(4) ? 4 : 8
        }
        if shape.kernel == .init(4) {
            // Four products for each of the direct algorithm's ten. With many channels the transformed weights leave the caches.
            return area > 128 * 128 ? 64 : 16
        }
        // With three points five of nine, so that more depends on the rest.
        return max(pass == .dataGradient ? 64 : 16, area / 128)
    }

    /// Points of the output in units of tiles of 4 x 4.
    private static func roughTileCount(_ shape: Convolution) -> Int { shape.batch * shape.output.y * shape.output.x / 16 }

    private static func winogradMethods(_ shape: Convolution, _ pass: ConvolutionPass) -> [ConvolutionMethod] {
        let plain = WinogradConvolution(shape, pass, blockSize: 16)
        if let plain, plain.isInRegisters || plain.isStreamed { return [.winograd(tiles: 16)] }
        let isStrided = StridedWinogradConvolution(shape, pass, blockSize: 16) != nil
        guard isStrided || plain != nil else { return [] }
        let points = isStrided ? 4 * 25 : 36
        // The phases of the output are one but in the gradient of the input.
        let outputPoints = isStrided && pass != .dataGradient ? 25 : points
        let bytesPerTile = 4 * (points * shape.inputChannels + outputPoints * shape.outputChannels)
        let sizes = [8, 16, 32, 64, 128, 256].filter { $0 <= 16 || $0 * bytesPerTile <= 8 << 20 }
        // Transformed patches and products of a block of tiles should stay in the second-level cache, with the fields that a stride of 2 asks for
        // ahead. But every block reads all transformed weights: where these leave the cache, blocks are larger.
        let isLarge = pass != .weightGradient && points * 4 * shape.inputChannels * shape.outputChannels > 4 << 20
        let budget = (pass == .weightGradient ? (isStrided ? 768 : 512) : isStrided ? 384 : 256) << 10
        // Wide products do better with more rows than the cache would have.
        let least = shape.inputChannels * shape.outputChannels > 96 * 96 ? 32 : 16
        // Threads share the blocks of a single sample, each of which reads weights that are few.
        let hasFewWeights = shape.inputChannels * shape.outputChannels <= 64 * 64
        let most = shape.batch == 1 && hasFewWeights && pass != .weightGradient ? max(8, roughTileCount(shape) / 4) : .max
        let ideal = min(most, isLarge ? 64 : max(least, budget / bytesPerTile))
        return sizes.sorted { abs($0 - ideal) < abs($1 - ideal) }.map { .winograd(tiles: $0) }
    }

    /// The least time in seconds of one call by each method; a method that takes three times the best is given up after one call.
    package static func measure(
        _ shape: Convolution, _ pass: ConvolutionPass, _ methods: [ConvolutionMethod]
    ) -> [(method: ConvolutionMethod, seconds: Double)] {
        openblas_set_num_threads(1)
        let arrays = [shape.inputShape, shape.weightShape, shape.outputShape].map { extents in
            let storage = Storage<Float>(count: extents.reduce(1, *))
            // Any numbers of ordinary size will do: the kernels have no branches on values.
            for index in 0..<storage.count { storage.pointer[index] = Float(index % 31) / 31 - 0.5 }
            return storage
        }
        var candidates: [(method: ConvolutionMethod, kernel: CompiledConvolution, seconds: Double)] = []
        for method in methods {
            let key = Key(shape: shape, pass: pass, hasBias: false, accumulates: false, settings: Settings())
            guard let kernel = CompiledConvolution(key, method) else { continue }
            // The first call touches new memory.
            kernel.run(adding: nil, input: arrays[0].pointer, weights: arrays[1].pointer, bias: nil, output: arrays[2].pointer)
            candidates.append((method, kernel, .infinity))
        }
        for _ in 0..<4 {
            for index in candidates.indices {
                var total = 0.0
                repeat {
                    let start = threadSeconds()
                    candidates[index].kernel.run(
                        adding: nil, input: arrays[0].pointer, weights: arrays[1].pointer, bias: nil, output: arrays[2].pointer)
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
