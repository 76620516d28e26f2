import CIntrinsics
import COpenBLAS

/// A channels-last field `[sample, y, x, channel]` that Winograd's algorithm reads and writes by tiles.
struct TiledField {
    let base: UnsafeMutablePointer<Float>
    let grid: Convolution.Extent
    let channels: Int
    /// From what is written to what is added to it, in numbers; nil if nothing is added, 0 if what was there.
    let addend: Int?

    /// `addend` is a field of the same layout, perhaps this one.
    init(
        _ base: UnsafeMutablePointer<Float>, _ grid: Convolution.Extent, _ channels: Int, adding addend: UnsafePointer<Float>? = nil
    ) {
        (self.base, self.grid, self.channels) = (base, grid, channels)
        self.addend = addend.map { $0 - UnsafePointer(base) }
    }

    /// Asks for the part of a square of points that lies on the grid: what comes line by line from far away is waited for.
    ///
    /// - Parameter known: first columns that have been asked for.
    func prefetch(sample: Int, top: Int, left: Int, size: Int, known: Int = 0) {
        forEachLine(sample: sample, top: top, left: left + known, height: size, width: size - known) { eddy_prefetch($0) }
    }

    /// The same for a rectangle that will be written, and for what will be added to it.
    func prefetchTarget(sample: Int, top: Int, left: Int, rows: Int, columns: Int) {
        forEachLine(sample: sample, top: top, left: left, height: rows, width: columns) { line in
            eddy_prefetch_to_write(line)
            if let addend, addend != 0 { eddy_prefetch(line + addend) }
        }
    }

    /// `body` for the cache lines of a rectangle of points, as far as it lies on the grid.
    ///
    /// Called for every tile, so without checks for overflow, which were 1 % of a convolution of 24 channels.
    @inline(__always)
    private func forEachLine(
        sample: Int, top: Int, left: Int, height: Int, width: Int, _ body: (_ line: UnsafePointer<Float>) -> Void
    ) {
        let (first, end) = (max(left, 0), min(left &+ width, grid.x))
        let (above, below) = (max(top, 0), min(top &+ height, grid.y))
        guard first < end, above < below else { return }
        let (numbers, row) = ((end &- first) &* channels, grid.x &* channels)
        var start = UnsafePointer(point(sample: sample, y: above, x: first))
        for _ in 0..<(below &- above) {
            var number = 0
            while number < numbers {
                body(start + number)
                number &+= 16
            }
            start += row
        }
    }

    /// The channels of a point.
    func point(sample: Int, y: Int, x: Int) -> UnsafeMutablePointer<Float> {
        base + ((sample &* grid.y &+ y) &* grid.x &+ x) &* channels
    }

    /// The patch of `size` x `size` points from `(top, left)`, and the distance of its rows: in place, or a copy in `copy` if it
    /// leaves the grid, outside which stands what the mode says.
    func patch(
        _ mode: PaddingMode, sample: Int, top: Int, left: Int, size: Int, _ copy: UnsafeMutablePointer<Float>
    ) -> (start: UnsafePointer<Float>, row: Int) {
        if top >= 0, left >= 0, top &+ size <= grid.y, left &+ size <= grid.x {
            return (UnsafePointer(point(sample: sample, y: top, x: left)), grid.x &* channels)
        }
        let first = min(size, max(0, -left))
        let inside = first..<max(first, min(size, grid.x - left))
        for i in 0..<size {
            let target = copy + i * size * channels
            guard let row = mode.source(top + i, of: grid.y) else {
                clearVectors(size * channels, target)
                continue
            }
            let source = point(sample: sample, y: row, x: 0)
            if !inside.isEmpty {
                copyVectors(
                    inside.count * channels, source + (left + inside.lowerBound) * channels, target + inside.lowerBound * channels)
            }
            for j in 0..<size where !inside.contains(j) {
                if let column = mode.source(left + j, of: grid.x) {
                    copyVectors(channels, source + column * channels, target + j * channels)
                } else {
                    clearVectors(channels, target + j * channels)
                }
            }
        }
        return (UnsafePointer(copy), size * channels)
    }
}

/// Where a tile lies: the sample and the first point.
struct TilePlace {
    let sample: Int
    let y: Int
    let x: Int

    /// Whether it lies beside another tile of the same sample.
    func follows(_ other: TilePlace) -> Bool { x > other.x && y == other.y && sample == other.sample }
}

extension [TilePlace] {
    /// The tile after one of them.
    func after(_ tile: Int) -> TilePlace? { tile + 1 < count ? self[tile + 1] : nil }
}

