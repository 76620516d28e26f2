import Foundation
import Tensors
import Testing
import Transforms

@Suite struct WavenumberTests {
    @Test func orderIsThatOfTheTransform() {
        #expect(Wavenumbers.integers(6) == [0, 1, 2, -3, -2, -1] && Wavenumbers.integers(5) == [0, 1, 2, -2, -1])
        #expect(Wavenumbers.halfIntegers(6) == [0, 1, 2, 3] && Wavenumbers.halfIntegers(5) == [0, 1, 2])
        #expect(Wavenumbers.angular(4, length: Double.pi) == [0, 2, -4, -2])
        #expect(Wavenumbers.angular(4, length: Double.pi, isNyquistZero: true) == [0, 2, 0, -2])
        #expect(Wavenumbers.angularHalf(4, length: Double.pi, isNyquistZero: true) == [0, 2, 0])
        #expect(Wavenumbers.angularHalf(5, length: Double.pi, isNyquistZero: true) == [0, 2, 4])
    }

    @Test("the mask keeps products of kept waves free of aliases, and no smaller mask is needed", arguments: [8, 9, 12, 15, 16])
    func dealiasing(n: Int) {
        let largest = Wavenumbers.largestDealiased(n)
        #expect(n - 2 * largest > largest)
        #expect(n - 2 * (largest + 1) <= largest + 1)
        let mask: Tensor<Double> = Wavenumbers.dealiasingMask(grid: [n, 10])
        #expect(mask.shape == [n, 6])
        #expect(mask.scalars.reduce(0, +) == Double((2 * largest + 1) * 4))
        #expect(mask[largest, 3] == 1 && mask[n - largest, 0] == 1 && mask[largest + 1, 0] == 0 && mask[0, 4] == 0)
    }
}

@Suite struct SpectralDerivativeTests {
    /// A field with wavenumbers up to 3 and its derivative of orders (a, b), both in closed form.
    private static func field(_ grid: [Int], _ lengths: [Double], _ orders: [Int]) -> Tensor<Double> {
        var values: [Double] = []
        for i in 0..<grid[0] {
            for j in 0..<grid[1] {
                var sum = 0.0
                for (k, l, phase) in [(1.0, 2.0, 0.3), (3.0, -1.0, 1.1), (0.0, 3.0, 0.7)] {
                    let (p, q) = (2 * .pi * k / lengths[0], 2 * .pi * l / lengths[1])
                    let argument = 2 * .pi * (k * Double(i) / Double(grid[0]) + l * Double(j) / Double(grid[1])) + phase
                    sum += pow(p, Double(orders[0])) * pow(q, Double(orders[1])) * cos(argument + .pi / 2 * Double(orders[0] + orders[1]))
                }
                values.append(sum)
            }
        }
        return Tensor(grid, values)
    }

    @Test(arguments: [[8, 8], [9, 7], [8, 9]])
    func derivativesOfWavesAreExact(grid: [Int]) {
        let lengths = [2.0, 3.5]
        let derivative = SpectralDerivative<Double>(grid: grid, lengths: lengths)
        let x = Self.field(grid, lengths, [0, 0])
        for orders in [[1, 0], [0, 1], [2, 0], [1, 1], [0, 3], [2, 2], [0, 0]] {
            #expect(relativeDifference(derivative(x, orders: orders), Self.field(grid, lengths, orders)) < 1e-13)
        }
        let sum = zip(Self.field(grid, lengths, [2, 0]).scalars, Self.field(grid, lengths, [0, 2]).scalars).map { $0 + $1 }
        #expect(relativeDifference(derivative.laplacian(x), sum) < 1e-13)
        #expect(relativeDifference(derivative.gradient(x)[1], Self.field(grid, lengths, [0, 1])) < 1e-13)
    }

    @Test func theSawtoothWaveHasNoOddDerivative() {
        let x = Tensor<Double>([6], [1, -1, 1, -1, 1, -1])
        let derivative = SpectralDerivative<Double>(grid: [6], lengths: [2 * .pi])
        #expect(derivative(x, orders: [1]).scalars.allSatisfy { abs($0) < 1e-14 })
        #expect(relativeDifference(derivative(x, orders: [2]), x.scalars.map { -9 * $0 }) < 1e-14)
    }

