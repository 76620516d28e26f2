import Numerics
import Solvers
import Tensors
import Testing

/// The discretisation and the iteration on blocks with known flows.
@Suite struct SteadyEulerTests {
    /// Nodes `[rows + 1, columns + 1]` of a block from a map of the unit square.
    private func nodes(_ columns: Int, _ rows: Int, _ map: (Double, Double) -> (Double, Double)) -> (x: [Double], y: [Double]) {
        var (x, y): ([Double], [Double]) = ([], [])
        for j in 0...rows {
            for i in 0...columns {
                let point = map(Double(i) / Double(columns), Double(j) / Double(rows))
                x.append(point.0)
                y.append(point.1)
            }
        }
        return (x, y)
    }

    private func centre(_ nodes: (x: [Double], y: [Double]), _ columns: Int, _ i: Int, _ j: Int) -> (x: Double, y: Double) {
        let a = j * (columns + 1) + i
        let corners = [a, a + 1, a + columns + 1, a + columns + 2]
        return (corners.reduce(0) { $0 + nodes.x[$1] } / 4, corners.reduce(0) { $0 + nodes.y[$1] } / 4)
    }

    /// A smooth distortion of the unit square.
    private func wavy(_ s: Double, _ t: Double) -> (Double, Double) {
        (s + 0.06 * Double.sin(2 * .pi * t) * Double.sin(.pi * s), t * t + 0.3 * t + 0.05 * Double.sin(2 * .pi * s) * Double.sin(.pi * t))
    }

    @Test(arguments: [0.3, 0.8, 2.0])
    func uniformStreamIsKept(mach: Double) {
        let block = SteadyEulerIteration(BlockTopology(columns: 26, rows: 13, lower: .open, upper: .open, ends: .open))
        let grid = nodes(26, 13, wavy)
        block.setNodes(x: grid.x, y: grid.y)
        let stream = FarField(mach: mach, angle: 0.4, gamma: 1.4).stream
        block.residual.setOutside(gamma: 1.4) { _, _ in stream }
        block.fill(stream)
        #expect(block.evaluate() < 2e-14)
    }

    @Test(arguments: [AirfoilGrid.Family.rays, .parabolic])
    func uniformStreamIsKeptOnTheAirfoilGridAwayFromTheWall(family: AirfoilGrid.Family) throws {
        let grid = try AirfoilGrid(AirfoilShape(box: .random(Philox(seed: 1, stream: 3))), AirfoilGrid.Settings(family: family))
        let block = SteadyEulerIteration(BlockTopology(columns: 220, rows: 50, wakeCells: 50, lower: .wall, upper: .open, ends: .open))
        block.setNodes(x: grid.x.basePointer, y: grid.y.basePointer)
        let stream = FarField(mach: 0.8, angle: 0.1, gamma: 1.4).stream
        block.residual.setOutside(gamma: 1.4) { _, _ in stream }
        block.fill(stream)
        #expect(block.evaluate() > 1e-3)
        for j in 0..<50 {
            // Cells near the wall see it through the reconstruction; the cut must not be seen.
            for i in 0..<220 where j >= 2 || i < 48 || i >= 172 {
                let flux = block.netFlux(i: i, j: j)
                // Faces are up to ten chords long.
                #expect(max(abs(flux.x), abs(flux.y), abs(flux.z), abs(flux.w)) < 1e-12)
            }
        }
    }

    @Test(arguments: [0, 6])
    func massAndEnergyAreConserved(wakeCells: Int) {
        // Inside of walls, with and without a cut, whatever is gained in one cell is lost in another.
        let (columns, rows) = (28, 9)
        let block = SteadyEulerIteration(
            BlockTopology(columns: columns, rows: rows, wakeCells: wakeCells, lower: .wall, upper: .wall, ends: .wall))
        // A half annulus whose two ends of the inner radius lie on one line, folded there for the cut.
        let grid = nodes(columns, rows) { s, t in
            let xi = (2 * s - 1) * 1.6
            let eta = 0.3 * max(0, 1 - (xi * xi) / (0.9142857142857143 * 0.9142857142857143)) + 1.2 * t
            return ((xi * xi - eta * eta) / 2, xi * eta)
        }
        block.setNodes(x: grid.x, y: grid.y)
        let generator = Philox(seed: 9, stream: 0)
        block.fill(PrimitiveState(1, 0, 0, 1))
        for j in 0..<rows {
            for i in 0..<columns {
                func number(_ k: Int) -> Double { generator.uniform(at: 4 * (j * columns + i) + k) }
                block[i, j] = PrimitiveState(0.5 + number(0), number(1) - 0.5, number(2) - 0.5, 0.5 + number(3))
            }
        }
        #expect(block.evaluate() > 0.1)
        var (mass, energy, size) = (0.0, 0.0, 0.0)
        for j in 0..<rows {
            for i in 0..<columns {
                let flux = block.netFlux(i: i, j: j)
                mass += flux.x
                energy += flux.w
                size += abs(flux.w)
            }
        }
        #expect(abs(mass) < 1e-14 * size && abs(energy) < 1e-14 * size)
    }

