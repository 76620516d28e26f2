import CIntrinsics

/// Products on few tiles with many channels, for which weights are transformed in registers.
///
/// To write four numbers for each weight and read them again costs more than the products on few tiles. Here a panel of weights, read once
/// from memory, goes into the first-level cache. For each of the six rows of interpolation points it is transformed anew and meets groups
/// of up to four tiles, whose sums stay in registers too.
extension WinogradConvolution {
    /// Channels of the source and of the target in a panel, which with its nine taps fills half of a first-level cache.
    private static let panel = (rows: 16, columns: 32)

    /// Whether products are made this way: the weights are many, the tiles few, and channels fill a panel.
    var isInRegisters: Bool {
        let (c, d) = (shape.inputChannels, shape.outputChannels)
        return pass != .weightGradient && c * d >= 128 * 128 && min(c, d) >= Self.panel.columns && tileCount <= 64
    }

    /// `products = patches w` at all points, with the weights or those of the adjoint.
    ///
    /// Workers share the channels of the products, so that each reads its own weights.
    func multiplyInRegisters(
        _ patches: TileSpectrum, _ weights: UnsafePointer<Float>, turned: Bool, _ products: TileSpectrum, _ workers: Workers
    ) {
        let (source, target, width) = (patches.channels, products.channels, Self.panel.columns)
        Flops.add(2 * 36 * tileCount * source * target)
        // Invariant: each worker writes its own channels of the products.
        nonisolated(unsafe) let weights = weights
        func run<Tiles: RegisterTile>(_ type: Tiles.Type) where Tiles.Row == VectorRow2 {
            let lines = PatchLines<Tiles>(patches, tiles: tileCount, workers)
            workers.run(parts: (target + width - 1) / width) { parts in
                let room = Storage<Float>(
                    count: (9 * width + 6 * 16) * Self.panel.rows + 36 * lines.groups * Tiles.rows * width)
                for part in parts {
                    // The last columns begin among those before, of which the worker writes none.
                    let first = min(part * width, target - width)
                    let panels = Panels(weights, source: source, target: target, turned: turned, firstColumn: first)
                    multiplyPanels(lines, panels, products, skipping: part * width - first, room.pointer)
                }
                withExtendedLifetime(room) {}
            }
        }
        switch tileCount {
        case 1: run(SingleRow<VectorRow2>.self)
        case 2: run(TwoRows<VectorRow2>.self)
        default: run(FourRows<VectorRow2>.self)
        }
    }

    /// Some channels of the products, without the first `skipping`.
    private func multiplyPanels<Tiles: RegisterTile>(
        _ lines: PatchLines<Tiles>, _ panels: Panels, _ products: TileSpectrum, skipping: Int, _ room: UnsafeMutablePointer<Float>
    ) where Tiles.Row == VectorRow2 {
        let values = room + 9 * Self.panel.rows * Self.panel.columns
        let sums = values + Self.panel.rows * 6 * 16
        let vectors = Self.panel.columns / 16
        // Sums of a row of points, for a group of tiles and a vector of channels.
        let size = 6 * Tiles.rows * 16
        func sum(_ group: Int, _ row: Int, _ vector: Int) -> UnsafeMutablePointer<Float> {
            sums + ((group * 6 + row) * vectors + vector) * size
        }
        for number in 0..<panels.count {
            panels.copy(number, to: room)
            for vector in 0..<vectors {
                for row in 0..<6 {
                    panels.prefetch(number + 1, piece: 6 * vector + row, of: 6 * vectors)
                    func line(_ group: Int) -> UnsafePointer<Float> { lines.line(group, row, panel: number) }
                    if lines.groups == 1 {
                        multiplyTransforming(Tiles.self, row, room + 16 * vector, line(0), sum(0, row, vector), adding: number > 0)
                    } else {
                        forEachValue(row, room + 16 * vector) { k, column, value in store(value, values + (6 * k + column) * 16) }
                        for group in 0..<lines.groups {
                            multiplyValues(Tiles.self, values, line(group), sum(group, row, vector), adding: number > 0)
                        }
                    }
                }
            }
        }
        for point in 0..<36 {
            let (row, column) = (point / 6, point % 6)
            let scale = WinogradTransforms.scale(row) * WinogradTransforms.scale(column)
            for tile in 0..<tileCount {
                let place = products.matrix(point) + tile * products.channels + panels.firstColumn
                for vector in 0..<vectors {
                    let value = sum(tile / Tiles.rows, row, vector) + (column * Tiles.rows + tile % Tiles.rows) * 16
                    if skipping <= 16 * vector {
                        store(Vector.load(value) * scale, place + 16 * vector)
                    } else {
                        for lane in min(16, skipping - 16 * vector)..<16 { place[16 * vector + lane] = value[lane] * scale }
                    }
                }
            }
        }
    }

