/// A small matrix `[k, n]` that many rows are multiplied by: a pointwise linear map of channels.
///
/// A general matrix product copies both operands into panels, which costs as much as the product itself when `k` and `n` are tens. Here, in single
/// precision, the rows are read where they lie, and the small matrix is laid out once in blocks of up to three whole vectors, or used as it lies if it is
/// one such block. Every sum runs in the order of `k`, whatever the number of rows.
package struct SmallMatrix<T: Scalar> {
    let k: Int
    let n: Int
    private let matrix: UnsafePointer<T>
    private let stride: Int
    private let isTransposed: Bool
    /// Blocks of columns one after the other, each `[k, 8 x halves]`, filled up with zeros; of a matrix with few columns its columns one after
    /// the other; nil where a general product serves better.
    private let panels: UnsafePointer<T>?
    /// Where the panels are kept, unless they are the matrix itself.
    private let storage: Storage<T>?
    private var isNarrow: Bool { n < 4 }

    /// Largest extents that are laid out in panels: the panel of three vectors stays in the first-level cache.
    package static var maximum: Int { 256 }

    /// Whether a matrix with rows `stride` apart is a panel as it lies.
    static func isPanel(n: Int, stride: Int, isTransposed: Bool = false) -> Bool {
        !isTransposed && stride == n && n % 8 == 0 && ColumnBlocks(n).count == 1
    }

    /// `matrix` is `[k, n]`, or `[n, k]` if transposed, with rows `stride` apart; it must outlive this value and stay as it is.
    package init(k: Int, n: Int, _ matrix: UnsafePointer<T>, stride: Int, isTransposed: Bool = false) {
        (self.k, self.n, self.matrix, self.stride, self.isTransposed) = (k, n, matrix, stride, isTransposed)
        guard T.self == Float.self, n <= Self.maximum, k <= Self.maximum else {
            (panels, storage) = (nil, nil)
            return
        }
        if Self.isPanel(n: n, stride: stride, isTransposed: isTransposed) {
            (panels, storage) = (matrix, nil)
            return
        }
        let storage = Storage<T>(count: n < 4 ? n * k : 8 * ColumnBlocks(n).halves * k)
        (panels, self.storage) = (UnsafePointer(storage.pointer), storage)
        if isNarrow {
            for j in 0..<n {
                for p in 0..<k { storage.pointer[j * k + p] = matrix[isTransposed ? j * stride + p : p * stride + j] }
            }
        } else {
            Kernels.layOutPanels(
                k: k, n: n, Kernels.floats(matrix), stride: stride, isTransposed: isTransposed, Kernels.floats(storage.pointer))
        }
    }

    /// `c = a M`, or `c = u + a M` with an addend that lies like `c`, perhaps `c` itself, for `rows` rows of `a` and `c` that lie `lda` and `ldc` apart.
    package func multiply(
        rows: Int, _ a: UnsafePointer<T>, lda: Int, adding addend: UnsafePointer<T>? = nil, _ c: UnsafeMutablePointer<T>, ldc: Int
    ) {
        guard let panels else {
            if let addend, addend != UnsafePointer(c) {
                for row in 0..<rows { Kernels.copy(n, addend + row * ldc, c + row * ldc) }
            }
            Kernels.generalProduct(
                m: rows, n: n, k: k, alpha: 1, a: a, lda: lda, transposeA: false, b: matrix, ldb: stride, transposeB: isTransposed,
                beta: addend == nil ? 0 : 1, c: c, ldc: ldc)
            return
        }
        Flops.add(2 * rows * n * k)
        withExtendedLifetime(storage) {
            let a: UnsafePointer<Float> = Kernels.floats(a)
            let c: UnsafeMutablePointer<Float> = Kernels.floats(c)
            let layout: UnsafePointer<Float> = Kernels.floats(panels)
            let addend = addend.map { Kernels.floats($0) as UnsafePointer<Float> - UnsafePointer(c) }
            if isNarrow {
                Kernels.multiplyByColumns(rows, k: k, n: n, a, lda: lda, columns: layout, adding: addend, c, ldc: ldc)
            } else {
                Kernels.multiplyRows(rows, k: k, n: n, a, lda: lda, panels: layout, adding: addend, c, ldc: ldc)
            }
        }
    }
}

/// How `n` columns are cut into blocks of one to three vectors of 16, counted in halves of vectors.
struct ColumnBlocks {
    let halves: Int
    let count: Int

    @inline(__always)
    init(_ n: Int) {
        halves = (n + 7) / 8
        count = (halves + 5) / 6
    }

    /// First half of a block; that of block `count` is the number of halves.
    @inline(__always)
    func start(_ block: Int) -> Int { count == 1 ? block * halves : block * halves / count }
}

/// Where the numbers of a map `[k, n]` lie in panels, in the order of `Kernels.layOutPanels`, for `n` a multiple of eight.
struct PanelPlaces: Sendable {
    private let k: Int
    private let n: Int
    private let blocks: ColumnBlocks

