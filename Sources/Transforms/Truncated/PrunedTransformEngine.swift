import Tensors

/// FFTs of the last axis, then of the other axes for the kept wavenumbers only.
final class PrunedTransformEngine<S: Scalar>: TruncatedFourierEngine {
    private let sizes: TruncatedFourierSizes
    /// Real transforms of the last axis, for all rows.
    private let rowForward: FFTWPlan<S>
    private let rowInverse: FFTWPlan<S>
    /// Complex transforms of the leading axes, from the last leading axis to the first, in place.
    private let columns: [Column]

    /// One leading axis: `[outer, n, inner]` pairs of which `kept` are transformed, `[outer, kept wavenumbers, inner]` remain.
    private struct Column {
        let n: Int
        let outer: Int
        /// Pairs from one point of this axis to the next, in the array before truncation.
        let stride: Int
        /// Pairs of them that are kept, contiguous from the start.
        let inner: Int
        let rows: [Int]
        let forward: FFTWPlan<S>
        let inverse: FFTWPlan<S>
        var pairs: Int { outer * n * stride }
    }

    init(_ sizes: TruncatedFourierSizes) {
        self.sizes = sizes
        let (grid, channels, half) = (sizes.grid, sizes.channels, sizes.half)
        let rows = sizes.points / grid.last!
        func rowPlan(_ kind: PlanDescription.Kind) -> FFTWPlan<S> {
            let (input, output) = kind == .realToComplex ? (grid.last!, half) : (half, grid.last!)
            return .cached(
                PlanDescription(
                    kind: kind, axes: [.init(grid.last!, channels, channels)],
                    loops: [.init(rows, input * channels, output * channels), .init(channels, 1, 1)]))
        }
        rowForward = rowPlan(.realToComplex)
        rowInverse = rowPlan(.complexToReal)
        var columns: [Column] = []
        var (stride, inner) = (half * channels, sizes.modes.last * channels)
        for axis in (0..<grid.count - 1).reversed() {
            let (n, outer) = (grid[axis], grid[..<axis].reduce(1, *))
            func plan(_ kind: PlanDescription.Kind) -> FFTWPlan<S> {
                .cached(
                    PlanDescription(
                        kind: kind, axes: [.init(n, stride, stride)], loops: [.init(outer, n * stride, n * stride), .init(inner, 1, 1)],
                        inPlace: true))
            }
            let kept = sizes.modes.leading[axis]
            columns.append(
                Column(
                    n: n, outer: outer, stride: stride, inner: inner, rows: kept.map { ($0 + n) % n }, forward: plan(.complexForward),
                    inverse: plan(.complexInverse)))
            inner *= kept.count
            stride = inner
        }
        self.columns = columns
    }

    private var rowPairs: Int { sizes.points / sizes.grid.last! * sizes.half * sizes.channels }

    var scratchCount: Int { columns.reduce(aligned(2 * rowPairs)) { $0 + aligned(2 * $1.pairs) } + aligned(sizes.points * sizes.channels) }

    func analyse(
        _ x: UnsafePointer<S>, into modes: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
    ) {
        rowForward.execute(x, scratch)
        let width = 2 * sizes.channels
        guard !columns.isEmpty else {
            for k in 0..<sizes.modes.last { scaled(width, scratch + k * width, by: weights[k * sizes.channels], into: modes + k * width) }
            return
        }
        var source = scratch
        var free = scratch + aligned(2 * rowPairs)
        for (index, column) in columns.enumerated() {
            column.forward.execute(source, source)
            let isLast = index == columns.count - 1
            let target = isLast ? modes : free
            for o in 0..<column.outer {
                for (position, row) in column.rows.enumerated() {
                    (target + 2 * (o * column.rows.count + position) * column.inner)
                        .update(from: source + 2 * (o * column.n + row) * column.stride, count: 2 * column.inner)
                }
            }
            source = target
            free += isLast ? 0 : aligned(2 * column.pairs)
        }
        for index in 0..<sizes.modes.count { scale(width, modes + index * width, by: weights[index % sizes.modes.last * sizes.channels]) }
    }

    func synthesise(
        _ modes: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, accumulate: Bool,
        scratch: UnsafeMutablePointer<S>
    ) {
        let width = 2 * sizes.channels
        let rowBuffer = scratch
        var free = scratch + aligned(2 * rowPairs)
        var source = modes
        let nyquist = sizes.grid.last! % 2 == 0 ? sizes.half - 1 : 0
        for (index, column) in columns.enumerated().reversed() {
            let target: UnsafeMutablePointer<S>
            if index == 0 {
                target = rowBuffer
            } else {
                target = free
                free += aligned(2 * column.pairs)
            }
            target.update(repeating: 0, count: 2 * column.pairs)
            for o in 0..<column.outer {
                for (position, row) in column.rows.enumerated() {
                    (target + 2 * (o * column.n + row) * column.stride)
                        .update(from: source + 2 * (o * column.rows.count + position) * column.inner, count: 2 * column.inner)
                }
            }
            column.inverse.execute(target, target)
            source = UnsafePointer(target)
        }
        if columns.isEmpty {
            rowBuffer.update(from: modes, count: sizes.modes.last * width)
            (rowBuffer + sizes.modes.last * width).update(repeating: 0, count: (sizes.half - sizes.modes.last) * width)
        }
        for row in 0..<sizes.points / sizes.grid.last! {
            for k in 0..<sizes.modes.last {
                let pairs = rowBuffer + (row * sizes.half + k) * width
                if k == 0 || k == nyquist {
                    // Only the real part counts here, whatever FFTW's algorithm would do with the rest.
                    for c in 0..<sizes.channels {
                        pairs[2 * c] *= weights[k * sizes.channels]
                        pairs[2 * c + 1] = 0
                    }
                } else {
                    // The inverse real transform counts these twice by itself.
                    scale(width, pairs, by: weights[k * sizes.channels] / 2)
                }
            }
        }
        if accumulate {
            rowInverse.execute(rowBuffer, free)
            add(sizes.points * sizes.channels, free, to: y)
        } else {
            rowInverse.execute(rowBuffer, y)
        }
    }
}