    /// Adds the products of a panel and a group of tiles at a row of six points to their sums, or writes them.
    @inline(__always)
    private func multiplyTransforming<Tiles: RegisterTile>(
        _ type: Tiles.Type, _ row: Int, _ panel: UnsafePointer<Float>, _ line: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
        adding: Bool
    ) where Tiles.Row == VectorRow2 {
        var points = PointRow<Tiles>()
        forEachValue(row, panel) { k, column, value in points.add(value, column, times: line + k) }
        points.store(sums, adding: adding)
    }

    /// The same with the values `[channel, point, 16]` of the panel, made once for several groups.
    @inline(__always)
    private func multiplyValues<Tiles: RegisterTile>(
        _ type: Tiles.Type, _ values: UnsafePointer<Float>, _ line: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>, adding: Bool
    ) where Tiles.Row == VectorRow2 {
        var points = PointRow<Tiles>()
        for k in 0..<Self.panel.rows {
            let value = values + k * 6 * 16
            points.add(Vector.load(value), 0, times: line + k)
            points.add(Vector.load(value + 16), 1, times: line + k)
            points.add(Vector.load(value + 32), 2, times: line + k)
            points.add(Vector.load(value + 48), 3, times: line + k)
            points.add(Vector.load(value + 64), 4, times: line + k)
            points.add(Vector.load(value + 80), 5, times: line + k)
        }
        points.store(sums, adding: adding)
    }

    /// Calls `body` with the values of a panel's kernels at a row of six points, for sixteen columns of the panel.
    @inline(__always)
    private func forEachValue(_ row: Int, _ panel: UnsafePointer<Float>, _ body: (_ channel: Int, _ column: Int, _ value: Vector) -> Void) {
        @inline(__always)
        func run(_ alongY: (_ w0: Vector, _ w1: Vector, _ w2: Vector) -> Vector) {
            for k in 0..<Self.panel.rows {
                @inline(__always)
                func weight(_ tap: Int) -> Vector { Vector.load(panel + (tap * Self.panel.rows + k) * Self.panel.columns) }
                let left = alongY(weight(0), weight(3), weight(6))
                let middle = alongY(weight(1), weight(4), weight(7))
                let right = alongY(weight(2), weight(5), weight(8))
                body(k, 0, left)
                body(k, 5, right)
                let (a, b) = (WinogradTransforms.a, WinogradTransforms.b)
                let evenA = left.addingProduct(right, Vector(repeating: a * a))
                body(k, 1, evenA.addingProduct(middle, Vector(repeating: a)))
                body(k, 2, evenA.addingProduct(middle, Vector(repeating: -a)))
                let evenB = left.addingProduct(right, Vector(repeating: b * b))
                body(k, 3, evenB.addingProduct(middle, Vector(repeating: b)))
                body(k, 4, evenB.addingProduct(middle, Vector(repeating: -b)))
            }
        }
        switch row {
        case 0: run { w0, _, _ in w0 }
        case 1: run { WinogradTransforms.polynomial($0, $1, $2, at: WinogradTransforms.a) }
        case 2: run { WinogradTransforms.polynomial($0, $1, $2, at: -WinogradTransforms.a) }
        case 3: run { WinogradTransforms.polynomial($0, $1, $2, at: WinogradTransforms.b) }
        case 4: run { WinogradTransforms.polynomial($0, $1, $2, at: -WinogradTransforms.b) }
        default: run { _, _, w2 in w2 }
        }
    }

    /// Sums of the six points of a row, each for a group of tiles.
    private struct PointRow<Tiles: RegisterTile> where Tiles.Row == VectorRow2 {
        private var sums = (Tiles.zero, Tiles.zero, Tiles.zero, Tiles.zero, Tiles.zero, Tiles.zero)

        /// Adds the value of a kernel at a point times those of the tiles.
        @inline(__always)
        mutating func add(_ value: Vector, _ column: Int, times line: UnsafePointer<Float>) {
            let (size, row) = (WinogradConvolution.panel.rows, VectorRow2(value))
            let tiles = line + column * Tiles.rows * size
            switch column {
            case 0: sums.0.add(row, times: tiles, step: size)
            case 1: sums.1.add(row, times: tiles, step: size)
            case 2: sums.2.add(row, times: tiles, step: size)
            case 3: sums.3.add(row, times: tiles, step: size)
            case 4: sums.4.add(row, times: tiles, step: size)
            default: sums.5.add(row, times: tiles, step: size)
            }
        }

        /// `[point, tile, 16]`.
        @inline(__always)
        func store(_ target: UnsafeMutablePointer<Float>, adding: Bool) {
            @inline(__always)
            func store(_ sum: Tiles, _ column: Int) {
                sum.store(target + column * Tiles.rows * 16, stride: 16, lanes: 8, adding: adding ? 0 : nil)
            }
            store(sums.0, 0)
            store(sums.1, 1)
            store(sums.2, 2)
            store(sums.3, 3)
            store(sums.4, 4)
            store(sums.5, 5)
        }
    }

