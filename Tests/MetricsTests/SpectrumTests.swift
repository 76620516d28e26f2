import Foundation
import Metrics
import Tensors
import Testing

@Suite struct FourierMetricTests {
    /// `amplitude * cos(2 pi (n . x) + phase)` on the unit box.
    func wave(_ shape: [Int], _ n: [Int], amplitude: Double, phase: Double = 0.3) -> Tensor<Double> {
        let count = shape.reduce(1, *)
        return Tensor(
            shape,
            (0..<count).map { flat in
                var (rest, angle) = (flat, phase)
                for axis in stride(from: shape.count - 1, through: 0, by: -1) {
                    angle += 2 * .pi * Double(n[axis] * (rest % shape[axis])) / Double(shape[axis])
                    rest /= shape[axis]
                }
                return amplitude * cos(angle)
            })
    }

    func sum(_ fields: Tensor<Double>...) -> Tensor<Double> {
        Tensor(fields[0].shape, fields[0].scalars.indices.map { index in fields.reduce(0) { $0 + $1.scalars[index] } })
    }

    @Test(
        "single waves fall into their band with their root mean square",
        arguments: [
            ([0, 0], "low"), ([2, -3], "low"), ([0, 4], "mid"), ([-4, 0], "mid"), ([8, 8], "mid"), ([0, 12], "high"), ([9, -9], "high"),
        ])
    func bands(n: [Int], band: String) throws {
        let shape = [32, 30]
        let truth = wave(shape, [1, 1], amplitude: 2)
        let error = wave(shape, n, amplitude: 0.5, phase: 0.4)
        let prediction = sum(truth, error)
        let size = n == [0, 0] ? 0.5 * cos(0.4) : 0.5 / 2.0.squareRoot()
        for name in ["low", "mid", "high"] {
            let expected = name == band ? size : 0
            let value = try Metric.named("fourier-\(name)").value(prediction: prediction, truth: truth, on: .periodicBox(shape))
            let relative = try Metric.named("relative-fourier-\(name)").value(prediction: prediction, truth: truth, on: .periodicBox(shape))
            #expect(abs(value - expected) < 1e-12 && abs(relative - expected / 2.0.squareRoot()) < 1e-12)
        }
    }

    @Test("bands add up to RMSE and relative L2, for any parity and dimension", arguments: [[64], [63], [24, 27], [31, 30], [8, 26, 9]])
    func parseval(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let truth = Tensor<Double>(shape, Philox(seed: 4, stream: 0).normals(count))
        let prediction = Tensor<Double>(shape, Philox(seed: 4, stream: 1).normals(count))
        let geometry = FieldGeometry.periodicBox(shape, length: 3)
        for (prefix, whole) in [("fourier", Metric.rmse), ("relative-fourier", Metric.relativeL2)] {
            let parts = try ["low", "mid", "high"].map {
                try Metric.named("\(prefix)-\($0)").value(prediction: prediction, truth: truth, on: geometry)
            }
            let total = try whole.value(prediction: prediction, truth: truth, on: geometry)
            #expect(abs(parts.reduce(0) { $0 + $1 * $1 }.squareRoot() / total - 1) < 1e-12)
        }
    }

    @Test("fRMSE: amplitude of each ring, averaged over the rings of the band")
    func rings() throws {
        let shape = [40, 40]
        let truth = Tensor<Double>(shape)
        // Rings 1 (two waves) and 3 of the four low rings.
        let prediction = sum(
            wave(shape, [1, 0], amplitude: 3), wave(shape, [1, 1], amplitude: 4), wave(shape, [0, -3], amplitude: 2))
        let value = try Metric.ringFourierLow.value(prediction: prediction, truth: truth, on: .periodicBox(shape))
        #expect(abs(value - (5 / 2.0.squareRoot() + 2 / 2.0.squareRoot()) / 4) < 1e-12)
        #expect(try Metric.ringFourierMid.value(prediction: prediction, truth: truth, on: .periodicBox(shape)) < 1e-12)
    }

    @Test("spectral H1 of single waves: exact wavenumbers in physical units")
    func spectralH1() throws {
        let shape = [20, 16]
        let geometry = FieldGeometry(shape: shape, spacing: [4.0 / 20, 2.0 / 16], periodic: [true, true])
        let truth = wave(shape, [1, 2], amplitude: 1)
        let prediction = sum(truth, wave(shape, [-3, 5], amplitude: 0.01))
        func squared(_ ny: Double, _ nx: Double) -> Double { 1 + pow(2 * .pi * ny / 4, 2) + pow(2 * .pi * nx / 2, 2) }
        let value = try Metric.relativeH1Spectral.value(prediction: prediction, truth: truth, on: geometry)
        #expect(abs(value - 0.01 * (squared(3, 5) / squared(1, 2)).squareRoot()) < 1e-13)
    }

