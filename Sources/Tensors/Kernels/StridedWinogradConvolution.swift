/// Convolution with stride 2 and a kernel of 3 or 4 points along each axis by Winograd's algorithm on channels-last fields: 81 products
/// instead of 144, or 100 instead of 256.
///
/// The points of a kernel that meet every other point of the input, beginning with the first or with the second, form one or two
/// *taps*; so along an axis the convolution is the sum of two with stride 1 and at most two taps, its *phases*, and in the plane of four. A
/// tile of 4 x 4 outputs takes 5 x 5 products for each, or 4 in the direction in which a phase has one tap (`TwoTapTransforms`). The
/// channels of the four phases lie side by side, so that one matrix product sums over them. The gradient of the input makes the points of
/// each phase on its own, from the gradient read backwards, so that the weights are transformed alike.
struct StridedWinogradConvolution: Sendable {
    /// The first kernel point of each phase, in the order in which the phases that have two taps along an axis lie side by side.
    static let phases = [Convolution.Extent(y: 0, x: 1), .init(y: 0, x: 0), .init(y: 1, x: 0), .init(y: 1, x: 1)]
    private static let points = 25

    let shape: Convolution
    private let pass: ConvolutionPass
    /// Tiles that are worked on together.
    private let blockSize: Int

    /// Nil if the stride is not 2 or the dilation not 1, the kernel has other extents, one side has fewer channels than a vector, or the
    /// adjoint of the padding is not a padding.
    init?(_ shape: Convolution, _ pass: ConvolutionPass, blockSize: Int) {
        let extents = 3...4
        guard shape.stride == .init(2), shape.dilation == .init(1), extents ~= shape.kernel.y, extents ~= shape.kernel.x else { return nil }
        guard min(shape.inputChannels, shape.outputChannels) >= 8, blockSize > 0 else { return nil }
        let halves = shape.input == .init(y: 2 * shape.output.y, x: 2 * shape.output.x)
        guard pass != .dataGradient || shape.mode == .zeros || shape.mode == .circular && halves else { return nil }
        (self.shape, self.pass, self.blockSize) = (shape, pass, blockSize)
    }

    /// Whether a pass should make the gradient of the weights too: measured to be faster with up to 64 channels.
    ///
    /// Beside the gradient of the input it is not: the tiles of the input take as long as what is saved.
    var correlates: Bool { pass == .forward && area <= 64 * 64 }

    /// The pass on channels-last arrays and `[ky, kx, c, d]` weights, as `Kernels.convolve`.
    ///
    /// Workers share the blocks, or in what sums over blocks, the gradient of the weights, the tiles and interpolation points of each.
    ///
    /// - Parameter correlation: only if `correlates`.
    func run(
        adding addend: UnsafePointer<Float>?, input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, correlation: Correlation? = nil, workers: Workers
    ) {
        let x = TiledField(input, shape.input, shape.inputChannels, adding: pass == .dataGradient ? addend : nil)
        let y = TiledField(output, shape.output, shape.outputChannels, adding: pass == .forward ? addend : nil)
        switch pass {
        case .forward: forward(x, weights, bias, y, correlation, workers)
        case .dataGradient: dataGradient(y, weights, x, workers)
        case .weightGradient:
            if let addend, addend != UnsafePointer(weights) { Kernels.copy(shape.count(of: pass), addend, weights) }
            weightGradient(x, y, weights, accumulates: addend != nil, workers)
        }
    }

    /// Number of weights of one interpolation point and phase.
    private var area: Int { shape.inputChannels * shape.outputChannels }

    /// Where the transformed weights of an interpolation point and phase begin: a line more than the four phases lies between points, lest all fall on the
    /// same cache sets.
    @inline(__always)
    private func place(_ point: Int, _ phase: Int) -> Int { point * (4 * area + 16) + phase * area }

    /// Whether the source of the next block and the target of this one are asked for during the products, a little before each.
    ///
    /// Products work on what the second-level cache has. Where the weights alone fill that, a tile is asked for just before its turn.
    private var asksAhead: Bool { Self.points * 4 * area * MemoryLayout<Float>.stride <= 1 << 20 }

    /// Along each axis, whether a phase has two taps.
    func hasTwoTaps(_ phase: Int) -> (y: Bool, x: Bool) {
        let first = Self.phases[phase]
        return (first.y == 0 || shape.kernel.y == 4, first.x == 0 || shape.kernel.x == 4)
    }

