import Grids
import Numerics
import Solvers
import Tensors
import Testing

@Suite struct ShallowWaterTests {
    /// Height and velocity on the ray `x / t = speed` of a dam break with the heights 2 and 1 (Stoker) or 0 (Ritter), `g = 1`.
    static func damBreak(_ speed: Double, left: Double, right: Double) -> (height: Double, velocity: Double) {
        let c = left.squareRoot()
        func rarefaction(_ ray: Double) -> (Double, Double) {
            let wave = (2 * c - ray) / 3
            return (wave * wave, 2.0 / 3 * (c + ray))
        }
        guard right > 0 else { return speed < -c ? (left, 0) : speed > 2 * c ? (0, 0) : rarefaction(speed) }
        // Height behind the bore: the rarefaction's velocity is that of the jump.
        var (low, high) = (right, left)
        for _ in 0..<100 {
            let h = 0.5 * (low + high)
            let bore = (h - right) * (0.5 * (h + right) / (h * right)).squareRoot()
            if 2 * (c - h.squareRoot()) > bore { low = h } else { high = h }
        }
        let h = 0.5 * (low + high)
        let u = 2 * (c - h.squareRoot())
        if speed < -c { return (left, 0) }
        if speed < u - h.squareRoot() { return rarefaction(speed) }
        return speed < h * u / (h - right) ? (h, u) : (right, 0)
    }

    @Test("dam break on a wet and a dry bed against the exact solution", arguments: [1.0, 0.0]) func damBreak(right: Double) throws {
        let errors = try [100, 200, 400].map { n in
            let grid = tube(n, from: -3, to: 3)
            let initial = state(grid) { x, _ in [x < 0 ? 2 : right, 0, 0] }
            let solver = try ShallowWaterSolver(grid: grid, boundary: tubeBoundary)
            let end = try solver.trajectory(from: initial, times: [0.8]).states.reshaped(initial.shape)
            let exact = state(grid) { x, _ in
                let (h, u) = Self.damBreak(x / 0.8, left: 2, right: right)
                return [h, u, 0]
            }
            return meanDifference(end, exact, field: 0)
        }
        let orders = observedOrder(errors)
        #expect(orders.allSatisfy { $0 > 0.7 && $0 < 1.4 }, "errors \(errors), orders \(orders)")
        #expect(errors[2] < 3e-3)
    }

    @Test("water at rest stays at rest") func rest() throws {
        let grid = square(16)
        for kind in [BoundaryKind.open, .wall] {
            let initial = state(grid) { _, _ in [0.7, 0, 0] }
            let solver = try ShallowWaterSolver(grid: grid, boundary: Boundary(kind, on: grid))
            #expect(try solver.trajectory(from: initial, times: [3]).states.reshaped(initial.shape) == initial)
        }
        // Also on a bed that is dry in part, and everywhere.
        let dry = state(grid) { _, _ in [0, 0, 0] }
        let solver = try ShallowWaterSolver(grid: grid, boundary: Boundary(.wall, on: grid))
        #expect(try solver.trajectory(from: dry, times: [1]).states.reshaped(dry.shape) == dry)
    }

    @Test("radial dam break: symmetric to the last bit, volume conserved between walls") func radial() throws {
        let grid = square(40, from: -2.5, to: 2.5)
        let initial = RadialDamBreak(grid: grid).state(radius: 0.5)
        for kind in [BoundaryKind.open, .wall] {
            let solver = try ShallowWaterSolver(grid: grid, boundary: Boundary(kind, on: grid))
            let (states, _) = try solver.trajectory(from: initial, times: [0.5, 4])
            for row in 0..<2 {
                let state = states.rows(row..<row + 1).reshaped(initial.shape)
                #expect(mirrored(state) == state)
                #expect(transposed(state) == state)
            }
            let end = states.rows(1..<2).reshaped(initial.shape)
            let change = total(end) { $0[0] } / total(initial) { $0[0] } - 1
            // By then the wave has left the open box.
            #expect(kind == .wall ? abs(change) < 1e-13 : change < -1e-3)
        }
    }

