import Numerics
import Solvers
import Tensors
import Testing

@Suite struct RoeFluxTests {
    /// Textbook Roe flux in scalars: right eigenvectors of the Roe matrix in conservative variables and a linear system for the strengths.
    private func reference(_ l: PrimitiveState, _ r: PrimitiveState, _ nx: Double, _ ny: Double, gamma: Double) -> [Double] {
        func conservative(_ q: PrimitiveState) -> [Double] {
            [q.x, q.x * q.y, q.x * q.z, q.w / (gamma - 1) + 0.5 * q.x * (q.y * q.y + q.z * q.z)]
        }
        let (wl, wr) = (l.x.squareRoot(), r.x.squareRoot())
        func average(_ a: Double, _ b: Double) -> Double { (wl * a + wr * b) / (wl + wr) }
        let (u, v) = (average(l.y, r.y), average(l.z, r.z))
        let h = average((conservative(l)[3] + l.w) / l.x, (conservative(r)[3] + r.w) / r.x)
        let kinetic = 0.5 * (u * u + v * v)
        let a = ((gamma - 1) * (h - kinetic)).squareRoot()
        let un = u * nx + v * ny
        let vectors = [
            [1, u - a * nx, v - a * ny, h - a * un], [1, u, v, kinetic], [0, -ny, nx, v * nx - u * ny],
            [1, u + a * nx, v + a * ny, h + a * un],
        ]
        func fixed(_ lambda: Double, _ delta: Double) -> Double {
            abs(lambda) < delta ? (lambda * lambda + delta * delta) / (2 * delta) : abs(lambda)
        }
        let speeds = [
            fixed(un - a, RoeFlux.acousticFix * a), fixed(un, RoeFlux.linearFix * a), fixed(un, RoeFlux.linearFix * a),
            fixed(un + a, RoeFlux.acousticFix * a),
        ]
        let difference = zip(conservative(r), conservative(l)).map { $0 - $1 }
        let strengths = solve((0..<4).map { row in (0..<4).map { vectors[$0][row] } }, difference)
        let (fl, fr) = (euler(l, nx, ny, gamma: gamma), euler(r, nx, ny, gamma: gamma))
        var flux = [0.0, 0, 0, 0]
        for k in 0..<4 {
            flux[k] = 0.5 * (fl[k] + fr[k])
            for wave in 0..<4 { flux[k] -= 0.5 * speeds[wave] * strengths[wave] * vectors[wave][k] }
        }
        return flux
    }

    private func euler(_ q: PrimitiveState, _ nx: Double, _ ny: Double, gamma: Double) -> [Double] {
        let mass = q.x * (q.y * nx + q.z * ny)
        let enthalpy = gamma / (gamma - 1) * q.w / q.x + 0.5 * (q.y * q.y + q.z * q.z)
        return [mass, mass * q.y + q.w * nx, mass * q.z + q.w * ny, mass * enthalpy]
    }

    /// Gaussian elimination with pivoting.
    private func solve(_ matrix: [[Double]], _ rhs: [Double]) -> [Double] {
        var (a, b) = (matrix, rhs)
        for k in 0..<b.count {
            let pivot = (k..<b.count).max { abs(a[$0][k]) < abs(a[$1][k]) }!
            a.swapAt(k, pivot)
            b.swapAt(k, pivot)
            for row in 0..<b.count where row != k {
                let factor = a[row][k] / a[k][k]
                for column in k..<b.count { a[row][column] -= factor * a[k][column] }
                b[row] -= factor * b[k]
            }
        }
        return (0..<b.count).map { b[$0] / a[$0][$0] }
    }

    private func lanes(_ states: [PrimitiveState]) -> PrimitiveLanes {
        var result = PrimitiveLanes(density: .zero, velocityX: .zero, velocityY: .zero, pressure: .zero)
        for (k, q) in states.enumerated() {
            (result.density[k], result.velocityX[k], result.velocityY[k], result.pressure[k]) = (q.x, q.y, q.z, q.w)
        }
        return result
    }

    private func randomState(_ generator: Philox, _ index: Int) -> PrimitiveState {
        func number(_ k: Int) -> Double { generator.uniform(at: 4 * index + k) }
        return PrimitiveState(0.2 + 2 * number(0), 5 * number(1) - 2.5, 5 * number(2) - 2.5, 0.2 + 2 * number(3))
    }