    /// Flow round a bend of an isentropic vortex: `u_theta = M a r_i / r`, exact on `r_i <= r`.
    private func vortex(mach: Double, x: Double, y: Double) -> PrimitiveState {
        let gamma = 1.4
        let squared = x * x + y * y
        let ratio = 1 + (gamma - 1) / 2 * mach * mach * (1 - 1 / squared)
        let density = Double.pow(ratio, 1 / (gamma - 1))
        let speed = mach * gamma.squareRoot() / squared
        return PrimitiveState(density, speed * y, -speed * x, density * ratio)
    }

    /// L1 error of density and pressure of the steady flow through a quarter of an annulus with curved walls, on a wavy grid.
    private func vortexError(mach: Double, cells: Int) throws -> Double {
        let (columns, rows) = (3 * cells, cells)
        let block = SteadyEulerIteration(
            BlockTopology(columns: columns, rows: rows, lower: .wall, upper: .wall, ends: .open), limiterThreshold: 1)
        let grid = nodes(columns, rows) { s, t in
            let angle = Double.pi / 2 * (1 - s - 0.02 * Double.sin(2 * .pi * s) * Double.cos(.pi * t))
            let radius = 1 + 0.384 * (t + 0.05 * Double.sin(2 * .pi * t) + 0.04 * Double.sin(.pi * t) * Double.sin(2 * .pi * s))
            return (radius * Double.cos(angle), radius * Double.sin(angle))
        }
        block.setNodes(x: grid.x, y: grid.y)
        block.residual.setOutside(gamma: 1.4) { vortex(mach: mach, x: $0, y: $1) }
        for j in 0..<rows {
            for i in 0..<columns {
                let point = centre(grid, columns, i, j)
                block[i, j] = vortex(mach: mach, x: point.x, y: point.y)
            }
        }
        var history: [SteadyIteration] = []
        try block.converge(
            tolerance: 1e-9, reference: 1, maximumIterations: 60, control: PseudoTimeControl(initialCFL: 50), history: &history)
        var error = 0.0
        for j in 0..<rows {
            for i in 0..<columns {
                let point = centre(grid, columns, i, j)
                let difference = block[i, j] - vortex(mach: mach, x: point.x, y: point.y)
                error += abs(difference.x) + abs(difference.w)
            }
        }
        return error / Double(columns * rows)
    }

    @Test("Second order between curved walls", arguments: [2.25, 0.5])
    func orderOfConvergence(mach: Double) throws {
        let errors = try [8, 16, 32].map { try vortexError(mach: mach, cells: $0) }
        let orders = zip(errors, errors.dropFirst()).map { Double.log2($0 / $1) }
        for order in orders { #expect(order > 1.7 && order < 2.6, "errors \(errors), orders \(orders)") }
        #expect(errors[2] < 1e-3)
    }

    @Test func vortexOfTheFarFieldHasItsCirculation() {
        let farField = FarField(mach: 0.7, angle: 0.05, gamma: 1.4)
        var circulation = 0.0
        let count = 4000
        for k in 0..<count {
            let angle = 2 * Double.pi * (Double(k) + 0.5) / Double(count)
            let (x, y) = (0.25 + 20 * Double.cos(angle), 20 * Double.sin(angle))
            let (u, v) = farField.vortexVelocity(x: x, y: y, centreX: 0.25, centreY: 0)
            circulation += (u * Double.sin(angle) - v * Double.cos(angle)) * 20 * 2 * Double.pi / Double(count)
        }
        #expect(abs(circulation - 1) < 1e-10)
        // The state beyond has the stream's entropy and total enthalpy.
        let q = farField.isentropic(u: farField.stream.y * 0.9, v: farField.stream.z + 0.02)
        #expect(abs(q.w / Double.pow(q.x, 1.4) - 1) < 1e-14)
        let enthalpy = 3.5 * q.w / q.x + 0.5 * (q.y * q.y + q.z * q.z)
        #expect(abs(enthalpy - 3.5 - 0.5 * farField.speed * farField.speed) < 1e-14)
    }

    @Test func openBoundaryTakesWhatComesIn() {
        let (inside, outside) = (PrimitiveState(1.2, 0.3, 0.1, 1.1), PrimitiveState(1, 0.2, -0.1, 1))
        func state(_ nx: Double, _ a: PrimitiveState, _ b: PrimitiveState) -> PrimitiveState {
            OpenBoundary.state(inside: a, outside: b, nx: nx, ny: 0, gamma: 1.4)
        }
        // Supersonic outflow and inflow.
        let fast = SIMD4(0.0, 3, 0, 0)
        #expect(state(1, inside + fast, outside + fast) == inside + fast)
        #expect(state(-1, inside + fast, outside + fast) == outside + fast)
        // Subsonic outflow: entropy and tangential velocity from inside; inflow: from outside. One invariant from each side.
        let out = state(1, inside, outside)
        #expect(abs(out.w / Double.pow(out.x, 1.4) - inside.w / Double.pow(inside.x, 1.4)) < 1e-14 && out.z == inside.z)
        let into = state(-1, inside, outside)
        #expect(abs(into.w / Double.pow(into.x, 1.4) - 1) < 1e-14 && into.z == outside.z)
        func invariant(_ q: PrimitiveState, _ sign: Double) -> Double { q.y + sign * 5 * (1.4 * q.w / q.x).squareRoot() }
        #expect(abs(invariant(out, 1) - invariant(inside, 1)) < 1e-13 && abs(invariant(out, -1) - invariant(outside, -1)) < 1e-13)
    }
}
