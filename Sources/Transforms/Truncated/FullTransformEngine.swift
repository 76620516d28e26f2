import Tensors

/// The whole FFT, of which the kept coefficients are copied; the fastest when most coefficients are kept.
final class FullTransformEngine<S: Scalar>: TruncatedFourierEngine {
    private let sizes: TruncatedFourierSizes
    private let transform: RealFourierTransform<S>
    private let forwardRows: [Int]
    private let conjugateRows: [Int]

    init(_ sizes: TruncatedFourierSizes) {
        self.sizes = sizes
        transform = RealFourierTransform(grid: sizes.grid, channels: sizes.channels)
        var rows: [Int] = []
        var conjugates: [Int] = []
        let grid = sizes.grid
        for k in sizes.modes.wavenumbers {
            var (row, conjugate) = (0, 0)
            for axis in 0..<grid.count - 1 {
                let n = grid[axis]
                row = row * n + (k[axis] + n) % n
                conjugate = conjugate * n + (n - k[axis]) % n
            }
            rows.append(row * sizes.half + k.last!)
            conjugates.append(conjugate * sizes.half + k.last!)
        }
        forwardRows = rows
        conjugateRows = conjugates
    }

    private var spectrumCount: Int { aligned(2 * transform.spectrumCount) }

    var scratchCount: Int { spectrumCount + aligned(transform.realCount) }

    func analyse(
        _ x: UnsafePointer<S>, into modes: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
    ) {
        transform.forward(x, into: scratch)
        let width = 2 * sizes.channels
        for (index, row) in forwardRows.enumerated() {
            scaled(width, scratch + row * width, by: weights[index % sizes.modes.last * sizes.channels], into: modes + index * width)
        }
    }

    func synthesise(
        _ modes: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, accumulate: Bool,
        scratch: UnsafeMutablePointer<S>
    ) {
        let width = 2 * sizes.channels
        scratch.update(repeating: 0, count: 2 * transform.spectrumCount)
        let nyquist = sizes.grid.last! % 2 == 0 ? sizes.half - 1 : 0
        for index in forwardRows.indices {
            let k = index % sizes.modes.last
            let source = modes + index * width
            if k == 0 || k == nyquist {
                // The real part of this plane after the leading axes is what its Hermitian part gives.
                let half = weights[k * sizes.channels] / 2
                addScaledPairs(sizes.channels, source, by: half, conjugate: false, to: scratch + forwardRows[index] * width)
                addScaledPairs(sizes.channels, source, by: half, conjugate: true, to: scratch + conjugateRows[index] * width)
            } else {
                // The inverse real transform counts these twice by itself.
                scaled(width, source, by: weights[k * sizes.channels] / 2, into: scratch + forwardRows[index] * width)
            }
        }
        if accumulate {
            let field = scratch + spectrumCount
            transform.inverse(consuming: scratch, into: field, scaling: .none)
            add(transform.realCount, field, to: y)
        } else {
            transform.inverse(consuming: scratch, into: y, scaling: .none)
        }
    }
}
