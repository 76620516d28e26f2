/// Convolution with a dense kernel of 3 x 3 by Winograd's algorithm on channels-last fields: a quarter of the multiplications.
///
/// Tiles of 4 x 4 outputs see patches of 6 x 6 inputs. A block of tiles, as many as the caches hold, is transformed to 36 matrices
/// `[tile, channel]`; each meets its transformed weights in one matrix product; the products are transformed back. The gradient of the
/// input is the same with the weights turned by 180 degrees; the gradient of the weights multiplies transformed patches by
/// transformed tiles of the output's gradient and sums over tiles.
struct WinogradConvolution: Sendable {
    let shape: Convolution
    let pass: ConvolutionPass
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
    ///
    /// Workers share the blocks, or where all tiles are worked on together the tiles, and the interpolation points or the channels; in what sums over blocks,
    /// the gradient of the weights, always tiles and points.
    ///
    /// - Parameter correlation: only if `correlates`.
    func run(
        adding addend: UnsafePointer<Float>?, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, correlation: Correlation? = nil, workers: Workers
    ) {
        let padding = shape.padding
        switch pass {
        case .forward:
            convolve(
                TiledField(input, shape.input, shape.inputChannels), shifted: .init(y: -padding.top, x: -padding.left),
                TiledField(output, shape.output, shape.outputChannels, adding: addend), weights, turned: false, bias, correlation, workers)
        case .dataGradient:
            convolve(
                TiledField(output, shape.output, shape.outputChannels), shifted: .init(y: padding.top - 2, x: padding.left - 2),
                TiledField(input, shape.input, shape.inputChannels, adding: addend), weights, turned: true, nil, correlation, workers)
        case .weightGradient:
            let accumulates = addend != nil
            if let addend, addend != UnsafePointer(weights) { Kernels.copy(shape.count(of: pass), addend, weights) }
            correlate(
                TiledField(input, shape.input, shape.inputChannels), shifted: .init(y: -padding.top, x: -padding.left),
                TiledField(output, shape.output, shape.outputChannels), weights, accumulates, workers)
        }
    }

