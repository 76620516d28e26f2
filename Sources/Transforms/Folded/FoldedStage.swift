import Tensors

/// The axis transform by sums over cosines and sines folded at their symmetries: a quarter of the products for even n, half for odd n.
///
/// cos(2 pi k j / n) and sin(2 pi k j / n) have at j, n - j and, for even n, n/2 - j, n/2 + j one value up to a sign that depends on the parity of
/// k. So the points are added and subtracted first, and one product serves two or four of them (the first step of a radix-4 FFT, without
/// the restriction of n to its powers). Sums are kept in registers for a register's width of columns; each value is read once.
///
/// Columns that do not fill a register are collected from several blocks into one.
struct FoldedStage<S: Scalar>: AxisStage {
    private let n: Int
    private let functionCount: Int
    private let analysisTiles: [Tile]
    private let synthesisTiles: [Tile]

    /// Scalars in a register.
    private static var width: Int { S.self == Float.self ? SIMD16<Float>.count : SIMD8<Double>.count }
    /// Bytes of the first-level cache that the points of a pass should leave room in, or, of lines too long for that, what every tile reads.
    private static var passBytes: Int { 16 << 10 }

    /// What one kernel computes: some of the functions (analysis) or some of the points (synthesis).
    private struct Tile: Sendable {
        var kernel: FoldedKernel
        var table: Tensor<S>
        var rows: [Int]
        var classCounts = (0, 0, 0, 0)
        var points = 0..<0
    }

    init(_ frequencies: AxisFrequencies) {
        n = frequencies.n
        functionCount = frequencies.functionCount
        let isEven = n % 2 == 0
        // Rows of the functions with one symmetry: (even, odd) frequencies for even n, all together for odd n.
        let count = frequencies.magnitudes.count
        let indices = Array(0..<count)
        let classes = isEven ? [0, 1].map { parity in indices.filter { frequencies.magnitudes[$0] % 2 == parity } } : [indices]
        analysisTiles = FoldedStage.makeAnalysisTiles(frequencies, classes)
        synthesisTiles = FoldedStage.makeSynthesisTiles(frequencies, classes)
    }

    private static func makeAnalysisTiles(_ frequencies: AxisFrequencies, _ classes: [[Int]]) -> [Tile] {
        let n = frequencies.n
        let count = frequencies.magnitudes.count
        let isEven = n % 2 == 0
        // Accumulators for each class: two classes for even n, one for odd n.
        let all = FoldedKernelSizes.sizes(for: S.self)
        let sizes = isEven ? all.analyseEven.map { [$0.0, $0.1] } : all.analyseOdd.map { [$0] }
        let tileCount = zip(classes, sizes.last!).map { ($0.count + $1 - 1) / $1 }.max()!
        // The tile with the first row comes last, for what the others write after a block's last row, see `analyse`.
        return (0..<tileCount).reversed().map { tile in
            let parts = classes.map { Array($0[part(tile, of: tileCount, $0.count)]) }
            let size = sizes.first { zip($0, parts).allSatisfy { $0 >= $1.count } }!
            var rows: [Int] = []
            for offset in [0, count] {
                // Accumulators without a function write to the row after the last, see `analyse`.
                for (part, size) in zip(parts, size) { rows += (0..<size).map { $0 < part.count ? part[$0] + offset : 2 * count } }
            }
            var values: [S] = []
            for j in 0..<(isEven ? n / 4 + 1 : (n + 1) / 2) {
                let isDouble = j == 0 || 4 * j == n
                values += rows.map { $0 == 2 * count ? 0 : S(frequencies.value($0, at: j) * (isDouble ? 0.5 : 1)) }
            }
            return Tile(
                kernel: foldedKernel(isEven ? .analyseEven(even: size[0], odd: size[1]) : .analyseOdd(size[0]), S.self),
                table: Tensor([values.count], values), rows: rows)
        }
    }