    @Test(arguments: [1.4, 5.0 / 3])
    func vectorFluxEqualsScalarReference(gamma: Double) {
        let generator = Philox(seed: 3, stream: 1)
        for block in 0..<40 {
            let left = (0..<8).map { randomState(generator, 16 * block + $0) }
            let right = (0..<8).map { randomState(generator, 16 * block + 8 + $0) }
            let angles = (0..<8).map { 0.7 * Double(block + 40 * $0) }
            var (nx, ny) = (Lanes.zero, Lanes.zero)
            for k in 0..<8 { (nx[k], ny[k]) = (Double.cos(angles[k]), Double.sin(angles[k])) }
            let flux = RoeFlux.flux(lanes(left), lanes(right), normalX: nx, normalY: ny, gamma: gamma)
            for k in 0..<8 {
                let expected = reference(left[k], right[k], nx[k], ny[k], gamma: gamma)
                let found = [flux.mass[k], flux.momentumX[k], flux.momentumY[k], flux.energy[k]]
                let scale = 1 + expected.map(abs).max()!
                for component in 0..<4 { #expect(abs(found[component] - expected[component]) < 1e-13 * scale) }
            }
        }
    }

    @Test func fluxOfEqualStatesIsTheEulerFlux() {
        let q = PrimitiveState(1.3, 0.4, -0.2, 0.9)
        let side = lanes(Array(repeating: q, count: 8))
        let flux = RoeFlux.flux(side, side, normalX: Lanes(repeating: 0.6), normalY: Lanes(repeating: 0.8), gamma: 1.4)
        let expected = euler(q, 0.6, 0.8, gamma: 1.4)
        for (found, expected) in zip([flux.mass[0], flux.momentumX[0], flux.momentumY[0], flux.energy[0]], expected) {
            #expect(abs(found - expected) < 1e-15)
        }
    }

    @Test func stationaryContactIsExact() {
        // A jump of density and tangential velocity at rest in the normal direction: no flux but the pressure, up to the entropy fix.
        let left = lanes(Array(repeating: PrimitiveState(1, 0, 1, 1), count: 8))
        let right = lanes(Array(repeating: PrimitiveState(0.5, 0, -1, 1), count: 8))
        let flux = RoeFlux.flux(left, right, normalX: Lanes(repeating: 1), normalY: .zero, gamma: 1.4)
        #expect(abs(flux.momentumX[0] - 1) < 1e-15)
        #expect(abs(flux.mass[0]) < RoeFlux.linearFix && abs(flux.momentumY[0]) < 2 * RoeFlux.linearFix)
    }

    @Test func derivativesMatchDifferencesOfTheFlux() {
        // At equal states |A| is differentiated exactly; the state is away from the fixes of both.
        let (gamma, step) = (1.4, 1e-6)
        let q = PrimitiveState(1.1, 0.5, 0.3, 0.8)
        let (nx, ny) = (0.8, 0.6)
        let jacobian = RoeJacobian.derivatives(q, q, nx: nx, ny: ny, gamma: gamma)
        let columns = [jacobian.left.columns, jacobian.right.columns]
        for side in 0..<2 {
            let matrix = [columns[side].0, columns[side].1, columns[side].2, columns[side].3]
            for k in 0..<4 {
                var (plus, minus) = (q, q)
                plus[k] += step
                minus[k] -= step
                let upper = side == 0 ? reference(plus, q, nx, ny, gamma: gamma) : reference(q, plus, nx, ny, gamma: gamma)
                let lower = side == 0 ? reference(minus, q, nx, ny, gamma: gamma) : reference(q, minus, nx, ny, gamma: gamma)
                for row in 0..<4 { #expect(abs((upper[row] - lower[row]) / (2 * step) - matrix[k][row]) < 1e-8) }
            }
        }
    }

    @Test func inverseSquareRootIsAccurateToRounding() {
        var worst = 0.0
        for k in stride(from: -200, to: 200, by: 1) {
            let x = Double.exp(0.31 * Double(k)) * 1.234567
            let found = inverseSquareRoot(Lanes(repeating: x))[3]
            worst = max(worst, abs(found * x.squareRoot() - 1))
        }
        #expect(worst < 5e-16)
    }

    @Test func reconstructionIsExactForLinesAndBoundedAtJumps() {
        func faces(_ backward: Double, _ forward: Double, _ epsilon: Double) -> (Double, Double) {
            let result = LimitedReconstruction.faces(
                centre: Lanes(repeating: 1), backward: Lanes(repeating: backward), forward: Lanes(repeating: forward), epsilon: epsilon)
            return (result.lower[0], result.upper[0])
        }
        for slope in [-0.7, 1e-9, 0.3] {
            let (lower, upper) = faces(slope, slope, 1e-4)
            #expect(abs(lower - (1 - slope)) < 1e-15 && abs(upper - (1 + slope)) < 1e-15)
        }
        // A parabola on a uniform grid, unlimited: averages of x^2 over cells of width 2 give face values to the third order.
        let parabola = faces((1.0 / 3 - 13.0 / 3) / 2, (13.0 / 3 - 1.0 / 3) / 2, 1e12)
        #expect(abs(parabola.0 - parabola.1) < 1e-9)
        #expect(abs(parabola.1 - 1 - 2.0 / 3) < 1e-9)
        // Next to a jump of 1 (increment 1/2 on one side, 0 on the other): within the data.
        let (lower, upper) = faces(0, 0.5, 1e-6)
        #expect(abs(lower - 1) < 1e-4 && abs(upper - 1) < 1e-4)
        // An extremum: no overshoot.
        let extremum = faces(0.5, -0.5, 1e-6)
        #expect(abs(extremum.0 - 1) < 1e-4 && abs(extremum.1 - 1) < 1e-4)
    }
}
