import COpenBLAS

/// Convolution with a dense kernel of 3 x 3 by Winograd's algorithm on channels-last fields: a quarter of the multiplications.
///
/// Tiles of 4 x 4 outputs see patches of 6 x 6 inputs. A block of tiles, as many as the caches hold, is transformed to 36 matrices
/// `[tile, channel]`; each meets its transformed weights in one matrix product; the products are transformed back. The gradient of the
/// input is the same with the weights turned by 180 degrees; the gradient of the weights multiplies transformed patches by
/// transformed tiles of the output's gradient and sums over tiles.
struct WinogradConvolution: Sendable {
    private let shape: Convolution
    private let pass: ConvolutionPass
    /// Tiles that are worked on together.
    private let blockSize: Int

    /// Nil if the kernel is not 3 x 3 with unit stride and dilation, one side has fewer channels than a vector, or the adjoint of the
    /// padding is not a padding.
    init?(_ shape: Convolution, _ pass: ConvolutionPass, blockSize: Int) {
        let isPlain = shape.kernel == .init(3) && shape.stride == .init(1) && shape.dilation == .init(1)
        guard isPlain, min(shape.inputChannels, shape.outputChannels) >= 8, blockSize > 0 else { return nil }
        guard shape.mode == .zeros || shape.isCirculant || pass != .dataGradient else { return nil }
        (self.shape, self.pass, self.blockSize) = (shape, pass, blockSize)
    }

    /// The pass on channels-last arrays and `[ky, kx, c, d]` weights, as `Kernels.convolve`.
    func run(
        accumulates: Bool, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>
    ) {
        let padding = shape.padding
        switch pass {
        case .forward:
            convolve(
                Field(input, shape.input, shape.inputChannels), shifted: .init(y: -padding.top, x: -padding.left),
                Field(output, shape.output, shape.outputChannels), weights, turned: false, bias, accumulates)
        case .dataGradient:
            convolve(
                Field(output, shape.output, shape.outputChannels), shifted: .init(y: padding.top - 2, x: padding.left - 2),
                Field(input, shape.input, shape.inputChannels), weights, turned: true, nil, accumulates)
        case .weightGradient:
            correlate(
                Field(input, shape.input, shape.inputChannels), shifted: .init(y: -padding.top, x: -padding.left),
                Field(output, shape.output, shape.outputChannels), weights, accumulates)
        }
    }

    /// A channels-last field of `shape.batch` samples.
    private struct Field {
        let base: UnsafeMutablePointer<Float>
        let grid: Convolution.Extent
        let channels: Int

        init(_ base: UnsafeMutablePointer<Float>, _ grid: Convolution.Extent, _ channels: Int) {
            (self.base, self.grid, self.channels) = (base, grid, channels)
        }
    }

    /// 36 matrices `[tile, channel]`; a line more than a matrix lies between their starts, lest all fall on the same cache sets.
    private struct Spectrum {
        let storage: Storage<Float>
        let channels: Int
        let plane: Int

        init(tiles: Int, channels: Int) {
            plane = (tiles * channels + 15) / 16 * 16 + 16
            storage = Storage(count: 36 * plane)
            self.channels = channels
        }

        func tile(_ index: Int) -> UnsafeMutablePointer<Float> { storage.pointer + index * channels }
        func matrix(_ index: Int) -> UnsafeMutablePointer<Float> { storage.pointer + index * plane }
    }

    /// Where a tile of outputs lies.
    private struct Place {
        let sample: Int
        let y: Int
        let x: Int
    }

    private func tiles(_ grid: Convolution.Extent) -> (rows: Int, columns: Int) { ((grid.y + 3) / 4, (grid.x + 3) / 4) }

    private func place(_ tile: Int, _ grid: Convolution.Extent) -> Place {
        let (rows, columns) = tiles(grid)
        return Place(sample: tile / (rows * columns), y: tile / columns % rows * 4, x: tile % columns * 4)
    }