    private func convolve(
        _ source: TiledField, shifted shift: Convolution.Extent, _ target: TiledField, _ weights: UnsafePointer<Float>, turned: Bool,
        _ bias: UnsafePointer<Float>?, _ correlation: Correlation?, _ workers: Workers
    ) {
        let tiles = Tiling(target.grid)
        let count = shape.batch * tiles.count
        guard count > 0 else {
            if let correlation { Kernels.fill(shape.count(of: .weightGradient), 0, correlation.weightGradient) }
            return
        }
        let room = max(source.channels, target.channels)
        // Invariant of the workers: each tile reads what nobody writes, and writes its own rows of the spectra and its own points of the target. Each
        // interpolation point has its own sums, each vector of the gradient of the weights one writer.
        nonisolated(unsafe) let (source, target, bias, weights) = (source, target, bias, weights)
        nonisolated(unsafe) let partner = correlation.map { TiledField($0.partner, target.grid, target.channels) }
        let sums = correlation.map { _ in Storage<Float>(count: 36 * shape.inputChannels * shape.outputChannels) }
        @Sendable func enter(_ range: Range<Int>, _ first: Int, _ patches: TileSpectrum, _ products: TileSpectrum) {
            let scratch = scratch(room)
            tiles.forEach(range) { tile, place, next in
                transformPatch(source, shift, place, next: next, patches.tile(tile - first), patches.plane, scratch.pointer)
                if let partner {
                    if let next { partner.prefetch(sample: next.sample, top: next.y, left: next.x, size: 4) }
                    // Where the products will lie, each after the sum that it is for.
                    transformTile(partner, place, products.tile(tile - first), products.plane, scratch.pointer)
                }
            }
        }
        @Sendable func leave(_ range: Range<Int>, _ first: Int, _ products: TileSpectrum) {
            let scratch = scratch(room)
            tiles.forEach(range) { tile, place, next in
                if let next { target.prefetchTarget(sample: next.sample, top: next.y, left: next.x, rows: 4, columns: 4) }
                transformBack(products.tile(tile - first), products.plane, scratch.pointer, target, place, bias)
            }
        }
        let maps = isInRegisters ? nil : maps(weights, turned: turned, tiles: count, workers)
        let size = maps == nil ? count : min(blockSize, count)
        @Sendable func multiply(
            _ points: Range<Int>, _ maps: PointMaps, _ block: Range<Int>, _ patches: TileSpectrum, _ products: TileSpectrum
        ) {
            for point in points {
                if let sums {
                    let (inputs, outputs) = turned ? (products, patches) : (patches, products)
                    addCorrelation(
                        inputs, outputs, 0..<shape.inputChannels, rows: block.count, point, isFirst: block.lowerBound == 0, sums)
                }
                maps.apply(
                    point, rows: block.count, patches.matrix(point), lda: source.channels, products.matrix(point), ldc: target.channels)
            }
        }
        @Sendable func run(_ blocks: Range<Int>, _ workers: Workers) {
            // Blocks that come in turn are too short to wake threads for.
            @Sendable func share(_ parts: Int, cost: Int, _ body: @Sendable (Range<Int>) -> Void) {
                if blocks.count == 1 { workers.run(parts: parts, body) } else { workers.run(parts: parts, cost: cost, body) }
            }
            let patches = TileSpectrum(points: 36, tiles: size, channels: source.channels)
            let products = TileSpectrum(points: 36, tiles: size, channels: target.channels)
            for number in blocks {
                let block = number * size..<min((number + 1) * size, count)
                let first = block.lowerBound
                share(block.count, cost: 2 * 36 * room) { enter(first + $0.lowerBound..<first + $0.upperBound, first, patches, products) }
                if let maps {
                    share(36, cost: source.channels * target.channels * block.count / 8) { multiply($0, maps, block, patches, products) }
                } else {
                    multiplyInRegisters(patches, weights, turned: turned, products, workers)
                }
                share(block.count, cost: 36 * room) { leave(first + $0.lowerBound..<first + $0.upperBound, first, products) }
            }
        }
        let blocks = (count + size - 1) / size
        if blocks == 1 || sums != nil { run(0..<blocks, workers) } else { workers.run(parts: blocks) { run($0, Workers(threads: 1)) } }
        guard let sums, let correlation else { return }
        nonisolated(unsafe) let gradient = correlation.weightGradient
        let shares = vectorShares(shape.inputChannels * shape.outputChannels)
        workers.run(parts: shares.count) {
            transformWeightsBack(
                sums.pointer, gradient, 0..<shape.inputChannels, vectors: shares.vectors($0), turned: turned, accumulates: false)
        }
    }

    /// Room for the half-transformed vectors of a tile and a copied patch.
    private func scratch(_ channels: Int) -> Storage<Float> { Storage<Float>(count: 36 * 16 + 36 * channels) }

    /// `sums += inputs' outputs` for some input channels, or without what was there, at an interpolation point.
    private func addCorrelation(
        _ inputs: TileSpectrum, _ outputs: TileSpectrum, _ part: Range<Int>, rows: Int, _ point: Int, isFirst: Bool, _ sums: Storage<Float>
    ) {
        let d = shape.outputChannels
        Kernels.gemm(
            m: part.count, n: d, k: rows, a: inputs.matrix(point) + part.lowerBound, lda: shape.inputChannels, transposeA: true,
            b: outputs.matrix(point), ldb: d, beta: isFirst ? 0 : 1, c: sums.pointer + point * part.count * d, ldc: d)
    }

