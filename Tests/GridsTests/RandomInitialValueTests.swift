import Foundation
import Grids
import Numerics
import Tensors
import Testing

@Suite struct RandomSineWavesTests {
    private static let laws: [RandomSineWaves] = [
        .pdebenchPaper, .pdebenchReleased, .messagePassing, .liePointSymmetry, .truncatedFourierSeries(),
    ]

    /// Amplitude of each wavenumber of samples at `n` points, `|sum_j u_j exp(-2 pi i k j / n)| / n`.
    private func spectrum(_ values: [Double]) -> [Double] {
        let n = values.count
        return (0..<n / 2).map { k in
            var (a, b) = (0.0, 0.0)
            for (j, value) in values.enumerated() {
                let phase = 2 * Double.pi * Double(k * j % n) / Double(n)
                a += value * .cos(phase)
                b += value * .sin(phase)
            }
            return Double.hypot(a, b) / Double(n)
        }
    }

    @Test("one function at every resolution and on every interval", arguments: laws) private func resolutions(law: RandomSineWaves) {
        for stream in 0..<20 {
            let generator = Philox(seed: 1, stream: UInt64(stream))
            let coarse = law.sample(generator, on: Axis(name: "x", count: 32, location: .periodic))
            let fine = law.sample(generator, on: Axis(name: "x", from: -3, to: 5, count: 64, location: .periodic))
            for i in 0..<32 { #expect(abs(coarse[i] - fine[2 * i]) < 1e-11) }
            #expect(law.sample(generator, at: [0.25])[0] == coarse[8])
        }
        #expect(law.sample(Philox(seed: 1, stream: 1), at: [0.3]) != law.sample(Philox(seed: 1, stream: 2), at: [0.3]))
    }

    @Test("wavenumbers and amplitudes are in their ranges and all occur") func ranges() {
        let law = RandomSineWaves(terms: 1, wavenumbers: 2...4, amplitudes: 0.5...1)
        var seen = [0, 0, 0]
        for stream in 0..<300 {
            let values = law.sample(Philox(seed: 2, stream: UInt64(stream)), on: Axis(name: "x", count: 16, location: .periodic)).scalars
            let waves = spectrum(values)
            let present = waves.indices.filter { waves[$0] > 1e-12 }
            #expect(present.count == 1 && (2...4).contains(present[0]))
            #expect(waves[present[0]] >= 0.25 - 1e-12 && waves[present[0]] <= 0.5 + 1e-12)
            seen[present[0] - 2] += 1
        }
        // 100 expected each, standard deviation 8.
        for count in seen { #expect(abs(count - 100) < 41) }
    }

    @Test("every wavenumber of a truncated series occurs once, and the largest magnitude is one") func truncatedSeries() {
        let law = RandomSineWaves.truncatedFourierSeries(cutoff: 3)
        let values = law.sample(Philox(seed: 3, stream: 1), on: Axis(name: "x", count: 1024, location: .periodic)).scalars
        #expect(abs(values.map(abs).max()! - 1) < 1e-12)
        let waves = spectrum(Array(stride(from: 0, to: 1024, by: 64)).map { values[$0] })
        #expect(waves[1...3].allSatisfy { $0 > 1e-9 } && waves[0] < 1e-13 && waves[4...].allSatisfy { $0 < 1e-13 })
    }

    @Test("the paper's law has two waves, the released code's a mean as well") func pdebench() {
        var (plain, withMean) = (0, 0)
        for stream in 0..<200 {
            let generator = Philox(seed: 4, stream: UInt64(stream))
            let axis = Axis(name: "x", count: 64, location: .periodic)
            var law = RandomSineWaves.pdebenchPaper
            (law.absoluteValueProbability, law.windowProbability) = (0, 0)
            let waves = spectrum(law.sample(generator, on: axis).scalars)
            #expect(waves.filter { $0 > 1e-12 }.count <= 2 && waves[0] < 1e-13 && waves[9...].allSatisfy { $0 < 1e-13 })
            if waves.filter({ $0 > 1e-12 }).count == 2 { plain += 1 }
            law = .pdebenchReleased
            (law.absoluteValueProbability, law.windowProbability) = (0, 0)
            let released = spectrum(law.sample(generator, on: axis).scalars)
            #expect(released[1...].filter { $0 > 1e-12 }.count <= 2 && released[17...].allSatisfy { $0 < 1e-13 })
            if released[0] > 0.1 { withMean += 1 }
        }
        // Both draws agree with probability 1/8; the mean has a standard deviation of about 1.
        #expect(plain > 150 && plain < 195)
        #expect(withMean > 150)
    }

    @Test("sign, absolute value and window occur with their probabilities") func modifications() {
        let axis = Axis(name: "x", count: 64, location: .periodic)
        let plain = RandomSineWaves(terms: 2, wavenumbers: 1...8, amplitudes: 0...1)
        var law = RandomSineWaves.pdebenchPaper
        law.absoluteValueProbability = 0.3
        law.windowProbability = 0.2
        var (flipped, absolute, windowed) = (0, 0, 0)
        for stream in 0..<1000 {
            let generator = Philox(seed: 5, stream: UInt64(stream))
            let (a, b) = (plain.sample(generator, on: axis).scalars, law.sample(generator, on: axis).scalars)
            // The middle of every window is open, its ends are shut.
            let isWindowed = abs(b[0]) < 1e-8 && abs(a[0]) > 1e-6
            let ratio = b[32] / a[32]
            let isAbsolute = (28...36).contains { abs(b[$0] / a[$0] - ratio) > 0.5 } || abs(abs(ratio) - 1) > 1e-6
            windowed += isWindowed ? 1 : 0
            absolute += isAbsolute ? 1 : 0
            flipped += !isAbsolute && ratio < 0 ? 1 : 0
        }
        #expect(abs(windowed - 200) < 70)
        // An absolute value shows in the middle only where the function changes sign there.
        #expect(absolute > 50 && absolute < 320)
        #expect(abs(flipped - (1000 - absolute) / 2) < 90)
    }
}

@Suite struct RandomPulsesTests {
    @Test("height, width and centre of the square wave are in their ranges") func squareWave() {
        let law = RandomPulses.squareWave
        let n = 1000
        for stream in 0..<100 {
            let values = law.sample(Philox(seed: 6, stream: UInt64(stream)), on: Axis(name: "x", count: n, location: .periodic)).scalars
            let inside = values.indices.filter { values[$0] > 0 }
            let (width, centre) = (Double(inside.count) / Double(n), Double(inside.reduce(0, +)) / Double(inside.count * n))
            #expect(width > 0.298 && width < 0.602 && centre > 0.298 && centre < 0.702)
            #expect(Set(inside.map { values[$0] }).count == 1 && values[inside[0]] >= 1 && values[inside[0]] <= 2)
        }
    }

    @Test("the ellipse is where it should be, and the shift moves everything periodically") func ellipseAndShift() {
        let law = RandomPulses.squareAndEllipse
        for stream in 0..<50 {
            let generator = Philox(seed: 7, stream: UInt64(stream))
            let axis = Axis(name: "x", from: 0, to: 2, count: 40, location: .periodic)
            let still = law.sample(generator, on: axis).scalars
            let moved = law.sample(generator, on: axis, shift: 0.35).scalars
            for i in 0..<40 { #expect(abs(moved[(i + 7) % 40] - still[i]) < 1e-6) }
            #expect(still[0] == 0)
            #expect(still[29...31].contains { $0 > 0.2 })
            #expect(zip(law.sample(generator, on: axis, shift: 2).scalars, still).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }
}

@Suite struct CellNoiseTests {
    @Test("finer grids repeat the numbers of the cells") func refinement() {
        let noise = CellNoise(cells: [3, 4], deviation: 2)
        let generator = Philox(seed: 8, stream: 1)
        let coarse = noise.sample(generator, shape: [3, 4])
        let fine = noise.sample(generator, shape: [6, 12])
        for y in 0..<6 { for x in 0..<12 { #expect(fine[y, x] == coarse[y / 2, x / 3]) } }
        #expect(coarse.scalars == generator.normals(12).map { 2 * $0 })
    }

    @Test("mean and variance") func moments() {
        let values = CellNoise(cells: [100, 100]).sample(Philox(seed: 9, stream: 1), shape: [100, 100]).scalars
        #expect(abs(values.reduce(0, +) / 1e4) < 0.05)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 1e4 - 1) < 0.08)
    }
}

@Suite struct GaussianBumpsTests {
    @Test("samples are the sum of bumps, periodic, one function at every resolution") func bumps() {
        let law = GaussianBumps(count: 1...1, heights: 0.5...1, widths: 0.05...0.1)
        for stream in 0..<20 {
            let generator = Philox(seed: 10, stream: UInt64(stream))
            let field = law.sample(generator, on: Grid(shape: [64, 64], location: .periodic))
            let fine = law.sample(generator, on: Grid(shape: [128, 128], location: .periodic))
            for y in 0..<64 { for x in 0..<64 { #expect(field[y, x] == fine[2 * y, 2 * x]) } }
            // The integral of one bump is 2 pi h w^2; at the top it is h.
            let top = fine.scalars.max()!
            let integral = field.scalars.reduce(0, +) / 4096
            #expect(top > 0.48 && top <= 1)
            let width = (integral / (2 * .pi * top)).squareRoot()
            #expect(width > 0.049 && width < 0.103)
        }
    }

    @Test("number and ceiling") func numberAndCeiling() {
        let grid = Grid(shape: [32], location: .periodic)
        #expect(
            GaussianBumps(count: 0...0, heights: 1...1, widths: 1...1).sample(Philox(seed: 1, stream: 1), on: grid).scalars.allSatisfy {
                $0 == 0
            })
        let cut = GaussianBumps(count: 5...9, heights: 1...1, widths: 0.5...0.5, ceiling: 0.7).sample(Philox(seed: 1, stream: 1), on: grid)
        #expect(cut.scalars.allSatisfy { $0 == 0.7 })
    }
}