    /// Transformed patches in the order in which panels meet them, `[group, row of points, panel, column of points, tile, channel]`, with zeros for
    /// the tiles that fill up the last group and for channels that a panel before has counted.
    private struct PatchLines<Tiles: RegisterTile> {
        /// Groups of tiles whose sums fill the registers.
        let groups: Int
        private let panels: Int
        private let values: Storage<Float>

        init(_ patches: TileSpectrum, tiles: Int, _ workers: Workers) {
            let (channels, size) = (patches.channels, WinogradConvolution.panel.rows)
            let groups = (tiles + Tiles.rows - 1) / Tiles.rows
            let panels = (channels + size - 1) / size
            let values = Storage<Float>(count: groups * 36 * Tiles.rows * panels * size)
            // Each worker writes its own rows of points.
            workers.run(parts: groups * 6, cost: 6 * Tiles.rows * channels) { rows in
                for row in rows {
                    for line in 0..<6 * Tiles.rows {
                        let (point, tile) = (row % 6 * 6 + line / Tiles.rows, row / 6 * Tiles.rows + line % Tiles.rows)
                        for panel in 0..<panels {
                            let target = values.pointer + ((row * panels + panel) * 6 * Tiles.rows + line) * size
                            let first = WinogradConvolution.firstChannel(ofPanel: panel, channels)
                            store(tile < tiles ? Vector.load(patches.matrix(point) + tile * channels + first) : Vector(), target)
                            target.update(repeating: 0, count: panel * size - first)
                        }
                    }
                }
            }
            (self.groups, self.panels, self.values) = (groups, panels, values)
        }

        /// The values of a group at a row of points that meet a panel.
        func line(_ group: Int, _ row: Int, panel: Int) -> UnsafePointer<Float> {
            UnsafePointer(values.pointer) + ((group * 6 + row) * panels + panel) * 6 * Tiles.rows * WinogradConvolution.panel.rows
        }
    }

    /// Weights of a panel's target channels, some source channels at a time.
    ///
    /// They are copied to where they lie close together: at distances of the channels, often powers of two, they would share few places of the cache.
    private struct Panels {
        /// The first target channel.
        let firstColumn: Int
        /// How many panels hold the source channels; the last one begins among those of the one before.
        let count: Int
        private let weights: UnsafePointer<Float>
        private let source: Int
        private let target: Int
        private let turned: Bool

        /// From weights `[tap, source, target]`, or `[8 - tap, target, source]` if turned.
        init(_ weights: UnsafePointer<Float>, source: Int, target: Int, turned: Bool, firstColumn: Int) {
            (self.weights, self.source, self.target, self.turned, self.firstColumn) = (weights, source, target, turned, firstColumn)
            count = (source + WinogradConvolution.panel.rows - 1) / WinogradConvolution.panel.rows
        }

        /// From one row of the weights to the next.
        private var rowDistance: Int { turned ? source : target }

        /// The first weight of a tap.
        private func start(_ number: Int, _ tap: Int) -> UnsafePointer<Float> {
            let first = WinogradConvolution.firstChannel(ofPanel: number, source)
            return turned
                ? weights + ((8 - tap) * target + firstColumn) * source + first
                : weights + (tap * source + first) * target + firstColumn
        }

        /// A panel as `[tap, row, column]`.
        func copy(_ number: Int, to panel: UnsafeMutablePointer<Float>) {
            let (rows, columns) = WinogradConvolution.panel
            for tap in 0..<9 {
                let (first, copy) = (start(number, tap), panel + tap * rows * columns)
                if turned {
                    transposeMatrix(columns, rows, first, lda: rowDistance, copy, ldb: columns)
                    continue
                }
                for row in 0..<rows {
                    for column in stride(from: 0, to: columns, by: 16) {
                        store(Vector.load(first + row * rowDistance + column), copy + row * columns + column)
                    }
                }
            }
        }

        /// Asks for a piece of a panel, if there is such a panel; it comes from memory while another is worked on.
        func prefetch(_ number: Int, piece: Int, of pieces: Int) {
            guard number < count else { return }
            let panel = WinogradConvolution.panel
            let (rows, width) = turned ? (panel.columns, panel.rows) : (panel.rows, panel.columns)
            for line in (0..<9 * rows).share(piece, of: pieces) {
                let row = start(number, line % 9) + line / 9 * rowDistance
                // Lines of the cache that a row touches, one more if it begins inside of one.
                for place in stride(from: 0, through: width, by: 16) { eddy_prefetch(row + min(place, width - 1)) }
            }
        }
    }

    /// The first source channel of a panel; the last panel begins among the channels of the one before, of which it counts none again.
    private static func firstChannel(ofPanel number: Int, _ channels: Int) -> Int { min(number * panel.rows, channels - panel.rows) }
}