    @Test("finite-difference H1 converges to the spectral one at second order")
    func bothH1() throws {
        var errors: [Double] = []
        let sizes = [32, 64, 128]
        for n in sizes {
            let truth = wave([n, n], [1, 1], amplitude: 1)
            let prediction = sum(truth, wave([n, n], [2, 3], amplitude: 0.1))
            let geometry = FieldGeometry.periodicBox([n, n])
            let spectral = try Metric.relativeH1Spectral.value(prediction: prediction, truth: truth, on: geometry)
            errors.append(abs(try Metric.relativeH1.value(prediction: prediction, truth: truth, on: geometry) - spectral))
        }
        let order = ConvergenceOrder(spacings: sizes.map { 1 / Double($0) }, errors: errors)
        #expect(order.pairwise.last! > 1.9 && order.pairwise.last! < 2.1)
    }
}

@Suite struct SpectrumTests {
    @Test("Taylor-Green vortex: one ring, energy and enstrophy by hand, from velocity and from vorticity")
    func taylorGreen() {
        let n = 24
        let geometry = FieldGeometry.periodicBox([n, n], length: 2 * .pi)
        func field(_ f: (_ x: Double, _ y: Double) -> Double) -> Tensor<Double> {
            Tensor([n, n], (0..<(n * n)).map { f(2 * .pi * Double($0 % n) / Double(n), 2 * .pi * Double($0 / n) / Double(n)) })
        }
        let (u, v) = (field { cos($0) * sin($1) }, field { -sin($0) * cos($1) })
        let vorticity = field { -2 * cos($0) * cos($1) }
        // 1/2 <u^2 + v^2> = 1/4 and 1/2 <w^2> = 1/2, all at |k| = sqrt 2, which is ring 1.
        for (spectrum, total) in [
            (Spectrum.energy(velocity: [u, v], on: geometry), 0.25), (Spectrum.energy(vorticity: vorticity, on: geometry), 0.25),
            (Spectrum.enstrophy(velocity: [u, v], on: geometry), 0.5), (Spectrum.enstrophy(vorticity: vorticity, on: geometry), 0.5),
        ] {
            #expect(abs(spectrum.total - total) < 1e-14 && abs(spectrum.values[1] - total) < 1e-14)
            #expect(spectrum.wavenumbers[1] == 1 && spectrum.completeCount == 12)
        }
    }

    @Test("every mode is counted once", arguments: [[16], [15], [12, 9], [9, 12], [6, 7, 8]])
    func counts(shape: [Int]) {
        let count = shape.reduce(1, *)
        let field = Tensor<Float>(shape, Philox(seed: 2, stream: 2).normals(count).map(Float.init))
        let geometry = FieldGeometry(shape: shape, spacing: shape.indices.map { 0.1 * Double($0 + 1) }, periodic: shape.map { _ in true })
        let spectrum = Spectrum.power(of: field, on: geometry)
        #expect(spectrum.modes.reduce(0, +) == count)
        #expect(!spectrum.modes.contains(0))
        let mean = field.scalars.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
        #expect(abs(spectrum.total / mean - 1) < 1e-12)
    }

    @Test("enstrophy of a velocity in three dimensions: an ABC flow has curl u = u")
    func beltrami() {
        let n = 12
        let geometry = FieldGeometry.periodicBox([n, n, n], length: 2 * .pi)
        func field(_ f: (_ x: Double, _ y: Double, _ z: Double) -> Double) -> Tensor<Double> {
            let h = 2 * Double.pi / Double(n)
            return Tensor([n, n, n], (0..<(n * n * n)).map { f(h * Double($0 % n), h * Double($0 / n % n), h * Double($0 / n / n)) })
        }
        let velocity = [
            field { _, y, z in sin(z) + 2 * cos(y) }, field { x, _, z in 0.5 * sin(x) + cos(z) },
            field { x, y, _ in 2 * sin(y) + 0.5 * cos(x) },
        ]
        let energy = Spectrum.energy(velocity: velocity, on: geometry)
        let enstrophy = Spectrum.enstrophy(velocity: velocity, on: geometry)
        #expect(abs(energy.total - 0.5 * (1 + 4 + 0.25)) < 1e-13 && abs(enstrophy.total - energy.total) < 1e-13)
    }
}