    @Test("volume and momentum are conserved in a periodic box") func conservation() throws {
        let grid = square(24, .periodic)
        let initial = Self.smooth(grid)
        let solver = try ShallowWaterSolver(grid: grid, boundary: Boundary(.periodic, on: grid), stepper: .thirdOrder)
        let end = try solver.trajectory(from: initial, times: [1]).states.reshaped(initial.shape)
        #expect(meanDifference(initial, end, field: 0) > 1e-2)
        for quantity in [{ $0[0] }, { $0[0] * $0[1] }, { $0[0] * $0[2] }] as [([Double]) -> Double] {
            #expect(abs(total(end, quantity) - total(initial, quantity)) < 1e-13 * total(initial) { $0[0] })
        }
    }

    static func smooth(_ grid: Grid) -> Tensor<Double> {
        state(grid) { x, y in
            let (s, c) = (Double.sin(2 * .pi * (x + 2 * y)), Double.cos(2 * .pi * (2 * x - y)))
            return [1 + 0.2 * s, 0.3 * c, 0.2 + 0.1 * s]
        }
    }

    /// A smooth wave that travels to the right unchanged in the characteristic sense: `u - 2 sqrt(h)` constant, `h` carried with `u + sqrt(h)`.
    static func simpleWave(_ grid: Grid, time: Double) -> Tensor<Double> {
        state(grid) { x, _ in
            func root(_ at: Double) -> Double { 1 + 0.1 * Double.sin(2 * .pi * at) }
            var origin = x
            for _ in 0..<200 { origin = x - time * (3 * root(origin) - 2) }
            let c = root(origin)
            return [c * c, 2 * (c - 1), 0]
        }
    }

    @Test("a simple wave before it breaks: order 2") func simpleWaveOrder() throws {
        let errors = try [32, 64, 128, 256].map { n in
            let grid = Grid([Axis(name: "y", count: 1, location: .periodic), Axis(name: "x", count: n, location: .periodic)])
            let solver = try ShallowWaterSolver(grid: grid, boundary: Boundary(.periodic, on: grid))
            let end = try solver.trajectory(from: Self.simpleWave(grid, time: 0), times: [0.2]).states.reshaped([1, n, 3])
            return meanDifference(end, Self.simpleWave(grid, time: 0.2), field: 0)
        }
        let orders = observedOrder(errors)
        #expect(orders.last! > 1.7 && orders.last! < 2.3, "errors \(errors), orders \(orders)")
    }

    @Test("an unphysical state is an error that names it") func unphysical() throws {
        let grid = square(8)
        let solver = try ShallowWaterSolver(grid: grid, boundary: Boundary(.wall, on: grid))
        var state = state(grid) { _, _ in [1, 0, 0] }
        state[2, 7, 0] = -0.1
        #expect(throws: SolverError.diverged(solver: "shallow water", step: 0, time: 0, quantity: "height at [2, 7]", value: -0.1)) {
            try solver.trajectory(from: state, times: [1])
        }
        state[2, 7, 0] = .nan
        #expect(throws: SolverError.self) { try solver.trajectory(from: state, times: [1]) }
        #expect(throws: SolverError.self) { try ShallowWaterSolver(grid: grid, boundary: Boundary(.wall, on: grid), gravity: 0) }
        #expect(throws: SolverError.self) { try ShallowWaterSolver(grid: grid, boundary: Boundary([:])) }
    }

    @Test("radial dam break: radius from the generator, averages over cells") func sampler() {
        let grid = square(64, from: -2.5, to: 2.5)
        let law = RadialDamBreak(grid: grid, subcells: 8)
        for stream in 0..<8 {
            let generator = Philox(seed: 1, stream: UInt64(stream))
            let radius = law.radius(generator)
            #expect(radius >= 0.3 && radius <= 0.7)
            let area = total(law.sample(generator)) { $0[0] - 1 } * 25 / 4096
            #expect(abs(area / (.pi * radius * radius) - 1) < 0.01)
            let centred = RadialDamBreak(grid: grid).sample(generator)
            #expect(Set(centred.scalars) == [0, 1, 2])
        }
    }
}
