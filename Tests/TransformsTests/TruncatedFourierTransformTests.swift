import Foundation
import Tensors
import Testing
import Transforms

@Suite struct TruncatedFourierTransformTests {
    struct Sizes: Sendable, CustomTestStringConvertible {
        let grid: [Int]
        let modes: FourierModes
        let channels: Int
        var testDescription: String { "\(grid) \(modes.shape) \(modes.leading) x \(channels)" }
    }

    /// 1 to 3 dimensions, even and odd extents, both mode sets, the last wavenumber at and below n/2, an arbitrary list, one channel.
    static let sizes: [Sizes] = [
        Sizes(grid: [16], modes: .corners([5]), channels: 3), Sizes(grid: [16], modes: .corners([9]), channels: 1),
        Sizes(grid: [15], modes: .corners([8]), channels: 2), Sizes(grid: [22], modes: .centred([9]), channels: 17),
        Sizes(grid: [1], modes: .corners([1]), channels: 2),
        Sizes(grid: [8, 12], modes: .corners([3, 4]), channels: 3), Sizes(grid: [9, 7], modes: .corners([4, 4]), channels: 2),
        Sizes(grid: [8, 6], modes: .corners([4, 4]), channels: 1), Sizes(grid: [12, 9], modes: .centred([6, 6]), channels: 5),
        Sizes(grid: [11, 10], modes: .centred([5, 10]), channels: 2), Sizes(grid: [10, 8], modes: .centred([10, 8]), channels: 2),
        Sizes(grid: [16, 10], modes: FourierModes(leading: [[5, -3, 0, 8]], last: 3), channels: 33),
        Sizes(grid: [6, 8, 10], modes: .corners([2, 3, 3]), channels: 3), Sizes(grid: [5, 6, 7], modes: .corners([2, 3, 4]), channels: 2),
        Sizes(grid: [6, 5, 4], modes: .centred([4, 3, 4]), channels: 2),
        // Frequencies that fill the accumulators of several tiles unevenly.
        Sizes(grid: [32, 32], modes: .corners([15, 15]), channels: 16), Sizes(grid: [128], modes: .corners([23]), channels: 16),
    ]

    /// Weights of `inverse`.
    private static func weights(_ sizes: Sizes) -> [Double] {
        sizes.modes.wavenumbers.map { $0.last! == 0 || 2 * $0.last! == sizes.grid.last! ? 1 : 2 }
    }

    /// weight_k sum_j x_j exp(-i theta).
    private static func analysis(_ x: [Double], _ sizes: Sizes, batch: Int, weights: [Double]) -> [Double] {
        let result = DenseFourier.transform(
            DenseFourier.pairs(x), grid: sizes.grid, batch: batch, channels: sizes.channels, at: wrapped(sizes), sign: -1)
        let row = 2 * sizes.channels
        return result.indices.map { result[$0] * weights[$0 / row % sizes.modes.count] }
    }

    private static func wrapped(_ sizes: Sizes) -> [[Int]] {
        sizes.modes.wavenumbers.map { k in zip(k, sizes.grid).map { ($0 + $1) % $1 } }
    }

    /// Re sum_k weight_k X_k exp(+i theta).
    private static func synthesis(_ coefficients: [Double], _ sizes: Sizes, batch: Int, weights: [Double]) -> [Double] {
        let points = DenseFourier.indices(sizes.grid)
        let (count, channels) = (sizes.modes.count, sizes.channels)
        var y = [Double](repeating: 0, count: batch * points.count * channels)
        for (mode, k) in wrapped(sizes).enumerated() {
            for (point, j) in points.enumerated() {
                let e = DenseFourier.phase(k, j, sizes.grid, sign: 1)
                for b in 0..<batch {
                    for c in 0..<channels {
                        let source = ((b * count + mode) * channels + c) * 2
                        let value = coefficients[source] * e.re - coefficients[source + 1] * e.im
                        y[(b * points.count + point) * channels + c] += weights[mode] * value
                    }
                }
            }
        }
        return y
    }

