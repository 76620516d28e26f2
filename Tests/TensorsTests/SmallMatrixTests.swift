import Tensors
import TestSupport
import Testing

/// Products with small matrices against sums in Float64, on extents that fill vectors, panels and register tiles in every way.
@Suite struct SmallMatrixTests {
    struct Extents: Sendable, CustomTestStringConvertible {
        let rows: Int
        let k: Int
        let n: Int
        var testDescription: String { "\(rows) x \(k) times \(k) x \(n)" }

        init(_ rows: Int, _ k: Int, _ n: Int) {
            self.rows = rows
            self.k = k
            self.n = n
        }
    }

    static let extents = [
        Extents(64, 1, 8), Extents(65, 3, 32), Extents(71, 20, 20), Extents(200, 40, 40), Extents(130, 32, 128), Extents(129, 128, 1),
        Extents(90, 37, 2), Extents(64, 160, 40), Extents(77, 40, 160), Extents(100, 5, 11), Extents(1000, 17, 49), Extents(66, 256, 256),
        Extents(3, 7, 9), Extents(300, 300, 20), Extents(64, 8, 300), Extents(512, 128, 3), Extents(80, 9, 15), Extents(100, 2, 17),
        Extents(1, 24, 24), Extents(8, 24, 24), Extents(15, 96, 24), Extents(5, 3, 48), Extents(63, 7, 16),
        Extents(33, 128, 32), Extents(2, 200, 40), Extents(7, 9, 1),
    ]

    private func random(_ shape: [Int], _ seed: UInt64) -> Tensor<Float> { randomTensor(shape, seed: seed) }

    /// `op(a) op(b) + beta c` by definition.
    private func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: (Int, Int) -> Float, _ b: (Int, Int) -> Float, _ beta: Double, _ c: (Int, Int) -> Float
    ) -> Tensor<Double> {
        var values: [Double] = []
        for i in 0..<m {
            for j in 0..<n {
                values.append((0..<k).reduce(beta * Double(c(i, j))) { $0 + Double(a(i, $1)) * Double(b($1, j)) })
            }
        }
        return Tensor([m, n], values)
    }

    @Test(arguments: extents, [false, true])
    func rowsTimesMatrix(_ size: Extents, isTransposed: Bool) {
        let (rows, k, n) = (size.rows, size.k, size.n)
        // Rows lie further apart than they are long.
        let (lda, ldc) = (k + 3, n + 5)
        let a = random([rows, lda], 1)
        // A narrow matrix without gaps between its rows is used where it lies.
        for (gap, beta) in [(2, 0), (2, 1), (0, 0), (0, 1)] as [(Int, Float)] {
            let b = random(isTransposed ? [n, k + gap] : [k, n + gap], 2)
            let before = random([rows, ldc], 3)
            let c = before.copied()
            Kernels.gemm(
                m: rows, n: n, k: k, a: a.basePointer, lda: lda, b: b.basePointer, ldb: b.shape[1], transposeB: isTransposed, beta: beta,
                c: c.kernelPointer, ldc: ldc)
            let expected = product(rows, n, k, { a[$0, $1] }, { isTransposed ? b[$1, $0] : b[$0, $1] }, Double(beta)) { before[$0, $1] }
            let found = Tensor([rows, n], (0..<(rows * n)).map { c[$0 / n, $0 % n] })
            #expect(relativeDistance(found, expected) < 1e-6)
            let untouched = (0..<rows).allSatisfy { r in (n..<ldc).allSatisfy { c[r, $0] == before[r, $0] } }
            #expect(untouched, "numbers beyond the last column were changed")
        }
    }

    @Test(arguments: extents, [false, true])
    func rowsTimesMatrixPlusRowsElsewhere(_ size: Extents, isTransposed: Bool) {
        func check<Element: Scalar>(_ type: Element.Type, tolerance: Double) {
            let (rows, k, n) = (size.rows, size.k, size.n)
            let ldc = n + 3
            let a: Tensor<Element> = randomTensor([rows, k], seed: 1)
            let b: Tensor<Element> = randomTensor(isTransposed ? [n, k] : [k, n], seed: 2)
            let (addend, c): (Tensor<Element>, Tensor<Element>) = (randomTensor([rows, ldc], seed: 3), randomTensor([rows, ldc], seed: 4))
            let before = c.copied()
            let matrix = SmallMatrix(k: k, n: n, b.basePointer, stride: b.shape[1], isTransposed: isTransposed)
            matrix.multiply(rows: rows, a.basePointer, lda: k, adding: addend.basePointer, c.kernelPointer, ldc: ldc)
            let expected = product(
                rows, n, k, { Float(Double(a[$0, $1])) }, { Float(Double(isTransposed ? b[$1, $0] : b[$0, $1])) }, 1
            ) { Float(Double(addend[$0, $1])) }
            let found = Tensor([rows, n], (0..<(rows * n)).map { c[$0 / n, $0 % n] })
            #expect(relativeDistance(found, expected) < tolerance)
            #expect((0..<rows).allSatisfy { r in (n..<ldc).allSatisfy { c[r, $0] == before[r, $0] } })
        }
        check(Float.self, tolerance: 1e-6)
        check(Double.self, tolerance: 1e-6)
    }

    @Test(arguments: extents)
    func sumOverRowsOfProducts(_ size: Extents) {
        let (rows, m, n) = (size.rows, size.k, size.n)
        for (gap, beta) in [(0, 0), (0, 1), (3, 0), (3, 1)] as [(Int, Float)] {
            let (a, b) = (random([rows, m + gap], 4), random([rows, n + gap], 5))
            let before = random([m, n], 6)
            let c = before.copied()
            Kernels.gemm(
                m: m, n: n, k: rows, a: a.basePointer, lda: m + gap, transposeA: true, b: b.basePointer, ldb: n + gap, beta: beta,
                c: c.kernelPointer, ldc: n)
            let expected = product(m, n, rows, { a[$1, $0] }, { b[$0, $1] }, Double(beta)) { before[$0, $1] }
            #expect(relativeDistance(c, expected) < 1e-6)
        }
    }

    @Test("a row's sums do not depend on the other rows")
    func rowsAreIndependent() {
        // The second is used where it lies.
        for n in [50, 24] {
            let (a, b) = (random([100, 40], 7), random([40, n], 8))
            let matrix = SmallMatrix(k: 40, n: n, b.basePointer, stride: n)
            let (all, parts) = (Tensor<Float>([100, n]), Tensor<Float>([100, n]))
            matrix.multiply(rows: 100, a.basePointer, lda: 40, all.kernelPointer, ldc: n)
            for (start, count) in [(0, 1), (1, 13), (14, 86)] {
                matrix.multiply(rows: count, a.basePointer + start * 40, lda: 40, parts.kernelPointer + start * n, ldc: n)
            }
            #expect(all == parts)
        }
    }
}