/// A grid cut into tiles of 4 x 4 points, the last ones reaching beyond it.
struct Tiling {
    private let rows: Int
    private let columns: Int

    init(_ grid: Convolution.Extent) { (rows, columns) = ((grid.y + 3) / 4, (grid.x + 3) / 4) }

    /// Tiles of one sample.
    var count: Int { rows * columns }

    /// A tile of all samples.
    func place(_ tile: Int) -> TilePlace {
        TilePlace(sample: tile / (rows * columns), y: tile / columns % rows * 4, x: tile % columns * 4)
    }

    /// The tile after that at a place; beyond the last sample after the last.
    private func after(_ place: TilePlace) -> TilePlace {
        if place.x &+ 4 < 4 &* columns { return TilePlace(sample: place.sample, y: place.y, x: place.x &+ 4) }
        if place.y &+ 4 < 4 &* rows { return TilePlace(sample: place.sample, y: place.y &+ 4, x: 0) }
        return TilePlace(sample: place.sample &+ 1, y: 0, x: 0)
    }

    /// Calls `body` for the tiles of a range in their order, with their places and those of the next ones of the range.
    @inline(__always)
    func forEach(_ range: Range<Int>, _ body: (_ tile: Int, _ place: TilePlace, _ next: TilePlace?) -> Void) {
        guard !range.isEmpty else { return }
        // Divisions once, not for each tile.
        var place = place(range.lowerBound)
        for tile in range {
            let next = after(place)
            body(tile, place, tile + 1 < range.upperBound ? next : nil)
            place = next
        }
    }
}

/// Matrices `[tile, channel]`, one for each interpolation point; a line more than a matrix lies between their starts, lest all fall on
/// the same cache sets.
struct TileSpectrum {
    private let storage: Storage<Float>
    let channels: Int
    /// From one matrix to the next.
    let plane: Int

    init(points: Int, tiles: Int, channels: Int) {
        plane = (tiles * channels + 15) / 16 * 16 + 16
        storage = Storage(count: points * plane)
        self.channels = channels
    }

    func tile(_ index: Int) -> UnsafeMutablePointer<Float> { storage.pointer + index * channels }
    func matrix(_ index: Int) -> UnsafeMutablePointer<Float> { storage.pointer + index * plane }
}

/// The transformed weights of a kernel, as the maps `[k, n]` that blocks of tiles are multiplied by.
///
/// Invariant: nothing is written after the initialiser, so that threads may share a value.
struct PointMaps: Sendable {
    private let kernel: Storage<Float>
    private let n: Int
    private let extents: [(start: Int, k: Int)]
    /// The maps laid out in panels once for all blocks, or the kernel if they are panels as they lie; nil where that costs more than it saves, because
    /// the maps are large or the tiles few.
    private let panels: Storage<Float>?
    /// Where the panels of each map begin.
    private let starts: [Int]

    /// Whether maps of at most `k` rows and `n` columns are used as panels for so many tiles.
    static func suitsPanels(tiles: Int, k: Int, n: Int) -> Bool {
        let largest = SmallMatrix<Float>.maximum
        return (tiles >= 64 || SmallMatrix<Float>.isPanel(n: n, stride: n)) && max(k, n) <= largest && k * n <= 128 * 128
    }

    /// Maps of `n` columns for so many tiles that begin at the given places of `kernel` and have `k` rows.
    ///
    /// - Parameter arePanels: whether they were written as `PanelPlaces` says; they may be otherwise too, if they are one panel each.
    init(
        _ kernel: Storage<Float>, tiles: Int, n: Int, _ extents: [(start: Int, k: Int)], arePanels: Bool = false, _ workers: Workers
    ) {
        (self.kernel, self.n, self.extents) = (kernel, n, extents)
        guard Self.suitsPanels(tiles: tiles, k: extents.map(\.k).max() ?? 0, n: n) else {
            (panels, starts) = (nil, [])
            return
        }
        if arePanels || SmallMatrix<Float>.isPanel(n: n, stride: n) {
            (panels, starts) = (kernel, extents.map(\.start))
            return
        }
        let width = 8 * ColumnBlocks(n).halves
        let starts = extents.reduce(into: [0]) { $0.append($0.last! + width * $1.k) }
        let panels = Storage<Float>(count: starts.last!)
        workers.run(parts: extents.count, cost: starts.last! / extents.count) { numbers in
            for number in numbers {
                let (start, k) = extents[number]
                Kernels.layOutPanels(k: k, n: n, kernel.pointer + start, stride: n, isTransposed: false, panels.pointer + starts[number])
            }
        }
        (self.panels, self.starts) = (panels, starts)
    }

