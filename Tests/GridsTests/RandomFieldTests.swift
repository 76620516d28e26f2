import Foundation
import Grids
import Numerics
import Tensors
import Testing
import Transforms

@Suite struct SpectralGaussianFieldTests {
    static let smooth = PowerLawCovariance(amplitude: 2, tau: 3, alpha: 2.5, zeroMean: false)

    /// The expansion in eigenfunctions, mode by mode and point by point.
    private func slowSample(
        _ covariance: PowerLawCovariance, _ basis: SpectralGaussianField.Basis, _ grid: Grid, limit: Int, _ generator: Philox
    ) -> [Double] {
        let d = grid.dimension
        let range = basis == .fourier ? -limit...limit : basis == .cosine ? 0...limit : 1...limit
        var wavenumbers: [[Int]] = [[]]
        for _ in 0..<d { wavenumbers = wavenumbers.flatMap { k in range.map { k + [$0] } } }
        return (0..<grid.count).map { position in
            var (rest, x) = (position, [Double](repeating: 0, count: d))
            for axis in grid.axes.indices.reversed() {
                let a = grid.axes[axis]
                x[axis] = (a.coordinate(at: rest % a.count) - a.lower) / a.length
                rest /= a.count
            }
            return wavenumbers.reduce(0) { sum, k in
                let unit = basis == .fourier ? 2 * Double.pi : Double.pi
                let square = zip(k, grid.axes).reduce(0.0) { $0 + Double.pow(unit * Double($1.0) / $1.1.length, 2) }
                let deviation = covariance.standardDeviation(squaredFrequency: square)
                switch basis {
                case .fourier:
                    let sign = k.last { $0 != 0 }?.signum() ?? 0
                    if sign < 0 { return sum }
                    let (a, b) = generator.normalPair(at: WavenumberIndex.pack(signed: k))
                    if sign == 0 { return sum + deviation * a }
                    let phase = 2 * Double.pi * zip(k, x).reduce(0) { $0 + Double($1.0) * $1.1 }
                    return sum + deviation * Double.sqrt(2) * (a * Double.cos(phase) - b * Double.sin(phase))
                case .cosine, .sine:
                    let value = zip(k, x).reduce(1.0) { product, pair in
                        let phase = Double.pi * Double(pair.0) * pair.1
                        if basis == .sine { return product * Double.sqrt(2) * Double.sin(phase) }
                        return product * (pair.0 == 0 ? 1 : Double.sqrt(2) * Double.cos(phase))
                    }
                    return sum + deviation * value * generator.normal(at: WavenumberIndex.pack(k))
                }
            }
        }
    }

    static let cases: [(SpectralGaussianField.Basis, [Int], Axis.Location)] = [
        (.fourier, [8], .periodic), (.fourier, [9, 6], .periodic), (.fourier, [5, 4, 6], .periodic),
        (.cosine, [8], .nodes), (.cosine, [7], .centers), (.cosine, [6, 9], .centers), (.cosine, [5, 6], .nodes),
        (.cosine, [4, 5, 4], .centers), (.sine, [9], .nodes), (.sine, [8], .centers), (.sine, [6, 7], .nodes), (.sine, [5, 6], .centers),
        (.sine, [5, 4, 6], .nodes),
    ]

