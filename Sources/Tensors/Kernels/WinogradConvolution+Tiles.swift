extension WinogradConvolution {
    /// The 36 values of the patch of 6 x 6 points whose corner lies at `place` plus `shift`; points outside the grid are zero.
    ///
    /// The patch of the next tile is asked for.
    func transformPatch(
        _ source: TiledField, _ shift: Convolution.Extent, _ place: TilePlace, next: TilePlace?, _ target: UnsafeMutablePointer<Float>,
        _ plane: Int, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let channels = source.channels
        if let next {
            source.prefetch(
                sample: next.sample, top: next.y + shift.y, left: next.x + shift.x, size: 6, known: next.follows(place) ? 2 : 0)
        }
        let (patch, row) = source.patch(
            shape.mode, sample: place.sample, top: place.y + shift.y, left: place.x + shift.x, size: 6, scratch + 36 * 16)
        func advance<V: FloatVector>(_ type: V.Type, _ c: Int) {
            let lanes = V.scalarCount
            for j in 0..<6 {
                let x = patch + j * channels + c
                let column = WinogradTransforms.input(
                    V.load(x), V.load(x + row), V.load(x + 2 * row), V.load(x + 3 * row),
                    V.load(x + 4 * row), V.load(x + 5 * row))
                store(column, scratch + j * lanes, 6 * lanes)
            }
            for i in 0..<6 {
                let t = UnsafePointer(scratch) + i * 6 * lanes
                let values = WinogradTransforms.input(
                    V.load(t), V.load(t + lanes), V.load(t + 2 * lanes), V.load(t + 3 * lanes),
                    V.load(t + 4 * lanes), V.load(t + 5 * lanes))
                store(values, target + i * 6 * plane + c, plane)
            }
        }
        forEachVector(channels, { advance(SIMD16<Float>.self, $0) }, { first, _ in advance(SIMD8<Float>.self, first) })
    }

    /// The 36 values of the tile of 4 x 4 output gradients at `place`; points outside the grid are zero.
    func transformTile(
        _ gradient: TiledField, _ place: TilePlace, _ target: UnsafeMutablePointer<Float>, _ plane: Int,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        let channels = gradient.channels
        let (tile, row) = gradient.patch(.zeros, sample: place.sample, top: place.y, left: place.x, size: 4, scratch + 36 * 16)
        func advance<V: FloatVector>(_ type: V.Type, _ c: Int) {
            let lanes = V.scalarCount
            for j in 0..<4 {
                let g = tile + j * channels + c
                let column = WinogradTransforms.outputAdjoint(
                    V.load(g), V.load(g + row), V.load(g + 2 * row), V.load(g + 3 * row))
                store(column, scratch + j * lanes, 4 * lanes)
            }
            for i in 0..<6 {
                let t = UnsafePointer(scratch) + i * 4 * lanes
                let values = WinogradTransforms.outputAdjoint(
                    V.load(t), V.load(t + lanes), V.load(t + 2 * lanes), V.load(t + 3 * lanes))
                store(values, target + i * 6 * plane + c, plane)
            }
        }
        forEachVector(channels, { advance(SIMD16<Float>.self, $0) }, { first, _ in advance(SIMD8<Float>.self, first) })
    }

    /// The tile of 4 x 4 outputs from its 36 products, as far as it lies on the grid, plus bias, plus what the target adds.
    func transformBack(
        _ products: UnsafePointer<Float>, _ plane: Int, _ scratch: UnsafeMutablePointer<Float>, _ target: TiledField, _ place: TilePlace,
        _ bias: UnsafePointer<Float>?
    ) {
        let channels = target.channels
        let corner = target.point(sample: place.sample, y: place.y, x: place.x)
        let (rows, columns) = (min(4, target.grid.y - place.y), min(4, target.grid.x - place.x))
        let addend = target.addend
        func advance<V: FloatVector>(_ type: V.Type, _ c: Int, skipping: Int) {
            let lanes = V.scalarCount
            for j in 0..<6 {
                let m = products + j * plane + c
                let column = WinogradTransforms.output(
                    V.load(m), V.load(m + 6 * plane), V.load(m + 12 * plane),
                    V.load(m + 18 * plane),
                    V.load(m + 24 * plane), V.load(m + 30 * plane))
                store(column, scratch + j * lanes, 6 * lanes)
            }
            let shift = bias.map { V.load($0 + c) } ?? V()
            for i in 0..<rows {
                let t = UnsafePointer(scratch) + i * 6 * lanes
                let values = WinogradTransforms.output(
                    V.load(t), V.load(t + lanes), V.load(t + 2 * lanes), V.load(t + 3 * lanes),
                    V.load(t + 4 * lanes), V.load(t + 5 * lanes))
                let y = corner + i * target.grid.x * channels + c
                write(values.0 + shift, to: y, adding: addend, skipping: skipping)
                if columns > 1 { write(values.1 + shift, to: y + channels, adding: addend, skipping: skipping) }
                if columns > 2 { write(values.2 + shift, to: y + 2 * channels, adding: addend, skipping: skipping) }
                if columns > 3 { write(values.3 + shift, to: y + 3 * channels, adding: addend, skipping: skipping) }
            }
        }
        forEachVector(
            channels, { advance(SIMD16<Float>.self, $0, skipping: 0) }, { advance(SIMD8<Float>.self, $0, skipping: $1) })
    }
}