    private func correlate(
        _ source: TiledField, shifted shift: Convolution.Extent, _ gradient: TiledField, _ weights: UnsafeMutablePointer<Float>,
        _ accumulates: Bool, _ workers: Workers
    ) {
        let tiles = Tiling(gradient.grid)
        let count = shape.batch * tiles.count
        let size = isStreamed ? count : min(blockSize, count)
        let patches = TileSpectrum(points: 36, tiles: size, channels: source.channels)
        let gradients = TileSpectrum(points: 36, tiles: size, channels: gradient.channels)
        let partSize = isStreamed ? partSize : source.channels
        let sums = Storage<Float>(count: 36 * partSize * gradient.channels)
        // Invariant of the workers: each writes its own tiles of the spectra, interpolation points of the sums, and vectors of the weights.
        nonisolated(unsafe) let (source, gradient, weights) = (source, gradient, weights)
        for first in stride(from: 0, to: count, by: size) {
            let block = first..<min(first + size, count)
            workers.run(parts: block.count, cost: 36 * (source.channels + gradient.channels)) { range in
                let scratch = scratch(max(source.channels, gradient.channels))
                tiles.forEach(first + range.lowerBound..<first + range.upperBound) { number, place, next in
                    let tile = number - first
                    transformPatch(source, shift, place, next: next, patches.tile(tile), patches.plane, scratch.pointer)
                    if let next { gradient.prefetch(sample: next.sample, top: next.y, left: next.x, size: 4) }
                    transformTile(gradient, place, gradients.tile(tile), gradients.plane, scratch.pointer)
                }
            }
            for part in parts(of: partSize) {
                // A product of 32 operations takes as long as a number that is moved.
                workers.run(parts: 36, cost: part.count * gradient.channels * block.count / 16) { points in
                    for point in points {
                        addCorrelation(patches, gradients, part, rows: block.count, point, isFirst: first == 0, sums)
                    }
                }
                guard block.upperBound == count else { continue }
                let shares = vectorShares(part.count * gradient.channels)
                workers.run(parts: shares.count) {
                    transformWeightsBack(
                        sums.pointer, weights, part, vectors: shares.vectors($0), turned: false, accumulates: accumulates)
                }
            }
        }
    }
}

// MARK: - Weights

extension WinogradConvolution {
    /// Whether the transformed gradient of the weights is made in parts, from all tiles at once instead of block by block: there are few tiles, and all of
    /// it would leave the caches before it is transformed back, which costs more than the products.
    var isStreamed: Bool {
        // A part, perhaps of one input channel, is at least a vector.
        pass == .weightGradient && 36 * 4 * shape.inputChannels * shape.outputChannels > 4 << 20 && tileCount <= 64
            && shape.outputChannels >= 16
    }

    /// Whether a pass should make the gradient of the weights too.
    ///
    /// The sums at all interpolation points have to stay with the transformed weights in the second-level cache: with 64 channels they do not, and two
    /// passes are faster by an eighth.
    var correlates: Bool { pass != .weightGradient && !isInRegisters && shape.inputChannels * shape.outputChannels <= 48 * 48 }

    /// Tiles of all samples.
    var tileCount: Int { shape.batch * Tiling(pass == .dataGradient ? shape.input : shape.output).count }

    /// Input channels whose part of the transformed gradient stays in the caches.
    private var partSize: Int { min(shape.inputChannels, max(16, (2 << 20) / (36 * 4 * shape.outputChannels) & ~15)) }

    /// The input channels, `size` at a time.
    private func parts(of size: Int) -> [Range<Int>] {
        stride(from: 0, to: shape.inputChannels, by: size).map { $0..<min($0 + size, shape.inputChannels) }
    }

    /// The transformed weights, or those of the adjoint, whose kernel is `[2 - ky, 2 - kx, d, c]`.
    private func maps(_ weights: UnsafePointer<Float>, turned: Bool, tiles: Int, _ workers: Workers) -> PointMaps {
        let (c, d) = (shape.inputChannels, shape.outputChannels)
        let (k, n) = turned ? (d, c) : (c, d)
        let kernel = Storage<Float>(count: 36 * c * d)
        let arePanels = n % 8 == 0 && PointMaps.suitsPanels(tiles: tiles, k: k, n: n)
        let places = arePanels ? PanelPlaces(k: k, n: n) : nil
        func transform(_ weights: UnsafePointer<Float>) {
            nonisolated(unsafe) let weights = weights
            if let places, !places.areRows {
                workers.run(parts: c * d / 8) { vectors in
                    for vector in vectors {
                        transformWeights(SIMD8<Float>.self, weights, 8 * vector, turned: turned, kernel.pointer + places.place(8 * vector))
                    }
                }
            } else {
                let shares = vectorShares(c * d)
                workers.run(parts: shares.count) {
                    for vector in shares.vectors($0) {
                        let index = min(16 * vector, c * d - 16)
                        transformWeights(SIMD16<Float>.self, weights, index, turned: turned, kernel.pointer + index)
                    }
                }
            }
        }
        if turned {
            let adjoint = Storage<Float>(count: 9 * c * d)
            // Each worker writes its own taps.
            nonisolated(unsafe) let weights = weights
            workers.run(parts: 9, cost: c * d) { taps in
                for tap in taps { transposeMatrix(c, d, weights + tap * c * d, adjoint.pointer + tap * c * d) }
            }
            transform(adjoint.pointer)
            withExtendedLifetime(adjoint) {}
        } else {
            transform(weights)
        }
        return PointMaps(kernel, tiles: tiles, n: n, (0..<36).map { ($0 * c * d, k) }, arePanels: arePanels, workers)
    }

