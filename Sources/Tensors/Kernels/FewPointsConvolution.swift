/// Convolution of unit stride on few points with many channels: every weight is read once from memory.
///
/// Winograd's algorithm makes four numbers of each weight, and oneDNN wants a copy of all of them in another order; on the few points of the deep levels
/// of a U-Net both cost more than the products. Here a panel of weights goes into the first-level cache and meets all points before the next one is read.
/// Forward only: the gradient of the input needs the weights transposed.
struct FewPointsConvolution: Sendable {
    private let shape: Convolution
    /// Output channels and input channels of a panel.
    private static let panel = (columns: 48, rows: 128)

    /// Nil if the pass is another or the stride is not one.
    init?(_ shape: Convolution, _ pass: ConvolutionPass) {
        guard pass == .forward, shape.stride == .init(1) else { return nil }
        self.shape = shape
    }

    /// The pass on channels-last arrays and `[ky, kx, c, d]` weights, as `Kernels.convolve`; workers share the output channels, so that each reads
    /// its own weights.
    func run(
        accumulates: Bool, input: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        // Invariant of the workers: each writes its own channels of the output.
        nonisolated(unsafe) let (weights, bias, output) = (weights, bias, output)
        let columns = FewPointsConvolution.panel.columns
        func convolve(_ input: UnsafePointer<Float>, _ inner: Convolution) {
            nonisolated(unsafe) let input = input
            workers.run(parts: (shape.outputChannels + columns - 1) / columns) { parts in
                for part in parts {
                    let channels = part * columns..<min(shape.outputChannels, (part + 1) * columns)
                    write(channels, inner, input, weights, bias, output, accumulates: accumulates)
                }
            }
        }
        if shape.padding == .none { return convolve(input, shape) }
        Kernels.convolvePadded(shape, .forward, accumulates: accumulates, input: input) { inner, _, padded in convolve(padded, inner) }
    }

    /// Some channels of the output; `inner` has no padding.
    ///
    /// Sums, and the part of the input that meets a panel, lie close together: at distances of the channels, often powers of two, they would share few
    /// places of the cache.
    private func write(
        _ channels: Range<Int>, _ inner: Convolution, _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let (c, d, grid, n) = (inner.inputChannels, inner.outputChannels, inner.output, channels.count)
        let sources = inner.batch * inner.input.y * inner.input.x
        let points = inner.batch * grid.y * grid.x
        let (part, sums) = (Storage<Float>(count: sources * FewPointsConvolution.panel.rows), Storage<Float>(count: points * n))
        for first in stride(from: 0, to: c, by: FewPointsConvolution.panel.rows) {
            let rows = min(FewPointsConvolution.panel.rows, c - first)
            for point in 0..<sources { (part.pointer + point * rows).update(from: input + point * c + first, count: rows) }
            for p in 0..<inner.kernel.y {
                for q in 0..<inner.kernel.x {
                    let place = ((p * inner.kernel.x + q) * c + first) * d + channels.lowerBound
                    let panel = SmallMatrix(k: rows, n: n, weights + place, stride: d)
                    for line in 0..<(inner.batch * grid.y) {
                        let (sample, k) = (line / grid.y, line % grid.y)
                        let row = (sample * inner.input.y + k + p * inner.dilation.y) * inner.input.x + q * inner.dilation.x
                        panel.multiply(
                            rows: grid.x, part.pointer + row * rows, lda: rows, accumulate: first + p + q > 0,
                            sums.pointer + line * grid.x * n, ldc: n)
                    }
                }
            }
        }
        defer { withExtendedLifetime((part, sums)) {} }
        for point in 0..<points {
            let (y, sum) = (output + point * d + channels.lowerBound, sums.pointer + point * n)
            for i in 0..<n { y[i] = (accumulates ? y[i] : 0) + (bias.map { $0[channels.lowerBound + i] } ?? 0) + sum[i] }
        }
    }
}