    init(k: Int, n: Int) {
        precondition(n % 8 == 0, "panels of vectors of eight over \(n) columns")
        (self.k, self.n, blocks) = (k, n, ColumnBlocks(n))
    }

    /// Whether they lie row by row.
    var areRows: Bool { blocks.count == 1 }

    /// Where the eight numbers lie that are number `index` and the next ones row by row.
    func place(_ index: Int) -> Int {
        let (row, column) = index.quotientAndRemainder(dividingBy: n)
        var block = 0
        while 8 * blocks.start(block + 1) <= column { block += 1 }
        let (first, end) = (8 * blocks.start(block), 8 * blocks.start(block + 1))
        return first * k + row * (end - first) + column - first
    }
}

extension Kernels {
    static func layOutPanels(
        k: Int, n: Int, _ matrix: UnsafePointer<Float>, stride: Int, isTransposed: Bool, _ panels: UnsafeMutablePointer<Float>
    ) {
        let blocks = ColumnBlocks(n)
        var target = panels
        for block in 0..<blocks.count {
            let first = 8 * blocks.start(block)
            let width = 8 * blocks.start(block + 1) - first
            let used = min(width, n - first)
            for p in 0..<k {
                if isTransposed {
                    for j in 0..<used { target[j] = matrix[(first + j) * stride + p] }
                } else {
                    target.update(from: matrix + p * stride + first, count: used)
                }
                for j in used..<width { target[j] = 0 }
                target += width
            }
        }
    }

    /// `c = a M`, plus what lies `addend` numbers further, if any, with the columns of `M` one after the other: an inner product for every number, in 16
    /// partial sums.
    static func multiplyByColumns(
        _ rows: Int, k: Int, n: Int, _ a: UnsafePointer<Float>, lda: Int, columns: UnsafePointer<Float>, adding addend: Int?,
        _ c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        let whole = k & ~15
        for r in 0..<rows {
            let row = a + r * lda
            for j in 0..<n {
                let column = columns + j * k
                var sums = Vector()
                var p = 0
                while p < whole {
                    sums = sums.addingProduct(Vector.load(row + p), Vector.load(column + p))
                    p += 16
                }
                let eight = sums.lowHalf + sums.highHalf
                let four = eight.lowHalf + eight.highHalf
                var sum = (four[0] + four[2]) + (four[1] + four[3])
                while p < k {
                    sum = sum.addingProduct(row[p], column[p])
                    p += 1
                }
                c[r * ldc + j] = addend.map { c[r * ldc + j + $0] + sum } ?? sum
            }
        }
    }

    /// `c = a M`, plus what lies `addend` numbers further, if any, with `M` in panels, eight rows at a time.
    static func multiplyRows(
        _ rows: Int, k: Int, n: Int, _ a: UnsafePointer<Float>, lda: Int, panels: UnsafePointer<Float>, adding addend: Int?,
        _ c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        let blocks = ColumnBlocks(n)
        // Few rows at a time, so that they stay in the first-level cache while they meet every block.
        let tile = blocks.count == 1 ? rows : max(8, min(rows, 8192 / max(k + n, 1)) & ~7)
        var start = 0
        while start < rows {
            let count = min(tile, rows - start)
            for block in 0..<blocks.count {
                let (first, last) = (blocks.start(block), blocks.start(block + 1))
                let lanes = min(8, n - 8 * (last - 1))
                let panel = panels + 8 * first * k
                let (x, y) = (a + start * lda, c + start * ldc + 8 * first)
                @inline(__always)
                func run<Row: VectorRow>(_ row: Row.Type) {
                    multiplyBlock(row, count, k: k, x, lda: lda, panel, adding: addend, y, ldc: ldc, lanes: lanes)
                }
                switch last - first {
                case 1: run(HalfRow.self)
                case 2: run(VectorRow2.self)
                case 3: run(VectorRow3.self)
                case 4: run(VectorRow4.self)
                case 5: run(VectorRow5.self)
                default: run(VectorRow6.self)
                }
            }
            start += count
        }
    }

    @inline(__always)
    private static func multiplyBlock<Row: VectorRow>(
        _ row: Row.Type, _ rows: Int, k: Int, _ a: UnsafePointer<Float>, lda: Int, _ panel: UnsafePointer<Float>, adding addend: Int?,
        _ c: UnsafeMutablePointer<Float>, ldc: Int, lanes: Int
    ) {
        var r = 0
        while r + 8 <= rows {
            multiplyTile(
                EightRows<Row>.self, k: k, a + r * lda, lda: lda, panel, adding: addend, c + r * ldc, ldc: ldc, lanes: lanes)
            r += 8
        }
        if r + 4 <= rows {
            multiplyTile(
                FourRows<Row>.self, k: k, a + r * lda, lda: lda, panel, adding: addend, c + r * ldc, ldc: ldc, lanes: lanes)
            r += 4
        }
        if r + 2 <= rows {
            multiplyTile(
                TwoRows<Row>.self, k: k, a + r * lda, lda: lda, panel, adding: addend, c + r * ldc, ldc: ldc, lanes: lanes)
            r += 2
        }
        if r < rows {
            multiplyTile(
                SingleRow<Row>.self, k: k, a + r * lda, lda: lda, panel, adding: addend, c + r * ldc, ldc: ldc, lanes: lanes)
        }
    }

