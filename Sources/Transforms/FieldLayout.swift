/// How fields lie in memory for a transform: `[batch, n1, ..., nd]`, or `[batch, n1, ..., nd, channels]` if there is a channel axis.
///
/// Only the axes `n1...nd` (1 to 3 of them) are transformed.
struct FieldLayout: Hashable, Sendable {
    let grid: [Int]
    let batch: Int
    /// Nil: no channel axis.
    let channelAxis: Int?

    init(grid: [Int], batch: Int, channels: Int?) {
        precondition((1...3).contains(grid.count) && grid.allSatisfy { $0 > 0 }, "transforms have 1 to 3 positive extents, not \(grid)")
        precondition(batch > 0 && (channels ?? 1) > 0, "batch \(batch), channels \(String(describing: channels))")
        self.grid = grid
        self.batch = batch
        self.channelAxis = channels
    }

    var channels: Int { channelAxis ?? 1 }
    var points: Int { grid.reduce(1, *) }
    /// Real scalars of the whole batch.
    var count: Int { batch * points * channels }
    /// `n1, ..., nd/2 + 1`.
    var halfGrid: [Int] { grid.dropLast() + [grid.last! / 2 + 1] }
    /// Complex pairs of the half spectra of the whole batch.
    var halfCount: Int { batch * halfGrid.reduce(1, *) * channels }

    /// Row-major strides of an array whose spatial extents are `extents`, in elements.
    func strides(_ extents: [Int]) -> [Int] {
        var strides = Array(repeating: channels, count: extents.count)
        for axis in stride(from: extents.count - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * extents[axis + 1] }
        return strides
    }

    /// Axes and loops of a plan from an array of spatial extents `input` to one of extents `output`.
    func description(_ kind: PlanDescription.Kind, from input: [Int], to output: [Int], inPlace: Bool) -> PlanDescription {
        let (inputStrides, outputStrides) = (strides(input), strides(output))
        let axes = grid.indices.map { PlanDescription.Axis(grid[$0], inputStrides[$0], outputStrides[$0]) }
        var loops: [PlanDescription.Axis] = []
        if batch > 1 { loops.append(.init(batch, input.reduce(channels, *), output.reduce(channels, *))) }
        if channels > 1 { loops.append(.init(channels, 1, 1)) }
        return PlanDescription(kind: kind, axes: axes, loops: loops, inPlace: inPlace)
    }

    /// The leading axes of `shape` in front of `extents` (+ channels) (+ pair); traps unless they hold `batch` fields.
    func leadingAxes(of shape: [Int], spatial extents: [Int], isComplex: Bool) -> [Int] {
        let tail = trailingAxes(extents, isComplex: isComplex)
        let leading = Array(shape.dropLast(tail.count))
        precondition(
            shape.count >= tail.count && Array(shape.suffix(tail.count)) == tail && leading.reduce(1, *) == batch,
            "tensor of shape \(shape) where a transform of [\(batch)] + \(tail) was planned")
        return leading
    }

    /// `extents` followed by the channel axis and the pair axis, where there are such.
    func trailingAxes(_ extents: [Int], isComplex: Bool) -> [Int] {
        extents + (channelAxis.map { [$0] } ?? []) + (isComplex ? [2] : [])
    }
}

/// What an inverse transform is multiplied with.
///
/// The convention of the whole package: forward transforms are plain sums, X_k = sum_j x_j exp(-2 pi i k j / n), and the inverse carries
/// the whole factor 1/N, so that `inverse(forward(x)) = x`.
public enum InverseScaling: Sendable {
    /// 1/N (N the number of points; for cosine and sine transforms the logical size FFTW documents).
    case reciprocalOfCount
    /// 1: the caller folds the factor into something that it multiplies anyway.
    case none
}