    /// Vectors of sixteen that cover so many weights.
    private func vectorShares(_ weights: Int) -> VectorShares { VectorShares(of: weights, lanes: 16) }

    /// A vector of `[ky, kx, c, d]`, or `[2 - ky, 2 - kx, c, d]` if turned, from number `index` of `[c, d]` on, at the 36 interpolation points.
    @inline(__always)
    private func transformWeights<V: FloatVector>(
        _ type: V.Type, _ weights: UnsafePointer<Float>, _ index: Int, turned: Bool, _ target: UnsafeMutablePointer<Float>
    ) {
        let count = shape.inputChannels * shape.outputChannels
        let (first, step) = (weights + (turned ? 8 * count : 0), turned ? -count : count)
        @inline(__always)
        func weight(_ p: Int, _ q: Int) -> V { V.load(first + (3 * p + q) * step + index) }
        let left = WinogradTransforms.weights(weight(0, 0), weight(1, 0), weight(2, 0))
        let middle = WinogradTransforms.weights(weight(0, 1), weight(1, 1), weight(2, 1))
        let right = WinogradTransforms.weights(weight(0, 2), weight(1, 2), weight(2, 2))
        @inline(__always)
        func finish(_ row: Int, _ a: V, _ b: V, _ c: V) { store(WinogradTransforms.weights(a, b, c), target + row * 6 * count, count) }
        finish(0, left.0, middle.0, right.0)
        finish(1, left.1, middle.1, right.1)
        finish(2, left.2, middle.2, right.2)
        finish(3, left.3, middle.3, right.3)
        finish(4, left.4, middle.4, right.4)
        finish(5, left.5, middle.5, right.5)
    }

    /// `[36, part, d]` to the rows `part` of `[ky, kx, c, d]`, or of `[2 - ky, 2 - kx, c, d]` if turned, the adjoint of `transformWeights` on these rows;
    /// some vectors of sixteen of them.
    private func transformWeightsBack(
        _ sums: UnsafePointer<Float>, _ weights: UnsafeMutablePointer<Float>, _ part: Range<Int>, vectors: Range<Int>, turned: Bool,
        accumulates: Bool
    ) {
        typealias V = SIMD16<Float>
        let (area, count) = (shape.inputChannels * shape.outputChannels, part.count * shape.outputChannels)
        let (target, step) = (weights + part.lowerBound * shape.outputChannels + (turned ? 8 * area : 0), turned ? -area : area)
        for vector in vectors {
            let start = vector * V.scalarCount
            let index = min(start, count - V.scalarCount)
            @inline(__always)
            func column(_ column: Int) -> (V, V, V) {
                @inline(__always)
                func sum(_ row: Int) -> V { V.load(sums + (row * 6 + column) * count + index) }
                return WinogradTransforms.weightsAdjoint(sum(0), sum(1), sum(2), sum(3), sum(4), sum(5))
            }
            let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
            @inline(__always)
            func finish(_ p: Int, _ row: (V, V, V)) {
                write(row.0, to: target + 3 * p * step + index, adding: accumulates ? 0 : nil, skipping: start - index)
                write(row.1, to: target + (3 * p + 1) * step + index, adding: accumulates ? 0 : nil, skipping: start - index)
                write(row.2, to: target + (3 * p + 2) * step + index, adding: accumulates ? 0 : nil, skipping: start - index)
            }
            finish(0, WinogradTransforms.weightsAdjoint(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
            finish(1, WinogradTransforms.weightsAdjoint(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
            finish(2, WinogradTransforms.weightsAdjoint(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
        }
    }
}
