import Tensors

/// The truncated discrete Fourier transform axis by axis, in real arithmetic: only the kept cosines and sines of each axis are computed.
///
/// The first axis comes first in analysis and last in synthesis: there the other axes and the channels form one long contiguous inner
/// extent, which is the best shape for a product with a small table. The field is real, so cosines and sines of |k| serve k and -k.
final class SeparableEngine<Stage: AxisStage>: TruncatedFourierEngine {
    typealias S = Stage.S

    private let stages: [Stage]
    private let combination: WaveCombination<S>
    /// Extents before each stage of analysis, and after the last one.
    private let extents: [(outer: Int, inner: Int)]
    private let bufferCounts: (even: Int, odd: Int)

    init(_ sizes: TruncatedFourierSizes) {
        let kept = sizes.modes.leading + [Array(0..<sizes.modes.last)]
        let axes = zip(sizes.grid, kept).map { AxisFrequencies(n: $0, wavenumbers: $1) }
        stages = axes.map { Stage($0) }
        combination = WaveCombination(sizes, axes)
        var counts = [0, 0]
        extents = axes.indices.map { axis in
            let outer = axes[..<axis].reduce(1) { $0 * $1.functionCount }
            let inner = sizes.grid[(axis + 1)...].reduce(sizes.channels, *)
            counts[axis % 2] = max(counts[axis % 2], aligned(outer * axes[axis].functionCount * inner))
            return (outer, inner)
        }
        bufferCounts = (counts[0], counts[1])
    }

    var scratchCount: Int { bufferCounts.even + bufferCounts.odd + combination.scratchCount }

    func analyse(
        _ x: UnsafePointer<S>, into modes: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
    ) {
        var source = x
        for (axis, stage) in stages.enumerated() {
            let target = axis % 2 == 0 ? scratch : scratch + bufferCounts.even
            stage.analyse(source, outer: extents[axis].outer, inner: extents[axis].inner, into: target)
            source = UnsafePointer(target)
        }
        combination.toWaves(source, into: modes, weights: weights, scratch: scratch + bufferCounts.even + bufferCounts.odd)
    }

    func synthesise(
        _ modes: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, accumulate: Bool,
        scratch: UnsafeMutablePointer<S>
    ) {
        let buffer = { (axis: Int) in axis % 2 == 0 ? scratch : scratch + self.bufferCounts.even }
        combination.toProducts(modes, into: buffer(stages.count - 1), weights: weights)
        for axis in stages.indices.reversed() {
            let target = axis == 0 ? y : buffer(axis - 1)
            stages[axis].synthesise(
                UnsafePointer(buffer(axis)), outer: extents[axis].outer, inner: extents[axis].inner, into: target,
                accumulate: accumulate && axis == 0)
        }
    }
}