    private func check<S: Scalar>(_ type: S.Type, _ sizes: Sizes, _ implementation: TruncatedFourierImplementation) {
        let batch = 2
        let transform = TruncatedFourierTransform<S>(
            grid: sizes.grid, modes: sizes.modes, channels: sizes.channels, implementation: implementation)
        #expect(transform.analysisImplementation == implementation && transform.synthesisImplementation == implementation)
        let x: Tensor<S> = randomTensor([batch] + sizes.grid + [sizes.channels], seed: 2)
        let coefficients: Tensor<S> = randomTensor([batch, sizes.modes.count, sizes.channels, 2], seed: 3)
        let (fields, spectra) = (x.scalars.map(Double.init), coefficients.scalars.map(Double.init))
        let ones = sizes.modes.wavenumbers.map { _ in 1.0 }
        let half = Self.weights(sizes)
        let bound = tolerance(type)
        let count = Double(sizes.grid.reduce(1, *))
        let forward = Self.analysis(fields, sizes, batch: batch, weights: ones)
        #expect(relativeDifference(transform.forward(x), forward) < bound)
        #expect(relativeDifference(transform.forward(x, scale: 0.5), forward.map { $0 / 2 }) < bound)
        let inverse = Self.synthesis(spectra, sizes, batch: batch, weights: half)
        #expect(relativeDifference(transform.inverse(coefficients), inverse.map { $0 / count }) < bound)
        #expect(
            relativeDifference(transform.forwardAdjoint(coefficients), Self.synthesis(spectra, sizes, batch: batch, weights: ones)) < bound)
        #expect(
            relativeDifference(
                transform.inverseAdjoint(x, scale: 1), Self.analysis(fields, sizes, batch: batch, weights: half)) < bound)
        var sum = x
        sum.withUnsafeMutablePointer {
            transform.synthesise(coefficients.basePointer, into: $0, batch: batch, scale: 1, weights: .halfSpectrum, accumulate: true)
        }
        #expect(relativeDifference(sum, zip(fields, inverse).map { $0 + $1 }) < bound)
    }

    @Test(arguments: sizes)
    func everyImplementationIsTheDenseSum(sizes: Sizes) {
        for implementation in TruncatedFourierImplementation.allCases {
            check(Float.self, sizes, implementation)
            check(Double.self, sizes, implementation)
        }
    }

    @Test("<A x, y> = <x, A^T y>", arguments: sizes)
    func adjoints(sizes: Sizes) {
        for implementation in TruncatedFourierImplementation.allCases {
            let transform = TruncatedFourierTransform<Double>(
                grid: sizes.grid, modes: sizes.modes, channels: sizes.channels, implementation: implementation)
            let x: Tensor<Double> = randomTensor([1] + sizes.grid + [sizes.channels], seed: 5)
            let coefficients: Tensor<Double> = randomTensor([1, sizes.modes.count, sizes.channels, 2], seed: 6)
            func dot(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double { zip(a.scalars, b.scalars).reduce(0) { $0 + $1.0 * $1.1 } }
            let size = (dot(x, x) * dot(coefficients, coefficients)).squareRoot() * Double(sizes.grid.reduce(1, *)).squareRoot()
            #expect(abs(dot(transform.forward(x), coefficients) - dot(x, transform.forwardAdjoint(coefficients))) < 1e-14 * size)
            #expect(
                abs(dot(transform.inverse(coefficients, scale: 1), x) - dot(coefficients, transform.inverseAdjoint(x, scale: 1))) < 1e-14
                    * size)
        }
    }

    @Test func synthesisOnAFinerGridInterpolates() {
        let modes = FourierModes.corners([4, 5])
        let coarse = TruncatedFourierTransform<Double>(grid: [8, 12], modes: modes, channels: 2)
        let fine = TruncatedFourierTransform<Double>(grid: [16, 36], modes: modes, channels: 2)
        let coefficients = coarse.forward(randomTensor([1, 8, 12, 2]))
        let small = coarse.inverse(coefficients)
        let large = fine.inverse(coefficients, scale: 1 / 96)
        for (y, x) in [(0, 0), (3, 5), (7, 11)] {
            for c in 0..<2 { #expect(abs(small[0, y, x, c] - large[0, 2 * y, 3 * x, c]) < 1e-14) }
        }
    }

    @Test func keptModesAreListedInStorageOrder() {
        let corners = FourierModes.corners([2, 3])
        #expect(corners.leading == [[0, 1, -2, -1]] && corners.last == 3 && corners.shape == [4, 3] && corners.count == 12)
        #expect(corners.wavenumbers[7] == [-2, 1])
        #expect(FourierModes.centred([4, 6]).leading == [[-2, -1, 0, 1]] && FourierModes.centred([4, 6]).last == 4)
        #expect(FourierModes.centred([5, 7]).leading == [[-2, -1, 0, 1, 2]] && FourierModes.centred([5, 7]).last == 4)
        #expect(corners.isResolved(by: [4, 4]) && !corners.isResolved(by: [3, 4]) && !corners.isResolved(by: [4, 3]))
    }

    @Test func concurrentCallsGiveTheBitsOfOne() {
        let transform = TruncatedFourierTransform<Float>(grid: [16, 12], modes: [4, 4], channels: 8)
        let inputs: [Tensor<Float>] = (0..<8).map { randomTensor([2, 16, 12, 8], seed: UInt64($0)) }
        let expected = inputs.map { transform.inverse(transform.forward($0)) }
        let wrong = Tensor<Float>([8, 20], repeating: 0)
        Workers(threads: 4).run(8) { index in
            for round in 0..<20 where transform.inverse(transform.forward(inputs[index])) != expected[index] {
                // Each task writes its own elements only.
                UnsafeMutablePointer(mutating: wrong.basePointer)[index * 20 + round] = 1
            }
        }
        #expect(wrong.scalars.allSatisfy { $0 == 0 })
    }
}
