import Foundation
import Grids
import Metrics
import Tensors
import Testing

@Suite struct EvenContinuationTests {
    @Test("a cosine of the axis is one mode, at its own wavenumber, for nodes and centres", arguments: [Axis.Location.nodes, .centers])
    func cosine(location: Axis.Location) throws {
        let grid = Grid(shape: [17, 12], to: 2, location: location)
        let continuation = try #require(EvenContinuation(grid))
        let (y, x) = (grid.axes[0].coordinates, grid.axes[1].coordinates)
        // cos(3 pi y / L) cos(4 pi x / L), L = 2: |k| = sqrt(9 + 16) pi / 2.
        let rows: [Double] = y.map { cos(1.5 * Double.pi * $0) }
        let columns: [Double] = x.map { cos(2 * Double.pi * $0) }
        let field = Tensor<Double>([17, 12], rows.flatMap { row in columns.map { row * $0 } })
        let spectrum = Spectrum.power(of: continuation(field), on: continuation.geometry)
        #expect(abs(spectrum.total - 0.25) < 1e-14)
        #expect(abs(spectrum.values[5] - 0.25) < 1e-14 && abs(spectrum.wavenumbers[5] - 2.5 * .pi) < 1e-12)
        #expect(abs(spectrum.density(5) - 0.25 / (.pi / 2)) < 1e-13)
    }

    @Test("periodic axes stay as they are")
    func periodic() throws {
        let grid = Grid([Axis(name: "y", count: 5, location: .centers), Axis(name: "x", to: 3, count: 6, location: .periodic)])
        let continuation = try #require(EvenContinuation(grid))
        #expect(!continuation.isIdentity && continuation.geometry.shape == [10, 6] && continuation.geometry.spacing == [0.2, 0.5])
        let field = Tensor<Float>([5, 6], (0..<30).map(Float.init))
        let continued = continuation(field)
        for row in 0..<10 { for column in 0..<6 { #expect(continued[row, column] == field[min(row, 9 - row), column]) } }
        #expect(EvenContinuation(Grid(shape: [4, 4], location: .periodic))?.isIdentity == true)
    }

    /// A field that is not periodic: its plain Fourier series decays with the jump at the ends, the cosine series with the field.
    @Test func noJumpAtTheEnds() throws {
        let n = 128
        let grid = Grid(shape: [n], location: .centers)
        let continuation = try #require(EvenContinuation(grid))
        let field = Tensor<Double>([n], grid.axes[0].coordinates.map { exp($0) })
        func slope(_ spectrum: Spectrum) -> Double {
            let (low, high) = (spectrum.wavenumbers.count / 16, spectrum.wavenumbers.count / 4)
            let fall = log(spectrum.values[high] / spectrum.values[low])
            return fall / log(spectrum.wavenumbers[high] / spectrum.wavenumbers[low])
        }
        let jump = slope(Spectrum.power(of: field, on: FieldGeometry(shape: [n], spacing: [1 / Double(n)], periodic: [true])))
        let even = slope(Spectrum.power(of: continuation(field), on: continuation.geometry))
        #expect(jump > -2.3 && jump < -1.5 && even > -4.4 && even < -3.5, "slopes \(jump), \(even)")
    }

    @Test func curvilinearGridsHaveNone() {
        let axes = [Axis(name: "eta", count: 9, location: .nodes), Axis(name: "xi", count: 45, location: .nodes)]
        #expect(EvenContinuation(Grid(axes, mapping: ["x", "y"])) == nil)
    }
}

@Suite struct LogSpectralDistanceTests {
    let geometry = FieldGeometry.periodicBox([32, 32])

    private func field(_ seed: UInt64) -> Tensor<Double> { Tensor([32, 32], Philox(seed: seed, stream: 0).normals(1024)) }

    @Test("a factor of the amplitude is a distance of 20 log10 of it; the right spectrum at the wrong place none")
    func scale() throws {
        let truth = field(1)
        let scaled: [Double] = truth.scalars.map { 0.5 * $0 }
        let half = Tensor<Double>([32, 32], scaled)
        let found = try Metric.logSpectralDistance.value(prediction: half, truth: truth, on: geometry)
        #expect(abs(found - 20 * log10(2.0)) < 1e-6)
        // Rows moved round the box by five.
        let moved = Array(truth.scalars[(5 * 32)...]) + Array(truth.scalars[..<(5 * 32)])
        let turned = Tensor<Double>([32, 32], moved)
        #expect(try Metric.logSpectralDistance.value(prediction: turned, truth: truth, on: geometry) < 1e-9)
        #expect(try Metric.relativeL2.value(prediction: turned, truth: truth, on: geometry) > 1)
    }
}