    /// `c = a M` for the rows of a block.
    func apply(_ number: Int, rows: Int, _ a: UnsafePointer<Float>, lda: Int, _ c: UnsafeMutablePointer<Float>, ldc: Int) {
        let (start, k) = extents[number]
        if let panels {
            Flops.add(2 * rows * n * k)
            Kernels.multiplyRows(rows, k: k, n: n, a, lda: lda, panels: panels.pointer + starts[number], adding: nil, c, ldc: ldc)
        } else {
            Kernels.gemm(m: rows, n: n, k: k, a: a, lda: lda, b: kernel.pointer + start, ldb: n, c: c, ldc: ldc)
        }
        withExtendedLifetime((kernel, panels)) {}
    }
}

/// `[rows, columns]` to `[columns, rows]`; rows lie `lda` and `ldb` numbers apart, next to each other if nil.
func transposeMatrix(
    _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, lda: Int? = nil, _ target: UnsafeMutablePointer<Float>, ldb: Int? = nil
) {
    cblas_somatcopy(
        CblasRowMajor, CblasTrans, blasint(rows), blasint(columns), 1, source, blasint(lda ?? columns), target, blasint(ldb ?? rows))
}

/// Writes a vector.
@inline(__always)
func store<V: FloatVector>(_ value: V, _ target: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(target).storeBytes(of: value, as: V.self)
}

/// Four values, `stride` apart.
@inline(__always)
func store<V: FloatVector>(_ values: (V, V, V, V), _ target: UnsafeMutablePointer<Float>, _ stride: Int) {
    store(values.0, target)
    store(values.1, target + stride)
    store(values.2, target + 2 * stride)
    store(values.3, target + 3 * stride)
}

/// Six values, `stride` apart.
@inline(__always)
func store<V: FloatVector>(_ values: (V, V, V, V, V, V), _ target: UnsafeMutablePointer<Float>, _ stride: Int) {
    store((values.0, values.1, values.2, values.3), target, stride)
    store(values.4, target + 4 * stride)
    store(values.5, target + 5 * stride)
}

/// Writes a vector, or the vector plus what lies `addend` numbers further.
///
/// If that is what was there, the first `skipping` lanes are left alone: another vector has done them.
@inline(__always)
func write<V: FloatVector>(_ value: V, to target: UnsafeMutablePointer<Float>, adding addend: Int?, skipping: Int) {
    guard let addend else { return store(value, target) }
    let old = V.load(UnsafePointer(target) + addend)
    var result = value + old
    // By a mask: vectors with lanes by number live in memory.
    if skipping > 0 && addend == 0 {
        var lanes = V()
        for lane in lanes.indices { lanes[lane] = Float(lane) }
        result.replace(with: old, where: lanes .< Float(skipping))
    }
    store(result, target)
}

/// Shares of the vectors of `lanes` numbers that cover `numbers` numbers, for workers of which each writes its own.
///
/// A last vector that is not full overlaps the one before, whose lanes it reads and writes again, so it goes with that one.
struct VectorShares: Sendable {
    private let numbers: Int
    private let lanes: Int

    init(of numbers: Int, lanes: Int) { (self.numbers, self.lanes) = (numbers, lanes) }

    var count: Int { max(1, numbers / lanes) }

    /// The vectors of some shares.
    func vectors(_ shares: Range<Int>) -> Range<Int> {
        shares.lowerBound..<(shares.upperBound == count ? (numbers + lanes - 1) / lanes : shares.upperBound)
    }
}

/// `y[i] = x[i]` for eight numbers or more: of tens of numbers the library's copy is mostly its call.
@inline(__always)
private func copyVectors(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    forEachVector(count, { store(SIMD16<Float>.load(x + $0), y + $0) }, { first, _ in store(SIMD8<Float>.load(x + first), y + first) })
}

/// Zeros in place of eight numbers or more.
@inline(__always)
private func clearVectors(_ count: Int, _ y: UnsafeMutablePointer<Float>) {
    forEachVector(count, { store(SIMD16<Float>(), y + $0) }, { first, _ in store(SIMD8<Float>(), y + first) })
}

/// Calls `body` for vectors that cover `channels` of at least eight: sixteen at a time, the last eight overlapping the ones before.
@inline(__always)
func forEachVector(
    _ channels: Int, _ wide: (_ first: Int) -> Void, _ narrow: (_ first: Int, _ skipping: Int) -> Void
) {
    assert(channels >= 8, "vectors of eight over \(channels) numbers")
    var c = 0
    while c + 16 <= channels {
        wide(c)
        c += 16
    }
    while c < channels {
        let first = min(c, channels - 8)
        narrow(first, c - first)
        c = first + 8
    }
}