    @inline(__always)
    private static func multiplyTile<Tile: RegisterTile>(
        _ tile: Tile.Type, k: Int, _ a: UnsafePointer<Float>, lda: Int, _ panel: UnsafePointer<Float>, adding addend: Int?,
        _ c: UnsafeMutablePointer<Float>, ldc: Int, lanes: Int
    ) {
        var sums = Tile.zero
        var b = panel
        for p in 0..<k {
            sums.add(Tile.Row.load(b), times: a + p, step: lda)
            b += 8 * Tile.Row.halves
        }
        sums.store(c, stride: ldc, lanes: lanes, adding: addend)
    }

    /// `c[i, j] (+)= sum_r a[r, i] b[r, j]`: the gradient of a small matrix from rows, `c` of `m x n`.
    static func multiplyTransposed(
        rows: Int, m: Int, n: Int, _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int, accumulate: Bool,
        _ c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        let blocks = ColumnBlocks(n)
        // Vectors that reach beyond the last column read the next row; after the last row there may be nothing to read.
        let padded = 8 * blocks.halves
        withUnsafeTemporaryAllocation(of: Float.self, capacity: padded) { copy in
            let lastRow = copy.baseAddress!
            lastRow.update(from: b + (rows - 1) * ldb, count: n)
            (lastRow + n).update(repeating: 0, count: padded - n)
            let tile = max(32, 8192 / max(m + n, 1))
            var start = 0
            while start < rows {
                let count = min(tile, rows - start)
                let hasLast = start + count == rows
                for block in 0..<blocks.count {
                    let (first, last) = (blocks.start(block), blocks.start(block + 1))
                    let lanes = min(8, n - 8 * (last - 1))
                    let (x, y) = (a + start * lda, b + start * ldb + 8 * first)
                    let final = hasLast ? UnsafePointer(lastRow + 8 * first) : nil
                    let (z, adds) = (c + 8 * first, accumulate || start > 0 ? 0 : nil)
                    switch last - first {
                    case 1: transposedBlock(HalfRow.self, count, m: m, x, lda, y, ldb, final, adds, z, ldc, lanes)
                    case 2: transposedBlock(VectorRow2.self, count, m: m, x, lda, y, ldb, final, adds, z, ldc, lanes)
                    case 3: transposedBlock(VectorRow3.self, count, m: m, x, lda, y, ldb, final, adds, z, ldc, lanes)
                    case 4: transposedBlock(VectorRow4.self, count, m: m, x, lda, y, ldb, final, adds, z, ldc, lanes)
                    case 5: transposedBlock(VectorRow5.self, count, m: m, x, lda, y, ldb, final, adds, z, ldc, lanes)
                    default: transposedBlock(VectorRow6.self, count, m: m, x, lda, y, ldb, final, adds, z, ldc, lanes)
                    }
                }
                start += count
            }
        }
    }

    @inline(__always)
    private static func transposedBlock<Row: VectorRow>(
        _ row: Row.Type, _ rows: Int, m: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
        _ lastRow: UnsafePointer<Float>?, _ addend: Int?, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ lanes: Int
    ) {
        var i = 0
        while i + 8 <= m {
            transposedTile(EightRows<Row>.self, rows, a + i, lda, b, ldb, lastRow, addend, c + i * ldc, ldc, lanes)
            i += 8
        }
        while i + 4 <= m {
            transposedTile(FourRows<Row>.self, rows, a + i, lda, b, ldb, lastRow, addend, c + i * ldc, ldc, lanes)
            i += 4
        }
        while i < m {
            transposedTile(SingleRow<Row>.self, rows, a + i, lda, b, ldb, lastRow, addend, c + i * ldc, ldc, lanes)
            i += 1
        }
    }

    @inline(__always)
    private static func transposedTile<Tile: RegisterTile>(
        _ tile: Tile.Type, _ rows: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
        _ lastRow: UnsafePointer<Float>?, _ addend: Int?, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ lanes: Int
    ) {
        var sums = Tile.zero
        for r in 0..<(lastRow == nil ? rows : rows - 1) { sums.add(Tile.Row.load(b + r * ldb), times: a + r * lda, step: 1) }
        if let lastRow { sums.add(Tile.Row.load(lastRow), times: a + (rows - 1) * lda, step: 1) }
        sums.store(c, stride: ldc, lanes: lanes, adding: addend)
    }
}
