extension StridedWinogradConvolution {
    /// Where the points of the input that a phase makes begin.
    func offset(of phase: Int) -> Convolution.Extent {
        let first = Self.phases[phase]
        return .init(y: (first.y + shape.padding.top) & 1, x: (first.x + shape.padding.left) & 1)
    }

    /// The values of the four phases of the patch of the input that a tile of outputs sees.
    ///
    /// The patch of the next tile is asked for.
    func transformPatch(
        _ source: TiledField, _ place: TilePlace, next: TilePlace?, _ target: UnsafeMutablePointer<Float>, _ plane: Int, _ scratch: Scratch
    ) {
        func corner(_ place: TilePlace) -> (top: Int, left: Int) {
            (2 * place.y - shape.padding.top, 2 * place.x - shape.padding.left)
        }
        let size = 6 + max(shape.kernel.y, shape.kernel.x)
        if let next {
            let (top, left) = corner(next)
            source.prefetch(sample: next.sample, top: top, left: left, size: size, known: next.follows(place) ? size - 8 : 0)
        }
        let (top, left) = corner(place)
        let (patch, row) = source.patch(shape.mode, sample: place.sample, top: top, left: left, size: size, scratch.patch)
        for phase in 0..<4 {
            let first = Self.phases[phase]
            transform(
                patch + first.y * row + first.x * source.channels, row: 2 * row, column: 2 * source.channels, source.channels,
                hasTwoTaps: hasTwoTaps(phase), target + phase * source.channels, plane, scratch)
        }
    }

    /// The values for the four phases of the patches of the output's gradient, read backwards, that a tile of inputs sees.
    ///
    /// With `m = 2 i + o` and `p = 2 a + r`, `m + top - p = 2 k` says `k = i + (o + top - r) / 2 - a`.
    func transformReversedPatch(
        _ source: TiledField, _ place: TilePlace, next: TilePlace?, _ target: UnsafeMutablePointer<Float>, _ plane: Int, _ scratch: Scratch
    ) {
        func corner(_ place: TilePlace) -> (top: Int, left: Int) {
            (place.y + shape.padding.top / 2 - 1, place.x + shape.padding.left / 2 - 1)
        }
        if let next {
            let (top, left) = corner(next)
            source.prefetch(sample: next.sample, top: top, left: left, size: 6, known: next.follows(place) ? 2 : 0)
        }
        let (top, left) = corner(place)
        let (patch, row) = source.patch(shape.mode, sample: place.sample, top: top, left: left, size: 6, scratch.patch)
        for phase in 0..<4 {
            let (first, offset) = (Self.phases[phase], offset(of: phase))
            let (y, x) = ((offset.y + shape.padding.top - first.y) / 2, (offset.x + shape.padding.left - first.x) / 2)
            let last = patch + (y - shape.padding.top / 2 + 4) * row + (x - shape.padding.left / 2 + 4) * source.channels
            transform(
                last, row: -row, column: -source.channels, source.channels, hasTwoTaps: hasTwoTaps(phase),
                target + phase * source.channels, plane, scratch)
        }
    }

    /// The 5 x 5 values of the points from `x` in the given distances; the fifth along an axis only with two taps.
    private func transform(
        _ x: UnsafePointer<Float>, row: Int, column: Int, _ channels: Int, hasTwoTaps: (y: Bool, x: Bool),
        _ target: UnsafeMutablePointer<Float>, _ plane: Int, _ scratch: Scratch
    ) {
        let vectors = scratch.vectors
        // Half-transformed vectors go through memory: 25 of them in registers the compiler cuts into quarters.
        func advance<V: FloatVector>(_ type: V.Type, _ c: Int) {
            let lanes = V.scalarCount
            for j in 0..<(hasTwoTaps.x ? 5 : 4) {
                let point = x + j * column + c
                let (x0, x2) = (V.load(point), V.load(point + 2 * row))
                let half = vectors + j * lanes
                store(TwoTapTransforms.pairs(ofInput: x0, V.load(point + row), x2, V.load(point + 3 * row)), half, 5 * lanes)
                if hasTwoTaps.y { store(TwoTapTransforms.end(ofInput: x0, x2, V.load(point + 4 * row)), half + 20 * lanes) }
            }
            for i in 0..<(hasTwoTaps.y ? 5 : 4) {
                let t = UnsafePointer(vectors) + i * 5 * lanes
                let (t0, t2) = (V.load(t), V.load(t + 2 * lanes))
                let y = target + i * 5 * plane + c
                store(TwoTapTransforms.pairs(ofInput: t0, V.load(t + lanes), t2, V.load(t + 3 * lanes)), y, plane)
                if hasTwoTaps.x { store(TwoTapTransforms.end(ofInput: t0, t2, V.load(t + 4 * lanes)), y + 4 * plane) }
            }
        }
        forEachVector(channels, { advance(SIMD16<Float>.self, $0) }, { first, _ in advance(SIMD8<Float>.self, first) })
    }

