import Foundation
import Numerics
import Solvers
import Tensors
import TestSupport
import Testing

/// The default scheme against the generator of the Fourier neural operator's data, on the same initial field: 200,000 of its steps.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["EDDY_VALIDATE"] != nil))
struct NavierStokesValidation {
    /// A field of the law of the FNO data, covariance 7^3 (-Lap + 49)^{-2.5}, with the wavenumbers up to 20.
    private func gaussianVorticity(_ n: Int, seed: UInt64) -> Tensor<Double> {
        let largest = 20
        let width = 2 * largest + 1
        let normals = Philox(seed: seed, stream: 11).normals(2 * width * width)
        var values = [Double](repeating: 0, count: n * n)
        let turn = 2 * Double.pi
        for p in -largest...largest {
            for q in -largest...largest where (p, q) != (0, 0) {
                let square = Double(p * p + q * q)
                let size = Double.pow(7, 1.5) * 2.0.squareRoot() * Double.pow(turn * turn * square + 49, -1.25)
                let number = 2 * ((p + largest) * width + q + largest)
                let (a, b) = (size * Double(normals[number]), size * Double(normals[number + 1]))
                for y in 0..<n {
                    for x in 0..<n {
                        let phase = turn * Double(p * y + q * x) / Double(n)
                        values[y * n + x] += a * cos(phase) - b * sin(phase)
                    }
                }
            }
        }
        return Tensor([n, n, 1], values)
    }

    /// A step of the published scheme evaluates the nonlinear term once, one of the default scheme four times.
    @Test("the published trajectory to t = 20 within 1e-4, at a twentieth of its cost or less") func publishedTrajectory() throws {
        let n = 64
        let initial = gaussianVorticity(n, seed: 1)
        func trajectory(_ scheme: NavierStokes2D<Double>.Scheme) throws -> (states: Tensor<Double>, steps: Int) {
            let solver = try NavierStokes2D<Double>(shape: [n, n], viscosity: 1e-3, forcing: diagonalForcing(n), scheme: scheme)
            let (states, report) = try solver.trajectory(from: initial, times: [1, 5, 10, 20])
            return (states, report.steps)
        }
        let published = try trajectory(.crankNicolsonEuler(timeStep: 1e-4))
        let ours = try trajectory(.exponential(.adaptive(tolerance: 1e-6)))
        #expect(published.steps == 200_000)
        #expect(20 * 4 * ours.steps <= published.steps, "\(ours.steps) steps")
        for time in 0..<4 {
            let distance = relativeDistance(ours.states.rows(time..<time + 1), published.states.rows(time..<time + 1))
            #expect(distance < 1e-4, "time number \(time)")
        }
    }
}