/// Mixing of modes against the complex sums in Float64.
@Suite struct ModeMixingTests {
    struct Extents: Sendable, CustomTestStringConvertible {
        let batch: Int
        let modes: Int
        let input: Int
        let output: Int
        var testDescription: String { "\(batch) samples, \(modes) modes, \(input) to \(output) channels" }

        init(_ batch: Int, _ modes: Int, _ input: Int, _ output: Int) {
            self.batch = batch
            self.modes = modes
            self.input = input
            self.output = output
        }
    }

    @Test(arguments: [
        Extents(1, 3, 4, 5), Extents(4, 2, 4, 4), Extents(10, 3, 32, 32), Extents(7, 2, 20, 20), Extents(10, 2, 40, 40),
        Extents(5, 2, 3, 17),
        Extents(19, 2, 13, 7), Extents(4, 1, 64, 64),
    ])
    func isTheSum(_ size: Extents) {
        let (batch, modes, input, output) = (size.batch, size.modes, size.input, size.output)
        let x: Tensor<Float> = randomTensor([batch, modes, input, 2], seed: 1)
        let w: Tensor<Float> = randomTensor([modes, input, output, 2], seed: 2)
        let g: Tensor<Float> = randomTensor([batch, modes, output, 2], seed: 3)
        func run<E: Scalar>(_ x: Tensor<E>, _ w: Tensor<E>, _ g: Tensor<E>) -> [Tensor<E>] {
            let y = Tensor<E>([batch, modes, output, 2])
            let gx = Tensor<E>([batch, modes, input, 2])
            let gw = Tensor<E>([modes, input, output, 2])
            Kernels.mixModes(
                batch: batch, modes: modes, input: input, output: output, x: x.basePointer, w: w.basePointer, y: y.kernelPointer)
            Kernels.mixModesInputGradient(
                batch: batch, modes: modes, input: input, output: output, gy: g.basePointer, w: w.basePointer, gx: gx.kernelPointer)
            Kernels.mixModesWeightGradient(
                batch: batch, modes: modes, input: input, output: output, x: x.basePointer, gy: g.basePointer, gw: gw.kernelPointer)
            return [y, gx, gw]
        }
        var expected = [
            Tensor<Double>([batch, modes, output, 2]), Tensor<Double>([batch, modes, input, 2]), Tensor<Double>([modes, input, output, 2]),
        ]
        func pair(_ t: Tensor<Float>, _ i: Int, _ j: Int, _ k: Int) -> (Double, Double) { (Double(t[i, j, k, 0]), Double(t[i, j, k, 1])) }
        for b in 0..<batch {
            for m in 0..<modes {
                for i in 0..<input {
                    for o in 0..<output {
                        let ((xr, xi), (wr, wi), (gr, gi)) = (pair(x, b, m, i), pair(w, m, i, o), pair(g, b, m, o))
                        expected[0][b, m, o, 0] += xr * wr - xi * wi
                        expected[0][b, m, o, 1] += xr * wi + xi * wr
                        expected[1][b, m, i, 0] += gr * wr + gi * wi
                        expected[1][b, m, i, 1] += gi * wr - gr * wi
                        expected[2][m, i, o, 0] += xr * gr + xi * gi
                        expected[2][m, i, o, 1] += xr * gi - xi * gr
                    }
                }
            }
        }
        for (found, wanted) in zip(run(x, w, g), expected) { #expect(relativeDistance(found, wanted) < 1e-6) }
        let double = run(x.cast(to: Double.self), w.cast(to: Double.self), g.cast(to: Double.self))
        for (found, wanted) in zip(double, expected) { #expect(relativeDistance(found, wanted) < 1e-13) }
    }
}
