import CIntrinsics
import COpenBLAS

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
            let patches = gather(input, inner, workers)
            workers.run(parts: (shape.outputChannels + columns - 1) / columns) { parts in
                for part in parts {
                    let channels = part * columns..<min(shape.outputChannels, (part + 1) * columns)
                    write(channels, inner, input, patches, weights, bias, output, accumulates: accumulates)
                }
            }
        }
        if shape.padding == .none { return convolve(input, shape) }
        Kernels.convolvePadded(shape, .forward, adding: nil, input: input) { inner, _, padded in convolve(padded, inner) }
    }

    /// Lines of fewer than eight points put together, because the product works on eight rows at a time: what meets each panel, `[panel, point, row]`; nil
    /// where lines are long.
    private func gather(_ input: UnsafePointer<Float>, _ inner: Convolution, _ workers: Workers) -> Storage<Float>? {
        let (c, grid) = (inner.inputChannels, inner.output)
        let points = inner.batch * grid.y * grid.x
        guard grid.x < 8, inner.batch * grid.y > 1 else { return nil }
        let largest = min(c, FewPointsConvolution.panel.rows)
        let panels = Panels(inner, 0..<0)
        let result = Storage<Float>(count: panels.count * points * largest)
        // Invariant of the workers: each writes its own panels.
        nonisolated(unsafe) let input = input
        workers.run(parts: panels.count, cost: points * largest) { numbers in
            for number in numbers {
                let (first, p, q, rows) = panels.place(number)
                let target = result.pointer + number * points * largest
                for point in 0..<points {
                    let (line, l) = (point / grid.x, point % grid.x)
                    let y = line / grid.y * inner.input.y + line % grid.y + p * inner.dilation.y
                    Kernels.copy(rows, input + ((y * inner.input.x + l + q * inner.dilation.x) * c + first), target + point * rows)
                }
            }
        }
        return result
    }

    /// Some channels of the output; `inner` has no padding.
    ///
    /// Sums, and the part of the input that meets a panel, lie close together: at distances of the channels, often powers of two, they would share few
    /// places of the cache.
    private func write(
        _ channels: Range<Int>, _ inner: Convolution, _ input: UnsafePointer<Float>, _ patches: Storage<Float>?,
        _ weights: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let (c, d, grid, n) = (inner.inputChannels, inner.outputChannels, inner.output, channels.count)
        let sources = inner.batch * inner.input.y * inner.input.x
        let lines = inner.batch * grid.y
        let largest = min(c, FewPointsConvolution.panel.rows)
        let part = Storage<Float>(count: patches == nil ? sources * largest : 1)
        let sums = Storage<Float>(count: lines * grid.x * n)
        let panels = Panels(inner, channels)
        for number in 0..<panels.count {
            let (first, p, q, rows) = panels.place(number)
            if patches == nil, p + q == 0 {
                for point in 0..<sources { Kernels.copy(rows, input + (point * c + first), part.pointer + point * rows) }
            }
            let panel = SmallMatrix(k: rows, n: n, weights + panels.offset(number), stride: d)
            func source(_ line: Int) -> UnsafeMutablePointer<Float> {
                let (sample, k) = (line / grid.y, line % grid.y)
                return part.pointer + ((sample * inner.input.y + k + p * inner.dilation.y) * inner.input.x + q * inner.dilation.x) * rows
            }
            let gathered = patches.map { $0.pointer + number * lines * grid.x * largest }
            // Pieces of work between which some of the next panel is asked for.
            let (pieces, points) = gathered == nil ? (lines, grid.x) : ((lines * grid.x + 7) / 8, 8)
            for piece in 0..<pieces {
                panels.prefetch(number + 1, weights, piece: piece, of: pieces)
                let count = min(points, lines * grid.x - piece * points)
                panel.multiply(
                    rows: count, gathered.map { $0 + piece * points * rows } ?? source(piece), lda: rows, accumulate: number > 0,
                    sums.pointer + piece * points * n, ldc: n)
            }
        }
        defer { withExtendedLifetime((part, sums, patches)) {} }
        for point in 0..<lines * grid.x {
            let (y, sum) = (output + point * d + channels.lowerBound, sums.pointer + point * n)
            for i in 0..<n { y[i] = (accumulates ? y[i] : 0) + (bias.map { $0[channels.lowerBound + i] } ?? 0) + sum[i] }
        }
    }

    /// The panels of weights of some output channels: for each part of the input channels one for each kernel entry.
    private struct Panels {
        private let shape: Convolution
        private let channels: Range<Int>

        init(_ shape: Convolution, _ channels: Range<Int>) { (self.shape, self.channels) = (shape, channels) }

        private var taps: Int { shape.kernel.y * shape.kernel.x }
        var count: Int { (shape.inputChannels + FewPointsConvolution.panel.rows - 1) / FewPointsConvolution.panel.rows * taps }

        /// First input channel, kernel entry and number of input channels.
        func place(_ number: Int) -> (first: Int, p: Int, q: Int, rows: Int) {
            let (first, tap) = (number / taps * FewPointsConvolution.panel.rows, number % taps)
            return (first, tap / shape.kernel.x, tap % shape.kernel.x, min(FewPointsConvolution.panel.rows, shape.inputChannels - first))
        }

        /// Where its first weight lies.
        func offset(_ number: Int) -> Int {
            (number % taps * shape.inputChannels + number / taps * FewPointsConvolution.panel.rows) * shape.outputChannels
                + channels.lowerBound
        }

        /// Asks for some rows of a panel, if there is such a panel; they come from memory while others are worked on.
        func prefetch(_ number: Int, _ weights: UnsafePointer<Float>, piece: Int, of pieces: Int) {
            guard number < count else { return }
            let rows = place(number).rows
            for row in piece * rows / pieces..<(piece + 1) * rows / pieces {
                let line = weights + (offset(number) + row * shape.outputChannels)
                for column in stride(from: 0, to: channels.count, by: 16) { eddy_prefetch(line + column) }
            }
        }
    }
}