    @Test("samples equal the sum of eigenfunctions", arguments: cases)
    func samplesAreTheExpansion(basis: SpectralGaussianField.Basis, shape: [Int], location: Axis.Location) {
        let names = Grid.axisNames(dimension: shape.count)
        let grid = Grid(
            zip(names, shape).enumerated().map {
                Axis(name: $1.0, from: -1, to: 0.5 + Double($0), count: $1.1, location: location)
            })
        let limit = shape.min()! / 2 - 1
        let field = SpectralGaussianField(Self.smooth, basis: basis, grid: grid, maximalWavenumber: limit)
        let generator = Philox(seed: 5, stream: 17)
        let found = field.sample(generator)
        #expect(found.shape == shape)
        let expected = slowSample(Self.smooth, basis, grid, limit: limit, generator)
        for (found, expected) in zip(found.scalars, expected) { #expect(abs(found - expected) < 1e-13) }
    }

    @Test("a coarse grid shows the fine field without the modes that it cannot resolve", arguments: [1, 2, 3])
    func oneFunctionAtEveryResolution(dimension: Int) {
        let (coarse, fine) = (16, 32)
        let generator = Philox(seed: 1, stream: 2)
        func sample(_ n: Int, limit: Int? = nil) -> Tensor<Double> {
            let grid = Grid(shape: [Int](repeating: n, count: dimension), location: .periodic)
            return SpectralGaussianField(.navierStokes(), basis: .fourier, grid: grid, maximalWavenumber: limit).sample(generator)
        }
        let expected = sample(coarse)
        let full = sample(fine)
        // Restriction of the spectrum of the fine field to |k| < 8.
        let (from, to) = (ComplexFourierTransform<Double>(grid: full.shape), ComplexFourierTransform<Double>(grid: expected.shape))
        let spectrum = from.forward(Tensor([1] + full.shape + [2], full.scalars.flatMap { [$0, 0] }))
        var kept = Tensor<Double>([1] + expected.shape + [2])
        kept.withUnsafeMutablePointer { target in
            for position in 0..<to.count {
                var (rest, source, stride, inside) = (position, 0, 1, true)
                for _ in 0..<dimension {
                    let k = rest % coarse
                    rest /= coarse
                    inside = inside && 2 * k != coarse
                    source += (2 * k < coarse ? k : k + fine - coarse) * stride
                    stride *= fine
                }
                guard inside else { continue }
                for part in 0...1 { target[2 * position + part] = spectrum.basePointer[2 * source + part] / Double(from.count / to.count) }
            }
        }
        let restricted = to.inverse(kept)
        for position in 0..<expected.count {
            #expect(abs(restricted.basePointer[2 * position] - expected.basePointer[position]) < 1e-13)
            #expect(abs(restricted.basePointer[2 * position + 1]) < 1e-13)
        }
        // Band-limited, the two grids agree at the points they share.
        let limited = sample(fine, limit: 7)
        for position in 0..<expected.count {
            var (rest, source, stride) = (position, 0, 1)
            for _ in 0..<dimension {
                source += 2 * (rest % coarse) * stride
                rest /= coarse
                stride *= fine
            }
            #expect(abs(limited.basePointer[source] - expected.basePointer[position]) < 1e-13)
        }
    }

    @Test("nodes and centres show the same function", arguments: [SpectralGaussianField.Basis.cosine, .sine])
    func oneFunctionOnNodesAndCentres(basis: SpectralGaussianField.Basis) {
        let generator = Philox(seed: 3, stream: 4)
        func sample(_ n: Int, _ location: Axis.Location) -> Tensor<Double> {
            let grid = Grid(shape: [n, n], location: location)
            return SpectralGaussianField(.darcy(), basis: basis, grid: grid, maximalWavenumber: 6).sample(generator)
        }
        // Centres of 8 cells are the odd ones of 17 nodes.
        let (nodes, centres) = (sample(17, .nodes), sample(8, .centers))
        for y in 0..<8 { for x in 0..<8 { #expect(abs(nodes[2 * y + 1, 2 * x + 1] - centres[y, x]) < 1e-13) } }
        if basis == .sine {
            for x in 0..<17 { #expect(nodes[0, x] == 0 && nodes[16, x] == 0 && nodes[x, 0] == 0 && nodes[x, 16] == 0) }
        }
    }

    @Test("variances of the modes are the eigenvalues", arguments: SpectralGaussianField.Basis.allCases)
    func spectrumOfVariances(basis: SpectralGaussianField.Basis) {
        let n = 12
        let grid = Grid(shape: [n, n], location: basis == .fourier ? .periodic : .centers)
        let field = SpectralGaussianField(Self.smooth, basis: basis, grid: grid)
        let samples = 4000
        var sums = [Double](repeating: 0, count: n * n)
        let fourier = ComplexFourierTransform<Double>(grid: [n, n])
        let kinds: [TrigonometricKind] = basis == .sine ? [.sineII, .sineII] : [.cosineII, .cosineII]
        let trigonometric = TrigonometricTransform<Double>(grid: [n, n], kinds: kinds)
        for index in 0..<samples {
            let values = field.sample(Philox(seed: 9, stream: UInt64(index)))
            if basis == .fourier {
                let spectrum = fourier.forward(Tensor([1, n, n, 2], values.scalars.flatMap { [$0, 0] })).scalars
                for k in 0..<n * n { sums[k] += spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1] }
            } else {
                let spectrum = trigonometric.forward(values.reshaped([1, n, n])).scalars
                for k in 0..<n * n { sums[k] += spectrum[k] * spectrum[k] }
            }
        }
        for position in 0..<n * n {
            let entry = [position / n, position % n]
            let wavenumber = entry.map { basis == .fourier ? (2 * $0 <= n ? $0 : $0 - n) : basis == .sine ? $0 + 1 : $0 }
            let excluded = wavenumber.contains { basis == .fourier ? 2 * abs($0) == n : $0 == n }
            let unit = (basis == .fourier ? 2 : 1) * Double.pi
            let square = wavenumber.reduce(0.0) { $0 + Double.pow(unit * Double($1), 2) }
            let deviation = excluded ? 0 : Self.smooth.standardDeviation(squaredFrequency: square)
            // |FFT|^2 of a mode is (n^2 c)^2; a unit cosine or sine has the coefficient sqrt(2) n in each axis, a constant 2 n.
            let factor = basis == .fourier ? Double(n * n) : wavenumber.reduce(1) { $0 * Double(n) * ($1 == 0 ? 2 : Double.sqrt(2)) }
            let expected = Double.pow(deviation * factor, 2)
            let found = sums[position] / Double(samples)
            // Five standard errors of a mean of squares of normal numbers.
            #expect(abs(found - expected) <= 5 * expected * Double.sqrt(2 / Double(samples)) + 1e-20, "mode \(wavenumber)")
        }
    }

    @Test func lawsOfThePapers() {
        // GRF.m: tau^(alpha - 1) (pi^2 |k|^2 + tau^2)^(-alpha/2), constant term 0.
        let darcy = PowerLawCovariance.darcy()
        let square = Double.pi * Double.pi * 5
        #expect(abs(darcy.standardDeviation(squaredFrequency: square) - 3 / (square + 9)) < 1e-16)
        #expect(darcy.standardDeviation(squaredFrequency: 0) == 0)
        // random_fields.py: sqrt(2) sigma (4 pi^2 |k|^2 + tau^2)^(-alpha/2), sigma = 7^(3/2).
        let vorticity = PowerLawCovariance.navierStokes()
        let expected = Double.sqrt(2) * Double.pow(7, 1.5) * Double.pow(4 * square + 49, -1.25)
        #expect(abs(vorticity.standardDeviation(squaredFrequency: 4 * square) - expected) < 1e-15)
        // N(0, 625 (-Lap + 25)^-2): the mean has unit variance.
        #expect(PowerLawCovariance.burgersPaper.standardDeviation(squaredFrequency: 0) == 1)
        #expect(PowerLawCovariance.burgersReleased.standardDeviation(squaredFrequency: 0) == 0)
        let released = PowerLawCovariance.burgersReleased.standardDeviation(squaredFrequency: 100)
        #expect(abs(released - 49 * Double.pow(149, -1.25)) < 1e-15)
    }

    @Test func samplesAreIndependentOfEachOther() {
        let field = SpectralGaussianField(.darcy(), basis: .cosine, grid: Grid(shape: [16, 16], location: .centers))
        let (first, second) = (field.sample(Philox(seed: 1, stream: 1)), field.sample(Philox(seed: 1, stream: 2)))
        #expect(first != second)
        #expect(first == field.sample(Philox(seed: 1, stream: 1)))
    }
}

@Suite struct StationaryFieldTests {
    @Test(arguments: StationaryCovariance.Kind.allCases) func covarianceFunctions(kind: StationaryCovariance.Kind) {
        let covariance = StationaryCovariance(kind, variance: 2, length: 0.5)
        #expect(covariance.value(at: 0) == 2)
        let r = 0.6
        let expected =
            switch kind {
            case .exponential: Double.exp(-r)
            case .gaussian: Double.exp(-r * r)
            case .squaredExponential: Double.exp(-r * r / 2)
            case .cubic: 1 - 7 * r * r + 35 / 4 * r * r * r - 7 / 2 * Double.pow(r, 5) + 3 / 4 * Double.pow(r, 7)
            }
        #expect(abs(covariance.value(at: 0.3) - 2 * expected) < 1e-15)
        if kind == .cubic {
            #expect(covariance.value(at: 0.5) == 0)
            #expect(abs(covariance.value(at: 0.5 - 1e-9)) < 1e-14)
        }
    }

    @Test(
        "covariances of circulant samples",
        arguments: zip(StationaryCovariance.Kind.allCases, [Axis.Location.nodes, .centers, .nodes, .centers]))
    func circulantCovariance(kind: StationaryCovariance.Kind, location: Axis.Location) throws {
        let grid = Grid([
            Axis(name: "y", count: 7, location: location), Axis(name: "x", from: 0, to: 2, count: 9, location: location),
        ])
        let covariance = StationaryCovariance(kind, variance: 1.5, length: 0.25)
        let field = try CirculantGaussianField(covariance, grid: grid)
        #expect(field.clippedFraction < 1e-9)
        let points = [(0, 0), (0, 1), (1, 0), (3, 4), (6, 8), (2, 2)]
        let samples = 1500
        var sums = [Double](repeating: 0, count: points.count * points.count)
        for index in 0..<samples {
            let values = field.sample(Philox(seed: 2, stream: UInt64(index)))
            for (i, p) in points.enumerated() {
                for (j, q) in points.enumerated() { sums[i * points.count + j] += values[p.0, p.1] * values[q.0, q.1] }
            }
        }
        let (dy, dx) = (grid.axes[0].spacing, grid.axes[1].spacing)
        for (i, p) in points.enumerated() {
            for (j, q) in points.enumerated() {
                let distance = Double.hypot(Double(p.0 - q.0) * dy, Double(p.1 - q.1) * dx)
                let found = sums[i * points.count + j] / Double(samples)
                // Five standard errors: the variance of a product is at most 2 c(0)^2.
                #expect(abs(found - covariance.value(at: distance)) < 5 * 1.5 * Double.sqrt(2 / Double(samples)), "\(p) \(q)")
            }
        }
    }

    @Test func circulantSamplesAreOneFunctionAtEveryResolution() throws {
        let covariance = StationaryCovariance(.gaussian, length: 0.2)
        let generator = Philox(seed: 7, stream: 3)
        let coarse = try CirculantGaussianField(covariance, grid: Grid(shape: [33, 33], location: .nodes))
        let fine = try CirculantGaussianField(covariance, grid: Grid(shape: [65, 65], location: .nodes))
        #expect(coarse.embedding == fine.embedding)
        let (a, b) = (coarse.sample(generator), fine.sample(generator))
        for y in 0..<33 { for x in 0..<33 { #expect(abs(a[y, x] - b[2 * y, 2 * x]) < 1e-6) } }
    }

    @Test func hopelessCovariancesAreRefused() {
        let covariance = StationaryCovariance(.gaussian, length: 50)
        #expect(throws: GridsError.self) { try CirculantGaussianField(covariance, grid: Grid(shape: [9, 9], location: .nodes)) }
    }

    @Test func kernelSamplesHaveTheirCovariance() throws {
        let covariance = StationaryCovariance(.squaredExponential, variance: 2, length: 0.2)
        let field = try KernelGaussianField(covariance, nodes: 128)
        #expect(field.jitter <= 1e-9)
        let points = [0, 0.013, 0.1, 0.5, 0.91, 1]
        let samples = 2000
        var sums = [Double](repeating: 0, count: points.count * points.count)
        for index in 0..<samples {
            let values = field.sample(Philox(seed: 4, stream: UInt64(index)), at: points)
            for i in points.indices { for j in points.indices { sums[i * points.count + j] += values[i] * values[j] } }
        }
        for i in points.indices {
            for j in points.indices {
                let found = sums[i * points.count + j] / Double(samples)
                #expect(abs(found - covariance.value(at: points[i] - points[j])) < 5 * 2 * Double.sqrt(2 / Double(samples)))
            }
        }
    }

    @Test func kernelSamplesAreOneFunctionAtEveryResolution() throws {
        let field = try KernelGaussianField(StationaryCovariance(.squaredExponential, length: 0.2), nodes: 256)
        let generator = Philox(seed: 4, stream: 1)
        let coarse = field.sample(generator, on: Axis(name: "x", count: 11, location: .nodes))
        let fine = field.sample(generator, on: Axis(name: "x", count: 101, location: .nodes))
        for index in 0..<11 { #expect(abs(coarse[index] - fine[10 * index]) < 1e-12) }
    }
}
