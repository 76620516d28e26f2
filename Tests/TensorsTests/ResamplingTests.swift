import Tensors
import Testing

@Suite struct ResamplingTests {
    static let maps: [LinearResampling] = [
        .averagePool(8, factor: 2), .averagePool(7, factor: 3), .nearest(3, to: 6), .nearest(5, to: 7), .linear(6, to: 12),
        .linear(5, to: 9, alignsCorners: true), .linear(9, to: 4), .cubic(4, to: 8), .cubic(2, to: 4), .cubic(7, to: 5),
        .cubic(6, to: 12, mode: .circular), .linear(5, to: 10, mode: .circular), .cubic(1, to: 2, mode: .circular),
        .window(6, 2..<5), .window(6, -2..<9), .window(5, -2..<9, mode: .circular), .window(5, -4..<9, mode: .reflect),
        .window(3, -3..<5, mode: .replicate),
    ]

    @Test(arguments: maps)
    func isItsMatrix(map: LinearResampling) {
        let (m, n) = (map.outputCount, map.inputCount)
        let matrix = map.matrix
        for (outer, inner) in [(1, 1), (3, 1), (2, 3), (1, 24), (2, 29), (1, 64)] {
            let x: Tensor<Double> = normal([outer, n, inner], stream: 1)
            let g: Tensor<Double> = normal([outer, m, inner], stream: 2)
            let (xs, gs) = (x.scalars, g.scalars)
            var (y, back) = ([Double](repeating: 0, count: outer * m * inner), [Double](repeating: 0, count: outer * n * inner))
            for o in 0..<outer {
                for i in 0..<m {
                    for j in 0..<n {
                        for r in 0..<inner {
                            y[(o * m + i) * inner + r] += matrix[i * n + j] * xs[(o * n + j) * inner + r]
                            back[(o * n + j) * inner + r] += matrix[i * n + j] * gs[(o * m + i) * inner + r]
                        }
                    }
                }
            }
            #expect(relativeDifference(map(x, axis: 1), Tensor([outer, m, inner], y)) < 1e-14)
            #expect(relativeDifference(map.transpose(g, axis: -2), Tensor([outer, n, inner], back)) < 1e-14)
            #expect(relativeDifference(map(x.cast(to: Float.self), axis: 1), Tensor([outer, m, inner], y)) < 1e-6)
        }
        #expect(map.transpose.transpose == map)
    }

    /// The weights of cubic convolution with a = -3/4 at t = 1/4 are (-27, 225, 67, -9) / 256; at the ends the outermost point collects
    /// the weights of the points beyond it.
    @Test func cubicByHand() {
        let w = [-27.0, 225, 67, -9].map { $0 / 256 }
        let expected: [[Double]] = [
            [w[3] + w[2] + w[1], w[0], 0, 0], [w[0] + w[1], w[2], w[3], 0], [w[3] + w[2], w[1], w[0], 0], [w[0], w[1], w[2], w[3]],
            [w[3], w[2], w[1], w[0]], [0, w[0], w[1], w[2] + w[3]], [0, w[3], w[2], w[1] + w[0]], [0, 0, w[0], w[1] + w[2] + w[3]],
        ]
        #expect(LinearResampling.cubic(4, to: 8).matrix == expected.flatMap { $0 })
    }

    /// Periodic interpolation commutes with shifts by whole input points; away from the ends it is the one of a field that is not periodic.
    @Test func periodicInterpolation() {
        for (periodic, open) in [
            (LinearResampling.cubic(8, to: 16, mode: .circular), LinearResampling.cubic(8, to: 16)),
            (LinearResampling.linear(8, to: 16, mode: .circular), LinearResampling.linear(8, to: 16)),
        ] {
            let (p, o) = (periodic.matrix, open.matrix)
            for i in 0..<16 {
                for j in 0..<8 {
                    #expect(p[i * 8 + j] == p[(i + 2) % 16 * 8 + (j + 1) % 8])
                    if (4..<12).contains(i) { #expect(p[i * 8 + j] == o[i * 8 + j]) }
                }
            }
        }
    }

    @Test func linearByHand() {
        #expect(LinearResampling.linear(3, to: 6).matrix.map { $0 * 4 } == [4, 0, 0, 3, 1, 0, 1, 3, 0, 0, 3, 1, 0, 1, 3, 0, 0, 4])
        let aligned = LinearResampling.linear(3, to: 6, alignsCorners: true).matrix
        for (value, expected) in zip(aligned, [5.0, 0, 0, 3, 2, 0, 1, 4, 0, 0, 4, 1, 0, 2, 3, 0, 0, 5]) {
            #expect(abs(value * 5 - expected) < 1e-14)
        }
        // Halving with half-pixel centres averages pairs.
        #expect(LinearResampling.linear(6, to: 3).matrix == LinearResampling.averagePool(6, factor: 2).matrix)
        #expect(LinearResampling.nearest(5, to: 7).matrix.enumerated().filter { $1 == 1 }.map { $0.offset % 5 } == [0, 0, 1, 2, 2, 3, 4])
    }

    /// Cubic convolution with a = -1/2 reproduces quadratics, with any `a` constants; linear interpolation reproduces straight lines.
    @Test func reproducesPolynomials() {
        let square: Tensor<Double> = Tensor([12, 1], (0..<12).map { Double($0 * $0) })
        let fine = LinearResampling.cubic(12, to: 36, a: -0.5)(square, axis: 0).scalars
        for i in 6..<30 {
            let position = (Double(i) + 0.5) / 3 - 0.5
            #expect(abs(fine[i] - position * position) < 1e-12)
        }
        for map in [LinearResampling.cubic(9, to: 20), .linear(9, to: 20), .nearest(9, to: 20), .linear(9, to: 20, alignsCorners: true)] {
            for y in map(Tensor<Double>([9], repeating: 1), axis: 0).scalars { #expect(abs(y - 1) < 1e-15) }
        }
    }
}