    private func convolve(
        _ source: Field, shifted shift: Convolution.Extent, _ target: Field, _ weights: UnsafePointer<Float>, turned: Bool,
        _ bias: UnsafePointer<Float>?, _ accumulates: Bool
    ) {
        let (rows, columns) = tiles(target.grid)
        let count = shape.batch * rows * columns
        let size = min(blockSize, count)
        let kernel = Storage<Float>(count: 36 * shape.inputChannels * shape.outputChannels)
        if turned {
            let copy = Storage<Float>(count: 9 * shape.inputChannels * shape.outputChannels)
            turn(weights, copy.pointer)
            transformWeights(copy.pointer, kernel.pointer)
        } else {
            transformWeights(weights, kernel.pointer)
        }
        let patches = Spectrum(tiles: size, channels: source.channels)
        let products = Spectrum(tiles: size, channels: target.channels)
        let scratch = Storage<Float>(count: 36 * 16 + 36 * source.channels)
        let area = source.channels * target.channels
        for first in stride(from: 0, to: count, by: size) {
            let block = first..<min(first + size, count)
            for tile in block {
                transformPatch(source, shift, place(tile, target.grid), patches.tile(tile - first), patches.plane, scratch.pointer)
            }
            for point in 0..<36 {
                Kernels.gemm(
                    m: block.count, n: target.channels, k: source.channels, a: patches.matrix(point), lda: source.channels,
                    b: kernel.pointer + point * area, ldb: target.channels, c: products.matrix(point), ldc: target.channels)
            }
            for tile in block {
                transformBack(
                    products.tile(tile - first), products.plane, scratch.pointer, target, place(tile, target.grid), bias, accumulates)
            }
        }
    }

    private func correlate(
        _ source: Field, shifted shift: Convolution.Extent, _ gradient: Field, _ weights: UnsafeMutablePointer<Float>, _ accumulates: Bool
    ) {
        let (rows, columns) = tiles(gradient.grid)
        let count = shape.batch * rows * columns
        let size = min(blockSize, count)
        let patches = Spectrum(tiles: size, channels: source.channels)
        let gradients = Spectrum(tiles: size, channels: gradient.channels)
        let area = source.channels * gradient.channels
        let sums = Storage<Float>(count: 36 * area)
        let scratch = Storage<Float>(count: 36 * 16 + 36 * max(source.channels, gradient.channels))
        for first in stride(from: 0, to: count, by: size) {
            let block = first..<min(first + size, count)
            for tile in block {
                let place = place(tile, gradient.grid)
                transformPatch(source, shift, place, patches.tile(tile - first), patches.plane, scratch.pointer)
                transformTile(gradient, place, gradients.tile(tile - first), gradients.plane, scratch.pointer)
            }
            for point in 0..<36 {
                Kernels.gemm(
                    m: source.channels, n: gradient.channels, k: block.count, a: patches.matrix(point), lda: source.channels,
                    transposeA: true, b: gradients.matrix(point), ldb: gradient.channels, beta: first == 0 ? 0 : 1,
                    c: sums.pointer + point * area, ldc: gradient.channels)
            }
        }
        transformWeightsBack(sums.pointer, weights, accumulates)
    }
}

// MARK: - Weights

extension WinogradConvolution {
    /// The kernel of the adjoint: `[ky, kx, c, d]` to `[2 - ky, 2 - kx, d, c]`.
    private func turn(_ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
        let (c, d) = (shape.inputChannels, shape.outputChannels)
        for tap in 0..<9 {
            cblas_somatcopy(
                CblasRowMajor, CblasTrans, blasint(c), blasint(d), 1, weights + tap * c * d, blasint(d), target + (8 - tap) * c * d,
                blasint(c))
        }
    }