    private static func makeSynthesisTiles(_ frequencies: AxisFrequencies, _ classes: [[Int]]) -> [Tile] {
        let n = frequencies.n
        let count = frequencies.magnitudes.count
        let isEven = n % 2 == 0
        let all = FoldedKernelSizes.sizes(for: S.self)
        let sizes = isEven ? all.synthesiseEven : all.synthesiseOdd
        let steps = isEven ? n / 4 + 1 : (n + 1) / 2
        let tileCount = (steps + sizes.last! - 1) / sizes.last!
        let sines = classes.map { $0.filter { frequencies.magnitudes[$0] != 0 }.map { $0 + count } }
        let lists = classes + sines
        let counts = lists.map(\.count) + [0, 0]
        return (0..<tileCount).map { tile in
            let points = part(tile, of: tileCount, steps)
            let size = sizes.first { $0 >= points.count }!
            let rows = lists.flatMap { $0 }
            var values: [S] = []
            // Points past the last one have sums too, which are not stored.
            for row in rows { values += (0..<size).map { $0 < points.count ? S(frequencies.value(row, at: points.lowerBound + $0)) : 0 } }
            return Tile(
                kernel: foldedKernel(isEven ? .synthesiseEven(size) : .synthesiseOdd(size), S.self), table: Tensor([values.count], values),
                rows: rows, classCounts: (counts[0], counts[1], counts[2], counts[3]), points: points)
        }
    }

    /// Part `index` of `count` things divided evenly into `parts`, larger parts first.
    private static func part(_ index: Int, of parts: Int, _ count: Int) -> Range<Int> {
        let (size, rest) = count.quotientAndRemainder(dividingBy: parts)
        let start = index * size + min(index, rest)
        return start..<start + size + (index < rest ? 1 : 0)
    }

    /// Writes up to one row (`inner` scalars) after the last coefficient.
    @specialized(where S == Float)
    @specialized(where S == Double)
    func analyse(_ x: UnsafePointer<S>, outer: Int, inner: Int, into coefficients: UnsafeMutablePointer<S>) {
        // The row after a block's last is the first of the next one, which is written afterwards: in ascending blocks, and by the last tile.
        run(analysisTiles, reading: n, UnsafeMutablePointer(mutating: x), coefficients, outer: outer, inner: inner, accumulate: false)
        collectColumns(outer: outer, inner: inner) { columns, buffer in
            let functions = buffer + n * FoldedStage.width
            copy(n, columns, inner, UnsafeMutablePointer(mutating: x), n * inner, buffer, isGather: true)
            run(analysisTiles, reading: n, buffer, functions, outer: 1, inner: FoldedStage.width, accumulate: false)
            copy(functionCount, columns, inner, coefficients, functionCount * inner, functions, isGather: false)
        }
    }

    @specialized(where S == Float)
    @specialized(where S == Double)
    func synthesise(
        _ coefficients: UnsafePointer<S>, outer: Int, inner: Int, into y: UnsafeMutablePointer<S>, accumulate: Bool
    ) {
        let source = UnsafeMutablePointer(mutating: coefficients)
        run(synthesisTiles, reading: functionCount, y, source, outer: outer, inner: inner, accumulate: accumulate)
        collectColumns(outer: outer, inner: inner) { columns, buffer in
            let functions = buffer + n * FoldedStage.width
            copy(functionCount, columns, inner, source, functionCount * inner, functions, isGather: true)
            if accumulate { copy(n, columns, inner, y, n * inner, buffer, isGather: true) }
            run(synthesisTiles, reading: functionCount, buffer, functions, outer: 1, inner: FoldedStage.width, accumulate: accumulate)
            copy(n, columns, inner, y, n * inner, buffer, isGather: false)
        }
    }

