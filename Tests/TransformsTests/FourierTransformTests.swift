import Foundation
import Tensors
import Testing
import Transforms

@Suite struct FourierTransformTests {
    static let grids = [[1], [2], [8], [9], [17], [4, 6], [5, 7], [6, 9], [1, 4], [3, 4, 5], [4, 3, 6]]

    private func checkReal<S: Scalar>(_ type: S.Type, _ grid: [Int], channels: Int?) {
        let batch = 2
        let transform = RealFourierTransform<S>(grid: grid, batch: batch, channels: channels)
        let x: Tensor<S> = randomTensor([batch] + grid + (channels.map { [$0] } ?? []))
        let spectrum = transform.forward(x)
        #expect(spectrum.shape == [batch] + grid.dropLast() + [grid.last! / 2 + 1] + (channels.map { [$0] } ?? []) + [2])
        let expected = DenseFourier.transform(
            DenseFourier.pairs(x.scalars.map(Double.init)), grid: grid, batch: batch, channels: channels ?? 1,
            at: DenseFourier.indices(transform.halfGrid), sign: -1)
        #expect(relativeDifference(spectrum, expected) < tolerance(type))
        let kept = spectrum.copied()
        let back = transform.inverse(consuming: spectrum)
        #expect(relativeDifference(back, x) < tolerance(type))
        #expect(spectrum == kept, "a shared spectrum is copied before it is destroyed")
        let unscaled = transform.inverse(consuming: spectrum, scaling: .none)
        #expect(relativeDifference(unscaled, x.scalars.map { Double($0) * Double(grid.reduce(1, *)) }) < tolerance(type))
    }

    @Test(arguments: grids)
    func realTransformIsTheDenseSum(grid: [Int]) {
        for channels in [nil, 1, 3] {
            checkReal(Float.self, grid, channels: channels)
            checkReal(Double.self, grid, channels: channels)
        }
    }

    private func checkComplex<S: Scalar>(_ type: S.Type, _ grid: [Int], channels: Int?) {
        let batch = 2
        let transform = ComplexFourierTransform<S>(grid: grid, batch: batch, channels: channels)
        let x: Tensor<S> = randomTensor([batch] + grid + (channels.map { [$0] } ?? []) + [2])
        let spectrum = transform.forward(x)
        let expected = DenseFourier.transform(
            x.scalars.map(Double.init), grid: grid, batch: batch, channels: channels ?? 1, at: DenseFourier.indices(grid), sign: -1)
        #expect(relativeDifference(spectrum, expected) < tolerance(type))
        #expect(relativeDifference(transform.inverse(spectrum), x) < tolerance(type))
        var inPlace = x
        inPlace.withUnsafeMutablePointer { transform.forward($0, into: $0) }
        #expect(relativeDifference(inPlace, spectrum) < tolerance(type))
        inPlace.withUnsafeMutablePointer { transform.inverse($0, into: $0) }
        #expect(relativeDifference(inPlace, x) < tolerance(type))
    }

    @Test(arguments: grids)
    func complexTransformIsTheDenseSum(grid: [Int]) {
        for channels in [nil, 3] {
            checkComplex(Float.self, grid, channels: channels)
            checkComplex(Double.self, grid, channels: channels)
        }
    }

    @Test("addresses that are not aligned for SIMD give the same numbers")
    func unalignedAddresses() {
        let grid = [8, 10]
        let transform = RealFourierTransform<Double>(grid: grid)
        let storage: Tensor<Double> = randomTensor([transform.realCount + 1])
        let x = storage.rows(1..<transform.realCount + 1).copied().reshaped(grid)
        var spectrum = Tensor<Double>(uninitialized: [2 * transform.spectrumCount + 1])
        storage.withUnsafePointer { source in
            spectrum.withUnsafeMutablePointer { transform.forward(source + 1, into: $0 + 1) }
        }
        let expected = transform.forward(x)
        #expect(relativeDifference(spectrum.rows(1..<spectrum.count).copied(), expected) < 1e-14)
    }

    @Test func executionFromManyThreadsGivesTheSameBits() {
        let transform = RealFourierTransform<Float>(grid: [16, 20], channels: 5)
        let inputs: [Tensor<Float>] = (0..<8).map { randomTensor([16, 20, 5], seed: UInt64($0)) }
        let expected = inputs.map { transform.forward($0) }
        let wrong = Tensor<Float>([8, 50], repeating: 0)
        Workers(threads: 4).run(8) { index in
            for round in 0..<50 where transform.forward(inputs[index]) != expected[index] {
                // Each task writes its own elements only.
                UnsafeMutablePointer(mutating: wrong.basePointer)[index * 50 + round] = 1
            }
        }
        #expect(wrong.scalars.allSatisfy { $0 == 0 })
    }

    @Test func wisdomIsExportedAndImported() {
        _ = RealFourierTransform<Double>(grid: [30, 18])
        let wisdom = FourierPlanner.exportWisdom(for: Double.self)
        #expect(wisdom.contains("fftw-3"))
        #expect(FourierPlanner.importWisdom(wisdom, for: Double.self))
        #expect(!FourierPlanner.importWisdom("(not wisdom)", for: Double.self))
        #expect(!FourierPlanner.importWisdom(wisdom, for: Float.self))
    }
}
