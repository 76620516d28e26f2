import Tensors

/// The truncated discrete Fourier transform axis by axis, in real arithmetic: only the kept cosines and sines of each axis are computed.
///
/// The field is real, so cosines and sines of |k| serve k and -k; `WaveCombination` makes the coefficients of exponentials of them.
/// The order of the axes decides the speed; synthesis is in the opposite order of analysis. First axis first, the other axes and the channels form
/// one long contiguous inner extent, the best shape for a product with a small table. Last axis first, a pass works on one contiguous
/// row `[n_d, C]` at a time, which stays in the first-level cache.
final class SeparableEngine<Stage: AxisStage, V: Lanes>: TruncatedFourierEngine where Stage.S == V.Scalar {
    typealias S = Stage.S

    /// The transform of one axis, when the axes before it in analysis have been transformed.
    private struct Pass {
        let stage: Stage
        let outer: Int
        let inner: Int
    }

    /// In the order of analysis.
    private let passes: [Pass]
    private let combination: WaveCombination<V>
    /// Scalars of the two buffers that passes write in turn.
    private let bufferCounts: (Int, Int)

    /// An engine that transforms the axes in `order` in analysis.
    init(_ sizes: TruncatedFourierSizes, order: [Int]) {
        let kept = sizes.modes.leading + [Array(0..<sizes.modes.last)]
        let axes = zip(sizes.grid, kept).map { AxisFrequencies(n: $0, wavenumbers: $1) }
        combination = WaveCombination(sizes, axes)
        var extents = sizes.grid
        var counts = [0, 0]
        passes = order.enumerated().map { position, axis in
            let outer = extents[..<axis].reduce(1, *)
            let inner = extents[(axis + 1)...].reduce(sizes.channels, *)
            extents[axis] = axes[axis].functionCount
            // One row more: stages may write one row after the last.
            counts[position % 2] = max(counts[position % 2], aligned((outer * extents[axis] + 1) * inner))
            return Pass(stage: Stage(axes[axis]), outer: outer, inner: inner)
        }
        bufferCounts = (counts[0], counts[1])
    }

    var scratchCount: Int { bufferCounts.0 + bufferCounts.1 + combination.scratchCount }

    func analyse(
        _ x: UnsafePointer<S>, into modes: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
    ) {
        var source = x
        for (position, pass) in passes.enumerated() {
            let target = position % 2 == 0 ? scratch : scratch + bufferCounts.0
            pass.stage.analyse(source, outer: pass.outer, inner: pass.inner, into: target)
            source = UnsafePointer(target)
        }
        combination.toWaves(source, into: modes, weights: weights, scratch: scratch + bufferCounts.0 + bufferCounts.1)
    }

    func synthesise(
        _ modes: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, accumulate: Bool,
        scratch: UnsafeMutablePointer<S>
    ) {
        func buffer(_ position: Int) -> UnsafeMutablePointer<S> { position % 2 == 0 ? scratch : scratch + bufferCounts.0 }
        combination.toProducts(modes, into: buffer(passes.count - 1), weights: weights)
        for (position, pass) in passes.enumerated().reversed() {
            pass.stage.synthesise(
                UnsafePointer(buffer(position)), outer: pass.outer, inner: pass.inner, into: position == 0 ? y : buffer(position - 1),
                accumulate: accumulate && position == 0)
        }
    }
}