    @Test func channelsAndBatchesAreIndependent() {
        let derivative = SpectralDerivative<Float>(grid: [6, 5], lengths: [1, 1], batch: 2, channels: 3)
        let single = SpectralDerivative<Float>(grid: [6, 5], lengths: [1, 1])
        let x: Tensor<Float> = randomTensor([2, 6, 5, 3])
        let all = derivative(x, orders: [1, 1])
        for b in 0..<2 {
            for c in 0..<3 {
                let one = Tensor<Float>([6, 5], (0..<30).map { x[b, $0 / 5, $0 % 5, c] })
                let expected = single(one, orders: [1, 1])
                let found = Tensor<Float>([6, 5], (0..<30).map { all[b, $0 / 5, $0 % 5, c] })
                #expect(relativeDifference(found, expected) < 1e-5)
            }
        }
    }
}

@Suite struct SpectralResamplerTests {
    /// Positions of the points in units of the period (Fourier) or of the interval.
    private static func positions(_ basis: SpectralBasis, _ n: Int) -> [Double] {
        (0..<n).map { j in
            let index = Double(j)
            switch basis {
            case .fourier: return index / Double(n)
            case .cosineI: return index / Double(n - 1)
            case .cosineII, .sineII: return (index + 0.5) / Double(n)
            case .sineI: return (index + 1) / Double(n + 1)
            }
        }
    }

    /// A function of the basis with wavenumbers up to 3.
    private static func function(_ basis: SpectralBasis, _ x: Double) -> Double {
        switch basis {
        case .fourier: 0.4 + cos(2 * .pi * x + 0.3) - 0.5 * sin(4 * .pi * x + 1)
        case .cosineI, .cosineII: 0.4 + cos(.pi * x) - 0.5 * cos(3 * .pi * x)
        case .sineI, .sineII: sin(.pi * x) - 0.5 * sin(3 * .pi * x)
        }
    }

    @Test("what both grids resolve is exact", arguments: SpectralBasis.allCases)
    func resolvedFieldsAreExact(basis: SpectralBasis) {
        for (n, m) in [(8, 13), (13, 8), (9, 16), (16, 7), (6, 5), (5, 6), (7, 7)] {
            let resample = SpectralResampler<Double>(from: [n], to: [m], bases: [basis])
            let x = Tensor<Double>([n], Self.positions(basis, n).map { Self.function(basis, $0) })
            let expected = Self.positions(basis, m).map { Self.function(basis, $0) }
            #expect(relativeDifference(resample(x), expected) < 1e-13, "\(basis) \(n) to \(m)")
        }
    }

    @Test("refining, then coarsening is the identity; transposes but for the sawtooth", arguments: SpectralBasis.allCases)
    func refinementAndCoarsening(basis: SpectralBasis) {
        for (n, m) in [(6, 10), (6, 7), (7, 8), (7, 12), (2, 5)] {
            let refine = SpectralResampler<Double>(from: [n, 3], to: [m, 3], bases: [basis, .fourier])
            let coarsen = SpectralResampler<Double>(from: [m, 3], to: [n, 3], bases: [basis, .fourier])
            let x: Tensor<Double> = randomTensor([n, 3])
            #expect(relativeDifference(coarsen(refine(x)), x) < 1e-13, "\(basis) \(n) to \(m)")
            guard basis == .fourier else { continue }
            let y: Tensor<Double> = randomTensor([m, 3], seed: 4)
            // x = smooth + sawtooth, where sawtooth is the wave (-1)^j of even n.
            var (smooth, sawtooth) = (x, Tensor<Double>([n, 3]))
            if n % 2 == 0 {
                for column in 0..<3 {
                    var amplitude = 0.0
                    for j in 0..<n { amplitude += (j % 2 == 0 ? x[j, column] : -x[j, column]) / Double(n) }
                    for j in 0..<n {
                        sawtooth[j, column] = j % 2 == 0 ? amplitude : -amplitude
                        smooth[j, column] -= sawtooth[j, column]
                    }
                }
            }
            func product(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
                zip(a.scalars, b.scalars).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.shape[0])
            }
            #expect(abs(product(refine(smooth), y) - product(smooth, coarsen(y))) < 1e-13, "\(n) to \(m)")
            #expect(abs(2 * product(refine(sawtooth), y) - product(sawtooth, coarsen(y))) < 1e-13, "\(n) to \(m)")
        }
    }

    @Test func refinementInterpolatesSharedPointsInThreeDimensions() {
        let refine = SpectralResampler<Float>(from: [4, 5, 6], to: [8, 10, 12], batch: 2, channels: 3)
        let x: Tensor<Float> = randomTensor([2, 4, 5, 6, 3])
        let fine = refine(x)
        #expect(fine.shape == [2, 8, 10, 12, 3])
        var largest: Float = 0
        for index in 0..<x.count {
            let c = index % 3
            let (k, j, i, b) = (index / 3 % 6, index / 18 % 5, index / 90 % 4, index / 360)
            largest = max(largest, abs(fine[b, 2 * i, 2 * j, 2 * k, c] - x[b, i, j, k, c]))
        }
        #expect(largest < 5e-6)
    }
}

