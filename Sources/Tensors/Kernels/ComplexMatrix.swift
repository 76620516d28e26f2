/// A small complex matrix that complex rows are multiplied by, as a real matrix of twice the size.
///
/// With pairs (real, imaginary) side by side,
///
///     [y_r y_i] = [x_r x_i] [ w_r  w_i ]
///                           [-w_i  w_r ]
///
/// so that the rows of pairs lie in memory just as the rows of that product.
struct ComplexMatrix {
    private let k: Int
    private let n: Int
    private let panels: Storage<Float>

    /// Whether this is faster than a general complex product: laying out the matrix must be worth while.
    static func pays(rows: Int, _ k: Int, _ n: Int) -> Bool { rows >= 4 && n >= 4 && 2 * k <= 512 && 2 * n <= 512 }

    /// Memory for a `k x n` matrix.
    init(k: Int, n: Int) {
        (self.k, self.n) = (k, n)
        panels = Storage(count: 8 * ColumnBlocks(2 * n).halves * 2 * k)
    }

    /// Lays out `w`, `[k, n]` pairs, or the adjoint of `w`, `[n, k]` pairs.
    func set(_ w: UnsafePointer<Float>, isAdjoint: Bool) {
        // A pair is one number of 64 bits, the imaginary part above.
        let source = UnsafeRawPointer(w).assumingMemoryBound(to: UInt64.self)
        var target = UnsafeMutableRawPointer(panels.pointer).assumingMemoryBound(to: UInt64.self)
        let (signOfReal, signOfImaginary): (UInt64, UInt64) = (1 << 31, 1 << 63)
        let blocks = ColumnBlocks(2 * n)
        for block in 0..<blocks.count {
            let first = 4 * blocks.start(block)
            let width = 4 * blocks.start(block + 1) - first
            let used = min(width, n - first)
            for p in 0..<k {
                let second = target + width
                if isAdjoint {
                    for j in 0..<used {
                        let pair = source[(first + j) * k + p]
                        target[j] = pair ^ signOfImaginary
                        second[j] = pair << 32 | pair >> 32
                    }
                } else {
                    let row = source + p * n + first
                    for j in 0..<used {
                        let pair = row[j]
                        target[j] = pair
                        second[j] = (pair << 32 | pair >> 32) ^ signOfReal
                    }
                }
                for j in used..<width { (target[j], second[j]) = (0, 0) }
                target += 2 * width
            }
        }
    }

    /// `c = a M` for rows of pairs that lie `lda` and `ldc` real numbers apart.
    func multiply(rows: Int, _ a: UnsafePointer<Float>, lda: Int, _ c: UnsafeMutablePointer<Float>, ldc: Int) {
        Flops.add(8 * rows * k * n)
        Kernels.multiplyRows(
            rows, k: 2 * k, n: 2 * n, a, lda: lda, panels: UnsafePointer(panels.pointer), adding: nil, c, ldc: ldc)
    }
}

/// Few rows of pairs `g`, and the same times `-i`, side by side in whole vectors, for sums over them of products.
struct ComplexRows {
    private let rows: Int
    private let n: Int
    private let width: Int
    private let copies: Storage<Float>

    /// Memory for `rows` rows of `n` pairs.
    init(rows: Int, n: Int) {
        (self.rows, self.n) = (rows, n)
        width = 8 * ColumnBlocks(2 * n).halves
        copies = Storage(count: 2 * rows * width)
        copies.pointer.update(repeating: 0, count: copies.count)
    }

    /// Takes rows that lie `stride` real numbers apart.
    func set(_ g: UnsafePointer<Float>, stride: Int) {
        for r in 0..<rows {
            let source = UnsafeRawPointer(g + r * stride).assumingMemoryBound(to: UInt64.self)
            let target = UnsafeMutableRawPointer(copies.pointer + 2 * r * width).assumingMemoryBound(to: UInt64.self)
            let second = target + width / 2
            for j in 0..<n {
                let pair = source[j]
                target[j] = pair
                second[j] = (pair << 32 | pair >> 32) ^ (1 << 63)
            }
        }
    }

    /// `c[i, j] = sum_r conj(x[r, i]) g[r, j]` for `m` pairs in each row of `x`.
    func addProducts(m: Int, _ x: UnsafePointer<Float>, lda: Int, _ c: UnsafeMutablePointer<Float>, ldc: Int) {
        Flops.add(8 * rows * m * n)
        let blocks = ColumnBlocks(2 * n)
        for block in 0..<blocks.count {
            let (first, last) = (blocks.start(block), blocks.start(block + 1))
            let lanes = min(8, 2 * n - 8 * (last - 1))
            let target = c + 8 * first
            switch last - first {
            case 1: addBlock(HalfRow.self, m, x, lda, 8 * first, target, ldc, lanes)
            case 2: addBlock(VectorRow2.self, m, x, lda, 8 * first, target, ldc, lanes)
            case 3: addBlock(VectorRow3.self, m, x, lda, 8 * first, target, ldc, lanes)
            case 4: addBlock(VectorRow4.self, m, x, lda, 8 * first, target, ldc, lanes)
            case 5: addBlock(VectorRow5.self, m, x, lda, 8 * first, target, ldc, lanes)
            default: addBlock(VectorRow6.self, m, x, lda, 8 * first, target, ldc, lanes)
            }
        }
    }

    @inline(__always)
    private func addBlock<Row: VectorRow>(
        _ row: Row.Type, _ m: Int, _ x: UnsafePointer<Float>, _ lda: Int, _ column: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int,
        _ lanes: Int
    ) {
        var i = 0
        while i + 8 <= m {
            addTile(EightRows<Row>.self, x + 2 * i, lda, column, c + i * ldc, ldc, lanes)
            i += 8
        }
        if i + 4 <= m {
            addTile(FourRows<Row>.self, x + 2 * i, lda, column, c + i * ldc, ldc, lanes)
            i += 4
        }
        while i < m {
            addTile(SingleRow<Row>.self, x + 2 * i, lda, column, c + i * ldc, ldc, lanes)
            i += 1
        }
    }

    @inline(__always)
    private func addTile<Tile: RegisterTile>(
        _ tile: Tile.Type, _ x: UnsafePointer<Float>, _ lda: Int, _ column: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ lanes: Int
    ) {
        var sums = Tile.zero
        let start = UnsafePointer(copies.pointer + column)
        for r in 0..<rows {
            let g = start + 2 * r * width
            sums.add(Tile.Row.load(g), times: x + r * lda, step: 2)
            sums.add(Tile.Row.load(g + width), times: x + r * lda + 1, step: 2)
        }
        sums.store(c, stride: ldc, lanes: lanes, adding: nil)
    }
}