    /// `[ky, kx, c, d]` to `[36, c, d]`.
    private func transformWeights(_ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
        let area = shape.inputChannels * shape.outputChannels
        for start in stride(from: 0, to: area, by: 8) {
            let index = min(start, area - 8)
            func weight(_ p: Int, _ q: Int) -> SIMD8<Float> {
                load(weights + (3 * p + q) * area + index, as: SIMD8<Float>.self)
            }
            let left = WinogradTransforms.weights(weight(0, 0), weight(1, 0), weight(2, 0))
            let middle = WinogradTransforms.weights(weight(0, 1), weight(1, 1), weight(2, 1))
            let right = WinogradTransforms.weights(weight(0, 2), weight(1, 2), weight(2, 2))
            func finish(_ row: Int, _ a: SIMD8<Float>, _ b: SIMD8<Float>, _ c: SIMD8<Float>) {
                store(WinogradTransforms.weights(a, b, c), target + row * 6 * area + index, area)
            }
            finish(0, left.0, middle.0, right.0)
            finish(1, left.1, middle.1, right.1)
            finish(2, left.2, middle.2, right.2)
            finish(3, left.3, middle.3, right.3)
            finish(4, left.4, middle.4, right.4)
            finish(5, left.5, middle.5, right.5)
        }
    }

