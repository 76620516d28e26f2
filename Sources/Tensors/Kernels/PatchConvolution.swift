/// Convolution as one matrix product, with the points of a patch of the input side by side: for patches that do not overlap, because kernel and stride are
/// equal, or for few points.
///
/// Forward, patches `[point, ky kx c]` meet the weights `[ky kx c, d]`. The gradient of the input, which is the transposed convolution that
/// doubles a grid, is the product with their transpose, put back or added line by line.
struct PatchConvolution: Sendable {
    private let shape: Convolution
    private let pass: ConvolutionPass
    /// Whether patches are all of the input, and no point lies in two.
    let areDisjoint: Bool

    /// Nil for dilated kernels, single points, and what is beyond the grid but zeros, and if patches overlap or leave points out but are many.
    init?(_ shape: Convolution, _ pass: ConvolutionPass) {
        let (kernel, grid) = (shape.kernel, shape.output)
        guard shape.mode == .zeros, shape.dilation == .init(1), kernel.y * kernel.x > 1 else { return nil }
        areDisjoint =
            kernel == shape.stride && shape.padding == .none && shape.input == .init(y: kernel.y * grid.y, x: kernel.x * grid.x)
        (self.shape, self.pass) = (shape, pass)
        guard areDisjoint || points < 2 * Self.rows && points * patch <= 1 << 22 else { return nil }
    }

    private var points: Int { shape.batch * shape.output.y * shape.output.x }
    /// Numbers of a patch, and of each of its lines.
    private var patch: Int { shape.kernel.y * line }
    private var line: Int { shape.kernel.x * shape.inputChannels }

    /// The pass on channels-last arrays and `[ky, kx, c, d]` weights, as `Kernels.convolve`.
    ///
    /// Workers share blocks of points, or of columns where there are few points and in the gradient of the weights, which is a sum over points.
    func run(
        accumulates: Bool, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        let (d, patch, points) = (shape.outputChannels, patch, points)
        // Invariant of the workers: each writes its own points of the patches and of the target, or its own columns of them.
        nonisolated(unsafe) let (input, output, weights, bias) = (input, output, UnsafePointer(weights), bias)
        /// Forward or backward for some points, whose columns the workers share.
        @Sendable func convolve(_ rows: Range<Int>, _ workers: Workers) {
            let storage = Storage<Float>(count: rows.count * patch)
            nonisolated(unsafe) let (patches, target) = (storage.pointer, output + rows.lowerBound * d)
            if pass == .forward {
                gather(rows, input, patches)
                forEachBlock(columns: d, workers) { columns in
                    Kernels.gemm(
                        m: rows.count, n: columns.count, k: patch, a: patches, lda: patch, b: weights + columns.lowerBound, ldb: d,
                        beta: accumulates ? 1 : 0, c: target + columns.lowerBound, ldc: d)
                }
                if let bias { Kernels.addBias(rows: rows.count, channels: d, bias, target) }
            } else {
                if !areDisjoint, !accumulates { Kernels.fill(shape.count(of: pass), 0, input) }
                forEachBlock(columns: patch, workers) { columns in
                    Kernels.gemm(
                        m: rows.count, n: columns.count, k: d, a: target, lda: d, b: weights + columns.lowerBound * d, ldb: d,
                        transposeB: true, c: patches + columns.lowerBound, ldc: patch)
                }
                scatter(rows, patches, input, adds: accumulates || !areDisjoint)
            }
            withExtendedLifetime(storage) {}
        }
        if pass == .weightGradient {
            correlate(input, UnsafeMutablePointer(mutating: weights), output, accumulates: accumulates, workers)
        } else if points >= 2 * Self.rows {
            let one = Workers(threads: 1)
            workers.run(parts: (points + Self.rows - 1) / Self.rows) { blocks in
                for block in blocks { convolve(block * Self.rows..<min(points, (block + 1) * Self.rows), one) }
            }
        } else {
            convolve(0..<points, workers)
        }
    }

    /// The gradient of the weights, a sum over points.
    private func correlate(
        _ input: UnsafePointer<Float>, _ weights: UnsafeMutablePointer<Float>, _ output: UnsafePointer<Float>, accumulates: Bool,
        _ workers: Workers
    ) {
        let (d, patch) = (shape.outputChannels, patch)
        let storage = Storage<Float>(count: min(points, Self.rows) * patch)
        // Invariant of the workers: each writes its own rows of the weights.
        nonisolated(unsafe) let (weights, patches) = (weights, storage.pointer)
        for first in stride(from: 0, to: points, by: Self.rows) {
            let block = first..<min(points, first + Self.rows)
            gather(block, input, patches)
            nonisolated(unsafe) let gradient = output + first * d
            forEachBlock(columns: patch, workers) { columns in
                Kernels.gemm(
                    m: columns.count, n: d, k: block.count, a: patches + columns.lowerBound, lda: patch, transposeA: true, b: gradient,
                    ldb: d, beta: accumulates || first > 0 ? 1 : 0, c: weights + columns.lowerBound * d, ldc: d)
            }
        }
        withExtendedLifetime(storage) {}
    }

    /// Points and columns of a block: rules of the shape, so that bits do not depend on threads.
    private static let (rows, columns) = (512, 128)

    private func forEachBlock(columns count: Int, _ workers: Workers, _ body: @Sendable (_ columns: Range<Int>) -> Void) {
        workers.run(parts: (count + Self.columns - 1) / Self.columns) { blocks in
            for block in blocks { body(block * Self.columns..<min(count, (block + 1) * Self.columns)) }
        }
    }

    /// `body` for each line of the patches of some points, as far as it lies on the grid: its places in the input and in the patches of these points.
    private func forEachLine(_ range: Range<Int>, _ body: (_ place: Int, _ placeInPatches: Int, _ count: Int) -> Void) {
        let (grid, kernel, input, channels) = (shape.output, shape.kernel, shape.input, shape.inputChannels)
        var target = 0
        for point in range {
            let (row, column) = (point / grid.x, point % grid.x)
            let (top, left) = (row % grid.y * shape.stride.y - shape.padding.top, column * shape.stride.x - shape.padding.left)
            let (first, end) = (max(0, -left), min(kernel.x, input.x - left))
            for y in top..<top + kernel.y {
                if y >= 0, y < input.y, first < end {
                    let place = ((row / grid.y * input.y + y) * input.x + left + first) * channels
                    body(place, target + first * channels, (end - first) * channels)
                }
                target += line
            }
        }
    }

    private func gather(_ range: Range<Int>, _ input: UnsafePointer<Float>, _ patches: UnsafeMutablePointer<Float>) {
        if shape.padding != .none { Kernels.fill(range.count * patch, 0, patches) }
        forEachLine(range) { place, target, count in Kernels.copy(count, input + place, patches + target) }
    }

    private func scatter(_ range: Range<Int>, _ patches: UnsafePointer<Float>, _ input: UnsafeMutablePointer<Float>, adds: Bool) {
        forEachLine(range) { place, source, count in
            if adds {
                Kernels.binary(.add, count, input + place, patches + source, input + place)
            } else {
                Kernels.copy(count, patches + source, input + place)
            }
        }
    }
}