    /// The phases that have a value at an interpolation point.
    private func phases(at point: Int) -> Range<Int> {
        let isSingleY = point / 5 == 4 && shape.kernel.y == 3
        let isSingleX = point % 5 == 4 && shape.kernel.x == 3
        return (isSingleX ? 1 : 0)..<(isSingleY ? 2 : isSingleX ? 3 : 4)
    }

    /// Number of blocks of tiles of a grid.
    private func blockCount(_ grid: Convolution.Extent) -> Int { (shape.batch * Tiling(grid).count + blockSize - 1) / blockSize }

    /// The tiles of a block.
    private func places(_ block: Int, of grid: Convolution.Extent) -> [TilePlace] {
        let tiles = Tiling(grid)
        return (block * blockSize..<min((block + 1) * blockSize, shape.batch * tiles.count)).map(tiles.place)
    }

    private func forward(
        _ source: TiledField, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ target: TiledField,
        _ correlation: Correlation?, _ workers: Workers
    ) {
        let (c, d) = (source.channels, target.channels)
        let kernel = Storage<Float>(count: place(Self.points, 0))
        transformWeights(weights, kernel.pointer, workers)
        let maps = PointMaps(
            kernel, tiles: shape.batch * Tiling(target.grid).count, n: d,
            (0..<Self.points).map { point in
                let phases = phases(at: point)
                return (place(point, phases.lowerBound), phases.count * c)
            }, workers)
        // Blocks write different points of the target.
        nonisolated(unsafe) let (source, target, bias) = (source, target, bias)
        nonisolated(unsafe) let partner = correlation.map { TiledField($0.partner, target.grid, d) }
        let sums = correlation.map { _ in Storage<Float>(count: place(Self.points, 0)) }
        forEachBlock(of: target.grid, patches: 4 * c, products: d, inTurn: sums != nil, workers) { block, tiles, scratch in
            for tile in tiles {
                let next = asksAhead && !block.isFirst ? nil : block.places.after(tile)
                transformPatch(source, block.places[tile], next: next, block.patches.tile(tile), block.patches.plane, scratch)
                // Where the products will lie, each after the sum that it is for.
                if let partner {
                    if let next { partner.prefetch(sample: next.sample, top: next.y, left: next.x, size: 4) }
                    transformTile(partner, block.places[tile], block.products.tile(tile), block.products.plane, scratch)
                }
            }
        } multiply: { block, points in
            for point in points {
                if asksAhead {
                    for tile in block.following.indices.share(point, of: Self.points) {
                        let next = block.following[tile]
                        source.prefetch(sample: next.sample, top: 2 * next.y, left: 2 * next.x, size: 8)
                        if let partner { partner.prefetch(sample: next.sample, top: next.y, left: next.x, size: 4) }
                    }
                    for tile in block.places.indices.share(point, of: Self.points) {
                        let place = block.places[tile]
                        target.prefetchTarget(sample: place.sample, top: place.y, left: place.x, rows: 4, columns: 4)
                    }
                }
                if let sums { addCorrelation(block, point, sums) }
                maps.apply(
                    point, rows: block.places.count, block.patches.matrix(point) + phases(at: point).lowerBound * c, lda: 4 * c,
                    block.products.matrix(point), ldc: d)
            }
        } leave: { block, tiles, scratch in
            for tile in tiles {
                let place = block.places[tile]
                if !asksAhead, let next = block.places.after(tile) {
                    target.prefetchTarget(sample: next.sample, top: next.y, left: next.x, rows: 4, columns: 4)
                }
                transformBack(
                    block.products.tile(tile), block.products.plane, hasTwoTaps: (true, true), bias, OutputTile(place, of: target), d,
                    scratch)
            }
        }
        if let sums, let correlation { transformWeightsBack(sums, correlation.weightGradient, accumulates: false, workers) }
    }