@Suite struct InPlaceFourierTransformTests {
    @Test(arguments: [[12], [6, 8], [5, 7], [4, 5, 6]])
    func spectraAreThoseOfTheOutOfPlaceTransform(grid: [Int]) {
        let fields = 3
        let transform = InPlaceFourierTransform<Double>(grid: grid, fields: fields)
        let reference = RealFourierTransform<Double>(grid: grid, batch: fields)
        let x: Tensor<Double> = randomTensor([fields] + grid)
        var block = transform.makeBlock()
        #expect(block.count == transform.count)
        let (row, rows) = (grid.last!, x.count / grid.last!)
        func values() -> [Double] { (0..<x.count).map { block.scalars[$0 / row * transform.rowStride + $0 % row] } }
        block.withUnsafeMutablePointer { pointer in
            for index in 0..<rows { for j in 0..<row { pointer[index * transform.rowStride + j] = x.scalars[index * row + j] } }
            transform.toSpectra(pointer)
        }
        #expect(relativeDifference(block.reshaped([block.count]), reference.forward(x).reshaped([block.count])) < 1e-14)
        block.withUnsafeMutablePointer { transform.toFields($0) }
        #expect(relativeDifference(x, values().map { $0 * transform.inverseFactor }) < 1e-14)
    }

    @Test("a dealiased product in place is the convolution of the spectra")
    func dealiasedProduct() {
        let (n, largest) = (16, Wavenumbers.largestDealiased(16))
        let transform = InPlaceFourierTransform<Double>(grid: [n], fields: 2)
        var block = transform.makeBlock()
        let generator = Philox(seed: 9, stream: 0)
        var spectra = [[(re: Double, im: Double)]](repeating: [], count: 2)
        block.withUnsafeMutablePointer { pointer in
            for field in 0..<2 {
                for k in 0...n / 2 {
                    let isKept = k <= largest
                    let value = (
                        re: isKept ? generator.normal(at: 4 * k + 2 * field) : 0,
                        im: isKept && k > 0 ? generator.normal(at: 4 * k + 2 * field + 1) : 0
                    )
                    spectra[field].append(value)
                    pointer[field * transform.fieldStride + 2 * k] = value.re
                    pointer[field * transform.fieldStride + 2 * k + 1] = value.im
                }
            }
            transform.toFields(pointer)
            for j in 0..<transform.fieldStride { pointer[j] *= pointer[j + transform.fieldStride] }
            transform.toSpectra(pointer)
        }
        func wave(_ field: Int, _ k: Int) -> (re: Double, im: Double) {
            guard abs(k) <= n / 2 else { return (0, 0) }
            let value = spectra[field][abs(k)]
            return k < 0 ? (value.re, -value.im) : value
        }
        for k in 0...largest {
            var (re, im) = (0.0, 0.0)
            for p in -largest...largest {
                let (a, b) = (wave(0, p), wave(1, k - p))
                re += a.re * b.re - a.im * b.im
                im += a.re * b.im + a.im * b.re
            }
            #expect(abs(block.scalars[2 * k] * transform.inverseFactor - re) < 1e-12)
            #expect(abs(block.scalars[2 * k + 1] * transform.inverseFactor - im) < 1e-12)
        }
    }
}
