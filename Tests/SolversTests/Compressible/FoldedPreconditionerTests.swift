import Solvers
import Tensors
import Testing

/// The assembled Jacobian and its incomplete factorisation on a small C-grid, against plain loops over 8 x 8 matrices.
@Suite struct FoldedPreconditionerTests {
    private typealias Matrix = [[Double]]

    private let mesh: CurvilinearMesh
    private let preconditioner: FoldedPreconditioner
    private let width = 12
    private let rows = 4
    private let wake = 4

    init() throws {
        let settings = AirfoilGrid.Settings(
            family: .parabolic, wakeCells: 4, surfaceCells: 16, normalCells: 4, radius: 6, firstSpacing: 0.2)
        let grid = try AirfoilGrid(AirfoilShape(), settings)
        mesh = CurvilinearMesh(BlockTopology(columns: 24, rows: 4, wakeCells: 4, lower: .wall, upper: .open, ends: .open))
        mesh.update(x: grid.x.basePointer, y: grid.y.basePointer)
        preconditioner = FoldedPreconditioner(mesh)
    }

    /// A padded field with a state in every cell and ghost cell.
    private func field(_ state: (_ i: Int, _ j: Int) -> PrimitiveState) -> [Double] {
        var result = [Double](repeating: 1, count: 4 * mesh.layout.count)
        for j in -2..<rows + 2 {
            for i in -2..<2 * width + 2 { mesh.layout.put(state(i, j), &result, mesh.layout.index(i, j)) }
        }
        return result
    }

    /// The 8 x 8 block of one stored block pair; halves do not mix unless `mirror`, where each half multiplies the other.
    private func block(_ blocks: BlockPointer, _ pair: Int, mirror: Bool = false) -> Matrix {
        var result = Matrix(repeating: Array(repeating: 0, count: 8), count: 8)
        for k in 0..<4 {
            for row in 0..<8 { result[row][(row < 4) != mirror ? k : k + 4] = blocks[4 * pair + k][row] }
        }
        return result
    }

    private func isOnCut(_ m: Int, _ j: Int) -> Bool { j == 0 && m < wake }
    private func isInMiddle(_ m: Int) -> Bool { m == width - 1 }

    /// All blocks of the assembled matrix, by row and column pair.
    private func matrix() -> [[Int: Matrix]] {
        (0..<width * rows).map { pair in
            let (m, j) = (pair % width, pair / width)
            var row = [pair: block(preconditioner.diagonal, pair)]
            if m > 0 { row[pair - 1] = block(preconditioner.outward, pair) }
            if isInMiddle(m) {
                row[pair] = sum(row[pair]!, block(preconditioner.inward, pair, mirror: true), 1)
            } else {
                row[pair + 1] = block(preconditioner.inward, pair)
            }
            if j < rows - 1 { row[pair + width] = block(preconditioner.up, pair) }
            if j > 0 {
                row[pair - width] = block(preconditioner.down, pair)
            } else if isOnCut(m, j) {
                row[pair] = sum(row[pair]!, block(preconditioner.down, pair, mirror: true), 1)
            }
            return row
        }
    }

    private func sum(_ a: Matrix, _ b: Matrix, _ factor: Double) -> Matrix {
        zip(a, b).map { zip($0, $1).map { $0 + factor * $1 } }
    }
    private func product(_ a: Matrix, _ b: Matrix) -> Matrix {
        a.map { row in (0..<8).map { column in (0..<8).reduce(0) { $0 + row[$1] * b[$1][column] } } }
    }
    private func product(_ a: Matrix, _ x: [Double]) -> [Double] { a.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } } }
    private func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

    /// Gauss-Jordan with pivoting.
    private func inverse(_ matrix: Matrix) -> Matrix {
        var a = matrix.enumerated().map { row, values in values + (0..<8).map { $0 == row ? 1 : 0 } }
        for k in 0..<8 {
            a.swapAt(k, (k..<8).max { abs(a[$0][k]) < abs(a[$1][k]) }!)
            let pivot = a[k][k]
            a[k] = a[k].map { $0 / pivot }
            for row in 0..<8 where row != k {
                let factor = a[row][k]
                a[row] = difference(a[row], a[k].map { factor * $0 })
            }
        }
        return a.map { Array($0[8...]) }
    }

    @Test func solvesWithTheIncompleteFactorisation() {
        let generator = Philox(seed: 6, stream: 0)
        let state = field { i, j in
            func number(_ k: Int) -> Double { generator.uniform(at: 4 * ((j + 2) * 40 + i + 2) + k) }
            return PrimitiveState(0.8 + 0.4 * number(0), 0.5 + number(1), 0.6 * number(2) - 0.3, 0.8 + 0.4 * number(3))
        }
        preconditioner.assemble(state, gamma: 1.4, cfl: 20)
        let a = matrix()
        preconditioner.factorise(state, gamma: 1.4, cfl: 20)
        let b = (0..<preconditioner.folded.count).map { generator.normal(at: 10_000 + $0) }
        var found = [Double](repeating: 0, count: b.count)
        preconditioner.solve(b, into: &found)

        // From the outer row inwards, from the ends to the middle.
        let order = (0..<rows).reversed().flatMap { j in (0..<width).map { j * width + $0 } }
        let position = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        var pivots: [Int: Matrix] = [:]
        var x = [Int: [Double]]()
        for p in order {
            var pivot = a[p][p]!
            var rhs = Array(b[8 * p..<8 * p + 8])
            for (q, block) in a[p].sorted(by: { $0.key < $1.key }) where q != p && position[q]! < position[p]! {
                pivot = sum(pivot, product(block, product(pivots[q]!, a[q][p]!)), -1)
                rhs = difference(rhs, product(block, x[q]!))
            }
            if !isInMiddle(p % width) && !isOnCut(p % width, p / width) {
                for row in 0..<8 { for column in 0..<8 where (row < 4) != (column < 4) { pivot[row][column] = 0 } }
            }
            pivots[p] = inverse(pivot)
            x[p] = product(pivots[p]!, rhs)
        }
        for p in order.reversed() {
            for (q, block) in a[p].sorted(by: { $0.key < $1.key }) where q != p && position[q]! > position[p]! {
                x[p] = difference(x[p]!, product(pivots[p]!, product(block, x[q]!)))
            }
        }
        let scale = found.map(abs).max()!
        for p in order {
            for k in 0..<8 { #expect(abs(found[8 * p + k] - x[p]![k]) < 1e-10 * scale) }
        }
    }

    @Test func jacobianOfAUniformFlowVanishesOnUniformChanges() {
        let stream = FarField(mach: 0.8, angle: 0.1, gamma: 1.4).stream
        preconditioner.assemble(field { _, _ in stream }, gamma: 1.4, cfl: .infinity)
        let change = (0..<8).map { [0.3, -0.7, 0.2, 0.5][$0 % 4] }
        for (p, row) in matrix().enumerated() {
            let (m, j) = (p % width, p / width)
            // Cells at the wall and at the outer boundary have faces of another kind.
            guard m > 0, j < rows - 1, j > 0 || isOnCut(m, j) else { continue }
            var total = [Double](repeating: 0, count: 8)
            var size = 0.0
            for block in row.values {
                total = zip(total, product(block, change)).map { $0 + $1 }
                size = max(size, block.flatMap { $0 }.map(abs).max()!)
            }
            #expect(total.map(abs).max()! < 1e-13 * size)
        }
    }
}