    private func dataGradient(
        _ source: TiledField, _ weights: UnsafePointer<Float>, _ target: TiledField, _ workers: Workers
    ) {
        let (c, d) = (target.channels, source.channels)
        let adjoint = Storage<Float>(count: shape.kernel.y * shape.kernel.x * area)
        // Each worker writes its own taps.
        nonisolated(unsafe) let weights = weights
        workers.run(parts: shape.kernel.y * shape.kernel.x, cost: area) { taps in
            for tap in taps { transposeMatrix(c, d, weights + tap * area, adjoint.pointer + tap * area) }
        }
        let kernel = Storage<Float>(count: place(Self.points, 0))
        transformWeights(adjoint.pointer, kernel.pointer, workers)
        withExtendedLifetime(adjoint) {}
        // A tile here is one of 4 x 4 points of every phase.
        let grid = Convolution.Extent(y: (target.grid.y + 1) / 2, x: (target.grid.x + 1) / 2)
        // Four for each point, so that their numbers need no table; empty where a phase has no value.
        let extents = (0..<Self.points).flatMap { point in
            (0..<4).map { (start: place(point, $0), k: phases(at: point).contains($0) ? d : 0) }
        }
        let maps = PointMaps(kernel, tiles: shape.batch * Tiling(grid).count, n: c, extents, workers)
        // Blocks write different points of the target.
        nonisolated(unsafe) let (source, target) = (source, target)
        forEachBlock(of: grid, patches: 4 * d, products: 4 * c, inTurn: false, workers) { block, tiles, scratch in
            for tile in tiles {
                let place = block.places[tile]
                let next = asksAhead && !block.isFirst ? nil : block.places.after(tile)
                transformReversedPatch(source, place, next: next, block.patches.tile(tile), block.patches.plane, scratch)
            }
        } multiply: { block, points in
            for point in points {
                if asksAhead {
                    for tile in block.following.indices.share(point, of: Self.points) {
                        let next = block.following[tile]
                        source.prefetch(sample: next.sample, top: next.y, left: next.x, size: 4)
                    }
                }
                let phases = phases(at: point)
                // Rows of eight points: all at once are more lines than can be asked for at a time.
                let rows = asksAhead ? (0..<8 * block.places.count).share(point, of: Self.points) : 0..<0
                var asked = rows.lowerBound
                for phase in phases {
                    let end = phase + 1 == phases.upperBound ? rows.upperBound : min(rows.upperBound, asked + (rows.count + 3) / 4)
                    while asked < end {
                        let place = block.places[asked / 8]
                        target.prefetchTarget(
                            sample: place.sample, top: 2 * place.y + asked % 8, left: 2 * place.x, rows: 1, columns: 8)
                        asked += 1
                    }
                    maps.apply(
                        4 * point + phase, rows: block.places.count, block.patches.matrix(point) + phase * d, lda: 4 * d,
                        block.products.matrix(point) + phase * c, ldc: 4 * c)
                }
            }
        } leave: { block, tiles, scratch in
            for tile in tiles {
                if !asksAhead, let next = block.places.after(tile) {
                    target.prefetchTarget(sample: next.sample, top: 2 * next.y, left: 2 * next.x, rows: 8, columns: 8)
                }
                for phase in 0..<4 {
                    transformBack(
                        block.products.tile(tile) + phase * c, block.products.plane, hasTwoTaps: hasTwoTaps(phase), nil,
                        OutputTile(block.places[tile], of: target, phaseFrom: offset(of: phase)), c, scratch)
                }
            }
        }
    }

    /// Tiles that are worked on together.
    private struct Block {
        let places: [TilePlace]
        /// Those of the next block.
        let following: [TilePlace]
        /// Whether it is the first of a sequence.
        let isFirst: Bool
        let patches: TileSpectrum
        let products: TileSpectrum
    }