    /// Runs the kernels over the columns that fill registers; several tiles, which each read all `rows` of a column, go together over as
    /// many columns as stay in the cache.
    private func run(
        _ tiles: [Tile], reading rows: Int, _ points: UnsafeMutablePointer<S>, _ functions: UnsafeMutablePointer<S>, outer: Int,
        inner: Int, accumulate: Bool
    ) {
        let width = FoldedStage.width
        let registers = inner / width
        guard registers > 0 else { return }
        // One multiplication and addition for each entry of the tables, two additions to fold a point, for each column.
        Flops.addOther((2 * tiles.reduce(0) { $0 + $1.table.count } + 2 * n) * outer * registers * width)
        let fitting = [n, rows].lazy.map { FoldedStage.passBytes / ($0 * width * MemoryLayout<S>.stride) }.first { $0 > 0 } ?? 1
        let registersAtOnce = tiles.count == 1 ? registers : min(registers, fitting)
        let blocksAtOnce = tiles.count == 1 ? outer : max(1, fitting / registers)
        for block in stride(from: 0, to: outer, by: blocksAtOnce) {
            for register in stride(from: 0, to: registers, by: registersAtOnce) {
                for tile in tiles {
                    tile.rows.withUnsafeBufferPointer { rows in
                        tile.kernel(
                            FoldedRun(
                                n: n, points: points + block * n * inner + register * width, pointStride: inner, pointBlock: n * inner,
                                functions: functions + block * functionCount * inner + register * width, functionStride: inner,
                                functionBlock: functionCount * inner, outer: min(blocksAtOnce, outer - block),
                                registers: min(registersAtOnce, registers - register), table: tile.table.basePointer,
                                rows: rows.baseAddress!, classCounts: tile.classCounts, tilePoints: tile.points, accumulate: accumulate))
                    }
                }
            }
        }
    }

    /// A run of neighbouring columns of one block, and where they go in the collected register.
    private struct Columns {
        let block: Int
        let first: Int
        let count: Int
        let lane: Int
    }

    /// Calls `body` for each register's width of the columns that `run` leaves over, with memory for their points and functions.
    private func collectColumns(outer: Int, inner: Int, _ body: ([Columns], UnsafeMutablePointer<S>) -> Void) {
        let width = FoldedStage.width
        let first = inner / width * width
        guard first < inner else { return }
        let buffer = Storage<S>(count: (n + functionCount + 1) * width)
        // Lanes that hold no column still go through the sums; old contents could be slow (denormal) numbers.
        buffer.pointer.update(repeating: 0, count: buffer.count)
        var columns: [Columns] = []
        var lane = 0
        for block in 0..<outer {
            var column = first
            while column < inner {
                let count = min(inner - column, width - lane)
                columns.append(Columns(block: block, first: column, count: count, lane: lane))
                column += count
                lane += count
                if lane == width {
                    body(columns, buffer.pointer)
                    columns.removeAll(keepingCapacity: true)
                    lane = 0
                }
            }
        }
        if lane > 0 { body(columns, buffer.pointer) }
    }

    /// Copies rows of columns between an array `[block, row, inner]` and the collected register.
    private func copy(
        _ rowCount: Int, _ columns: [Columns], _ inner: Int, _ array: UnsafeMutablePointer<S>, _ blockStride: Int,
        _ collected: UnsafeMutablePointer<S>, isGather: Bool
    ) {
        for part in columns {
            let far = array + part.block * blockStride + part.first
            let near = collected + part.lane
            if isGather {
                copyRows(rowCount, part.count, far, inner, near, FoldedStage.width)
            } else {
                copyRows(rowCount, part.count, near, FoldedStage.width, far, inner)
            }
        }
    }
}

/// Copies `rows` rows of `count` scalars between arrays of different row strides.
@specialized(where S == Float)
@specialized(where S == Double)
private func copyRows<S: Scalar>(
    _ rows: Int, _ count: Int, _ source: UnsafeMutablePointer<S>, _ sourceStride: Int, _ target: UnsafeMutablePointer<S>,
    _ targetStride: Int
) {
    if count % 4 == 0 {
        for row in 0..<rows {
            let (from, to) = (source + row * sourceStride, target + row * targetStride)
            for i in stride(from: 0, to: count, by: 4) {
                let four = UnsafeRawPointer(from + i).loadUnaligned(as: SIMD4<S>.self)
                UnsafeMutableRawPointer(to + i).storeBytes(of: four, as: SIMD4<S>.self)
            }
        }
    } else {
        for row in 0..<rows {
            let (from, to) = (source + row * sourceStride, target + row * targetStride)
            for i in 0..<count { to[i] = from[i] }
        }
    }
}