    /// `[36, c, d]` to `[ky, kx, c, d]`, the adjoint of `transformWeights`.
    private func transformWeightsBack(_ sums: UnsafePointer<Float>, _ weights: UnsafeMutablePointer<Float>, _ accumulates: Bool) {
        typealias V = SIMD8<Float>
        let area = shape.inputChannels * shape.outputChannels
        for start in stride(from: 0, to: area, by: 8) {
            let index = min(start, area - 8)
            func column(_ column: Int) -> (V, V, V) {
                func sum(_ row: Int) -> V { load(sums + (row * 6 + column) * area + index, as: V.self) }
                return WinogradTransforms.weightsAdjoint(sum(0), sum(1), sum(2), sum(3), sum(4), sum(5))
            }
            let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
            func finish(_ p: Int, _ row: (V, V, V)) {
                add(row.0, to: weights + 3 * p * area + index, accumulates, skipping: start - index)
                add(row.1, to: weights + (3 * p + 1) * area + index, accumulates, skipping: start - index)
                add(row.2, to: weights + (3 * p + 2) * area + index, accumulates, skipping: start - index)
            }
            finish(0, WinogradTransforms.weightsAdjoint(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
            finish(1, WinogradTransforms.weightsAdjoint(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
            finish(2, WinogradTransforms.weightsAdjoint(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
        }
    }
}

// MARK: - Tiles

extension WinogradConvolution {
    /// The 36 values of the patch of 6 x 6 points whose corner lies at `place` plus `shift`; points outside the grid are zero.
    private func transformPatch(
        _ source: Field, _ shift: Convolution.Extent, _ place: Place, _ target: UnsafeMutablePointer<Float>, _ plane: Int,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        let channels = source.channels
        let (top, left) = (place.y + shift.y, place.x + shift.x)
        let sample = UnsafePointer(source.base) + place.sample * source.grid.y * source.grid.x * channels
        var (patch, row) = (sample + (top * source.grid.x + left) * channels, source.grid.x * channels)
        if top < 0 || left < 0 || top + 6 > source.grid.y || left + 6 > source.grid.x {
            let copy = scratch + 36 * 16
            copyPatch(sample, source.grid, shape.mode, channels, top: top, left: left, rows: 6, columns: 6, copy)
            (patch, row) = (UnsafePointer(copy), 6 * channels)
        }
        var c = 0
        func advance<V: SIMD>(_ type: V.Type) where V.Scalar == Float {
            let lanes = V.scalarCount
            for j in 0..<6 {
                let x = patch + j * channels + c
                let column = WinogradTransforms.input(
                    load(x, as: V.self), load(x + row, as: V.self), load(x + 2 * row, as: V.self), load(x + 3 * row, as: V.self),
                    load(x + 4 * row, as: V.self), load(x + 5 * row, as: V.self))
                store(column, scratch + j * lanes, 6 * lanes)
            }
            for i in 0..<6 {
                let t = UnsafePointer(scratch) + i * 6 * lanes
                let values = WinogradTransforms.input(
                    load(t, as: V.self), load(t + lanes, as: V.self), load(t + 2 * lanes, as: V.self), load(t + 3 * lanes, as: V.self),
                    load(t + 4 * lanes, as: V.self), load(t + 5 * lanes, as: V.self))
                store(values, target + i * 6 * plane + c, plane)
            }
            c += lanes
        }
        while c + 16 <= channels { advance(SIMD16<Float>.self) }
        while c < channels {
            // The last vector overlaps the one before.
            c = min(c, channels - 8)
            advance(SIMD8<Float>.self)
        }
    }

    /// The 36 values of the tile of 4 x 4 output gradients at `place`; points outside the grid are zero.
    private func transformTile(
        _ gradient: Field, _ place: Place, _ target: UnsafeMutablePointer<Float>, _ plane: Int, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let channels = gradient.channels
        let sample = UnsafePointer(gradient.base) + place.sample * gradient.grid.y * gradient.grid.x * channels
        var (tile, row) = (sample + (place.y * gradient.grid.x + place.x) * channels, gradient.grid.x * channels)
        if place.y + 4 > gradient.grid.y || place.x + 4 > gradient.grid.x {
            let copy = scratch + 36 * 16
            copyPatch(sample, gradient.grid, .zeros, channels, top: place.y, left: place.x, rows: 4, columns: 4, copy)
            (tile, row) = (UnsafePointer(copy), 4 * channels)
        }
        var c = 0
        func advance<V: SIMD>(_ type: V.Type) where V.Scalar == Float {
            let lanes = V.scalarCount
            for j in 0..<4 {
                let g = tile + j * channels + c
                let column = WinogradTransforms.outputAdjoint(
                    load(g, as: V.self), load(g + row, as: V.self), load(g + 2 * row, as: V.self), load(g + 3 * row, as: V.self))
                store(column, scratch + j * lanes, 4 * lanes)
            }
            for i in 0..<6 {
                let t = UnsafePointer(scratch) + i * 4 * lanes
                let values = WinogradTransforms.outputAdjoint(
                    load(t, as: V.self), load(t + lanes, as: V.self), load(t + 2 * lanes, as: V.self), load(t + 3 * lanes, as: V.self))
                store(values, target + i * 6 * plane + c, plane)
            }
            c += lanes
        }
        while c + 16 <= channels { advance(SIMD16<Float>.self) }
        while c < channels {
            c = min(c, channels - 8)
            advance(SIMD8<Float>.self)
        }
    }

    /// The tile of 4 x 4 outputs from its 36 products, as far as it lies on the grid, plus bias, plus what was there if asked.
    private func transformBack(
        _ products: UnsafePointer<Float>, _ plane: Int, _ scratch: UnsafeMutablePointer<Float>, _ target: Field, _ place: Place,
        _ bias: UnsafePointer<Float>?, _ accumulates: Bool
    ) {
        let channels = target.channels
        let corner = target.base + ((place.sample * target.grid.y + place.y) * target.grid.x + place.x) * channels
        let (rows, columns) = (min(4, target.grid.y - place.y), min(4, target.grid.x - place.x))
        var c = 0
        func advance<V: SIMD>(_ type: V.Type, skipping: Int) where V.Scalar == Float {
            let lanes = V.scalarCount
            for j in 0..<6 {
                let m = products + j * plane + c
                let column = WinogradTransforms.output(
                    load(m, as: V.self), load(m + 6 * plane, as: V.self), load(m + 12 * plane, as: V.self),
                    load(m + 18 * plane, as: V.self),
                    load(m + 24 * plane, as: V.self), load(m + 30 * plane, as: V.self))
                store(column, scratch + j * lanes, 6 * lanes)
            }
            let shift = bias.map { load($0 + c, as: V.self) } ?? V()
            for i in 0..<rows {
                let t = UnsafePointer(scratch) + i * 6 * lanes
                let values = WinogradTransforms.output(
                    load(t, as: V.self), load(t + lanes, as: V.self), load(t + 2 * lanes, as: V.self), load(t + 3 * lanes, as: V.self),
                    load(t + 4 * lanes, as: V.self), load(t + 5 * lanes, as: V.self))
                let y = corner + i * target.grid.x * channels + c
                add(values.0 + shift, to: y, accumulates, skipping: skipping)
                if columns > 1 { add(values.1 + shift, to: y + channels, accumulates, skipping: skipping) }
                if columns > 2 { add(values.2 + shift, to: y + 2 * channels, accumulates, skipping: skipping) }
                if columns > 3 { add(values.3 + shift, to: y + 3 * channels, accumulates, skipping: skipping) }
            }
            c += lanes
        }
        while c + 16 <= channels { advance(SIMD16<Float>.self, skipping: 0) }
        while c < channels {
            let start = min(c, channels - 8)
            let skipping = c - start
            c = start
            advance(SIMD8<Float>.self, skipping: skipping)
        }
    }

    /// `rows` x `columns` points from `(top, left)`; outside the grid what the mode says.
    private func copyPatch(
        _ sample: UnsafePointer<Float>, _ grid: Convolution.Extent, _ mode: PaddingMode, _ channels: Int, top: Int, left: Int, rows: Int,
        columns: Int, _ copy: UnsafeMutablePointer<Float>
    ) {
        let first = min(columns, max(0, -left))
        let inside = first..<max(first, min(columns, grid.x - left))
        for i in 0..<rows {
            let target = copy + i * columns * channels
            guard let row = mode.source(top + i, of: grid.y) else {
                target.update(repeating: 0, count: columns * channels)
                continue
            }
            let source = sample + row * grid.x * channels
            if !inside.isEmpty {
                (target + inside.lowerBound * channels).update(
                    from: source + (left + inside.lowerBound) * channels, count: inside.count * channels)
            }
            for j in 0..<columns where !inside.contains(j) {
                if let column = mode.source(left + j, of: grid.x) {
                    (target + j * channels).update(from: source + column * channels, count: channels)
                } else {
                    (target + j * channels).update(repeating: 0, count: channels)
                }
            }
        }
    }
}

@inline(__always)
private func load<V: SIMD>(_ pointer: UnsafePointer<Float>, as type: V.Type) -> V where V.Scalar == Float {
    UnsafeRawPointer(pointer).loadUnaligned(as: V.self)
}

/// `target (+)= value`, but for the first `skipping` lanes, which are left alone when adding: another vector has done them.
@inline(__always)
private func add<V: SIMD>(_ value: V, to target: UnsafeMutablePointer<Float>, _ accumulates: Bool, skipping: Int) where V.Scalar == Float {
    var result = value
    if accumulates {
        let old = load(UnsafePointer(target), as: V.self)
        result += old
        for lane in 0..<skipping { result[lane] = old[lane] }
    }
    UnsafeMutableRawPointer(target).storeBytes(of: result, as: V.self)
}

/// Four values, `stride` apart.
@inline(__always)
private func store<V: SIMD>(_ values: (V, V, V, V), _ target: UnsafeMutablePointer<Float>, _ stride: Int) where V.Scalar == Float {
    UnsafeMutableRawPointer(target).storeBytes(of: values.0, as: V.self)
    UnsafeMutableRawPointer(target + stride).storeBytes(of: values.1, as: V.self)
    UnsafeMutableRawPointer(target + 2 * stride).storeBytes(of: values.2, as: V.self)
    UnsafeMutableRawPointer(target + 3 * stride).storeBytes(of: values.3, as: V.self)
}

/// Six values, `stride` apart.
@inline(__always)
private func store<V: SIMD>(_ values: (V, V, V, V, V, V), _ target: UnsafeMutablePointer<Float>, _ stride: Int) where V.Scalar == Float {
    UnsafeMutableRawPointer(target).storeBytes(of: values.0, as: V.self)
    UnsafeMutableRawPointer(target + stride).storeBytes(of: values.1, as: V.self)
    UnsafeMutableRawPointer(target + 2 * stride).storeBytes(of: values.2, as: V.self)
    UnsafeMutableRawPointer(target + 3 * stride).storeBytes(of: values.3, as: V.self)
    UnsafeMutableRawPointer(target + 4 * stride).storeBytes(of: values.4, as: V.self)
    UnsafeMutableRawPointer(target + 5 * stride).storeBytes(of: values.5, as: V.self)
}