    /// The stages of each block: of its tiles, its interpolation points, and perhaps its tiles again.
    ///
    /// Workers share the blocks, or where these come in turn the tiles and points of each.
    private func forEachBlock(
        of grid: Convolution.Extent, patches: Int, products: Int, inTurn: Bool, _ workers: Workers,
        enter: @Sendable (_ block: Block, _ tiles: Range<Int>, Scratch) -> Void,
        multiply: @Sendable (_ block: Block, _ points: Range<Int>) -> Void,
        leave: (@Sendable (_ block: Block, _ tiles: Range<Int>, Scratch) -> Void)? = nil
    ) {
        let count = blockCount(grid)
        let size = min(blockSize, shape.batch * Tiling(grid).count)
        @Sendable func withScratch(_ body: (Scratch) -> Void) {
            let room = Scratch.room(channels: max(shape.inputChannels, shape.outputChannels))
            body(Scratch(room))
            withExtendedLifetime(room) {}
        }
        @Sendable func run(_ blocks: Range<Int>, _ workers: Workers) {
            let (patches, products) = (
                TileSpectrum(points: Self.points, tiles: size, channels: patches),
                TileSpectrum(points: Self.points, tiles: size, channels: products)
            )
            var places = places(blocks.lowerBound, of: grid)
            for number in blocks {
                let following = number + 1 < blocks.upperBound ? self.places(number + 1, of: grid) : []
                let block = Block(
                    places: places, following: following, isFirst: number == blocks.lowerBound, patches: patches, products: products)
                let cost = Self.points * (patches.channels + products.channels)
                workers.run(parts: places.count, cost: cost) { tiles in withScratch { enter(block, tiles, $0) } }
                // A product of 32 operations takes as long as a number that is moved.
                let numbers = places.count * patches.channels * products.channels / 16
                workers.run(parts: Self.points, cost: numbers) { multiply(block, $0) }
                if let leave { workers.run(parts: places.count, cost: cost) { tiles in withScratch { leave(block, tiles, $0) } } }
                places = following
            }
        }
        if inTurn { run(0..<count, workers) } else { workers.run(parts: count) { run($0, Workers(threads: 1)) } }
    }

    private func weightGradient(
        _ source: TiledField, _ gradient: TiledField, _ weights: UnsafeMutablePointer<Float>, accumulates: Bool, _ workers: Workers
    ) {
        let sums = Storage<Float>(count: place(Self.points, 0))
        nonisolated(unsafe) let (source, gradient) = (source, gradient)
        forEachBlock(of: gradient.grid, patches: 4 * source.channels, products: gradient.channels, inTurn: true, workers) {
            block, tiles, scratch in
            for tile in tiles {
                let (place, next) = (block.places[tile], tile + 1 < tiles.upperBound ? block.places[tile + 1] : nil)
                transformPatch(source, place, next: next, block.patches.tile(tile), block.patches.plane, scratch)
                if let next { gradient.prefetch(sample: next.sample, top: next.y, left: next.x, size: 4) }
                transformTile(gradient, place, block.products.tile(tile), block.products.plane, scratch)
            }
        } multiply: { block, points in
            for point in points { addCorrelation(block, point, sums) }
        }
        transformWeightsBack(sums, weights, accumulates: accumulates, workers)
    }

    /// Adds the products of a block's patches of the input and tiles of the gradient, where products lie otherwise, at an interpolation point.
    private func addCorrelation(_ block: Block, _ point: Int, _ sums: Storage<Float>) {
        let (c, d, phases) = (shape.inputChannels, shape.outputChannels, phases(at: point))
        Kernels.gemm(
            m: phases.count * c, n: d, k: block.places.count, a: block.patches.matrix(point) + phases.lowerBound * c, lda: 4 * c,
            transposeA: true, b: block.products.matrix(point), ldb: d, beta: block.isFirst ? 0 : 1,
            c: sums.pointer + place(point, phases.lowerBound), ldc: d)
    }

    /// Places of the half-transformed vectors `[5, 5]` of a tile and of a copied patch of at most 10 x 10 points.
    ///
    /// Invariant: the room outlives it. It does not hold the room itself, lest every tile count its references.
    struct Scratch {
        let vectors: UnsafeMutablePointer<Float>
        let patch: UnsafeMutablePointer<Float>

        init(_ room: Storage<Float>) { (vectors, patch) = (room.pointer, room.pointer + Self.vectorCount) }

        private static let vectorCount = 25 * 16

        /// Room for so many channels.
        static func room(channels: Int) -> Storage<Float> { Storage(count: vectorCount + 100 * channels) }
    }
}

// MARK: - Weights

extension StridedWinogradConvolution {
    /// The taps of a phase along an axis: kernel points `first` and, if there are two, `first + 2`.
    private func tap(_ phase: Int, _ i: Int, _ j: Int) -> Int {
        let first = Self.phases[phase]
        return (first.y + 2 * i) * shape.kernel.x + first.x + 2 * j
    }

    /// Vectors of eight that cover the weights of a phase.
    private var weightShares: VectorShares { VectorShares(of: area, lanes: 8) }