    /// The 5 x 5 values of a tile of 4 x 4 output gradients.
    func transformTile(
        _ gradient: TiledField, _ place: TilePlace, _ target: UnsafeMutablePointer<Float>, _ plane: Int, _ scratch: Scratch
    ) {
        let (tile, row) = gradient.patch(.zeros, sample: place.sample, top: place.y, left: place.x, size: 4, scratch.patch)
        let (channels, vectors) = (gradient.channels, scratch.vectors)
        func advance<V: FloatVector>(_ type: V.Type, _ c: Int) {
            let lanes = V.scalarCount
            for j in 0..<4 {
                let g = tile + j * channels + c
                let last = V.load(g + 3 * row)
                store(
                    TwoTapTransforms.pairs(ofGradient: V.load(g), V.load(g + row), V.load(g + 2 * row), last),
                    vectors + j * lanes, 4 * lanes)
                store(last, vectors + (16 + j) * lanes)
            }
            for i in 0..<5 {
                let t = UnsafePointer(vectors) + i * 4 * lanes
                let y = target + i * 5 * plane + c
                let last = V.load(t + 3 * lanes)
                store(
                    TwoTapTransforms.pairs(ofGradient: V.load(t), V.load(t + lanes), V.load(t + 2 * lanes), last), y, plane)
                store(last, y + 4 * plane)
            }
        }
        forEachVector(channels, { advance(SIMD16<Float>.self, $0) }, { first, _ in advance(SIMD8<Float>.self, first) })
    }

    /// Where 4 x 4 results go: `(i, j)` to `origin + i row + j column`, if `i` and `j` lie in the ranges; the others are beyond the grid.
    struct OutputTile {
        let addend: Int?
        let origin: UnsafeMutablePointer<Float>
        let row: Int
        let column: Int
        let rows: Range<Int>
        let columns: Range<Int>

        /// Neighbouring points.
        init(_ place: TilePlace, of field: TiledField) {
            addend = field.addend
            origin = field.point(sample: place.sample, y: place.y, x: place.x)
            (row, column) = (field.grid.x * field.channels, field.channels)
            (rows, columns) = (0..<min(4, field.grid.y - place.y), 0..<min(4, field.grid.x - place.x))
        }

        /// Every other point, backwards: those of a phase that begins at `first`.
        init(_ place: TilePlace, of field: TiledField, phaseFrom first: Convolution.Extent) {
            addend = field.addend
            let (y, x) = (2 * (place.y + 3) + first.y, 2 * (place.x + 3) + first.x)
            origin = field.point(sample: place.sample, y: y, x: x)
            (row, column) = (-2 * field.grid.x * field.channels, -2 * field.channels)
            func inside(_ last: Int, _ extent: Int) -> Range<Int> { min(4, max(0, (last - extent + 2) / 2))..<4 }
            (rows, columns) = (inside(y, field.grid.y), inside(x, field.grid.x))
        }
    }

    /// The 4 x 4 points made from 5 x 5 products, plus bias, plus what the target adds.
    func transformBack(
        _ products: UnsafePointer<Float>, _ plane: Int, hasTwoTaps: (y: Bool, x: Bool), _ bias: UnsafePointer<Float>?, _ tile: OutputTile,
        _ channels: Int, _ scratch: Scratch
    ) {
        let (vectors, addend, distance) = (scratch.vectors, tile.addend, tile.column)
        let (first, end) = (tile.columns.lowerBound, tile.columns.upperBound)
        func advance<V: FloatVector>(_ type: V.Type, _ c: Int, skipping: Int) {
            let lanes = V.scalarCount
            for j in 0..<(hasTwoTaps.x ? 5 : 4) {
                let m = products + j * plane + c
                var column = TwoTapTransforms.output(
                    ofPairs: V.load(m), V.load(m + 5 * plane), V.load(m + 10 * plane), V.load(m + 15 * plane))
                if hasTwoTaps.y { column.3 += V.load(m + 20 * plane) }
                store(column, vectors + j * lanes, 5 * lanes)
            }
            let shift = bias.map { V.load($0 + c) } ?? V()
            for i in tile.rows {
                let t = UnsafePointer(vectors) + i * 5 * lanes
                var values = TwoTapTransforms.output(
                    ofPairs: V.load(t), V.load(t + lanes), V.load(t + 2 * lanes), V.load(t + 3 * lanes))
                if hasTwoTaps.x { values.3 += V.load(t + 4 * lanes) }
                let y = tile.origin + (i * tile.row + c)
                if first <= 0 && end > 0 { write(values.0 + shift, to: y, adding: addend, skipping: skipping) }
                if first <= 1 && end > 1 { write(values.1 + shift, to: y + distance, adding: addend, skipping: skipping) }
                if first <= 2 && end > 2 { write(values.2 + shift, to: y + 2 * distance, adding: addend, skipping: skipping) }
                if first <= 3 && end > 3 { write(values.3 + shift, to: y + 3 * distance, adding: addend, skipping: skipping) }
            }
        }
        forEachVector(
            channels, { advance(SIMD16<Float>.self, $0, skipping: 0) }, { advance(SIMD8<Float>.self, $0, skipping: $1) })
    }
}