    /// `body` for each phase and eight of its weights `[c, d]` from `index` on, of which the first `skipping` were in the eight before.
    @inline(__always)
    private func forEachWeightVector(
        _ vectors: Range<Int>, _ body: (_ phase: Int, _ hasTwoTaps: (y: Bool, x: Bool), _ index: Int, _ skipping: Int) -> Void
    ) {
        for phase in 0..<4 {
            let twoTaps = hasTwoTaps(phase)
            for vector in vectors {
                let index = min(8 * vector, area - 8)
                body(phase, twoTaps, index, 8 * vector - index)
            }
        }
    }

    /// `[ky, kx, c, d]` to `[25, phase, c, d]`, the points as far apart as `place` says.
    private func transformWeights(_ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ workers: Workers) {
        nonisolated(unsafe) let (weights, target) = (weights, target)
        let shares = weightShares
        workers.run(parts: shares.count, cost: 8 * 4 * Self.points) { transformWeights(weights, target, shares.vectors($0)) }
    }

    private func transformWeights(_ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ vectors: Range<Int>) {
        typealias V = SIMD8<Float>
        let area = area
        forEachWeightVector(vectors) { phase, twoTaps, index, _ in
            @inline(__always)
            func weight(_ i: Int, _ j: Int) -> V {
                if i == 1 && !twoTaps.y || j == 1 && !twoTaps.x { return V() }
                return V.load(weights + tap(phase, i, j) * area + index)
            }
            @inline(__always)
            func put(_ value: V, _ i: Int, _ j: Int) { store(value, target + place(5 * i + j, phase) + index) }
            @inline(__always)
            func finish(_ row: Int, _ left: V, _ right: V) {
                let values = TwoTapTransforms.weights(left, right)
                put(values.0, row, 0)
                put(values.1, row, 1)
                put(values.2, row, 2)
                put(values.3, row, 3)
                if twoTaps.x { put(right, row, 4) }
            }
            let (left, right) = (
                TwoTapTransforms.weights(weight(0, 0), weight(1, 0)), TwoTapTransforms.weights(weight(0, 1), weight(1, 1))
            )
            finish(0, left.0, right.0)
            finish(1, left.1, right.1)
            finish(2, left.2, right.2)
            finish(3, left.3, right.3)
            if twoTaps.y { finish(4, weight(1, 0), weight(1, 1)) }
        }
    }

    /// `[25, phase, c, d]`, as far apart, to `[ky, kx, c, d]`, the adjoint of `transformWeights`.
    private func transformWeightsBack(
        _ sums: Storage<Float>, _ weights: UnsafeMutablePointer<Float>, accumulates: Bool, _ workers: Workers
    ) {
        nonisolated(unsafe) let weights = weights
        let shares = weightShares
        workers.run(parts: shares.count, cost: 8 * 4 * Self.points) {
            transformWeightsBack(sums.pointer, weights, shares.vectors($0), accumulates)
        }
    }

    /// Some vectors of eight of them.
    private func transformWeightsBack(
        _ sums: UnsafePointer<Float>, _ weights: UnsafeMutablePointer<Float>, _ vectors: Range<Int>, _ accumulates: Bool
    ) {
        typealias V = SIMD8<Float>
        let area = area
        forEachWeightVector(vectors) { phase, twoTaps, index, skipping in
            @inline(__always)
            func sum(_ i: Int, _ j: Int) -> V { V.load(sums + place(5 * i + j, phase) + index) }
            @inline(__always)
            func row(_ i: Int) -> (V, V) {
                let (left, right) = TwoTapTransforms.weightsAdjoint(sum(i, 0), sum(i, 1), sum(i, 2), sum(i, 3))
                return (left, twoTaps.x ? right + sum(i, 4) : right)
            }
            @inline(__always)
            func put(_ value: V, _ i: Int, _ j: Int) {
                write(value, to: weights + tap(phase, i, j) * area + index, adding: accumulates ? 0 : nil, skipping: skipping)
            }
            let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3))
            let last = twoTaps.y ? row(4) : (V(), V())
            let left = TwoTapTransforms.weightsAdjoint(r0.0, r1.0, r2.0, r3.0)
            put(left.0, 0, 0)
            if twoTaps.y { put(left.1 + last.0, 1, 0) }
            if twoTaps.x {
                let right = TwoTapTransforms.weightsAdjoint(r0.1, r1.1, r2.1, r3.1)
                put(right.0, 0, 1)
                if twoTaps.y { put(right.1 + last.1, 1, 1) }
            }
        }
    }
}
