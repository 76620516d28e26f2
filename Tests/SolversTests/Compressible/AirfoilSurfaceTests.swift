import Numerics
import Solvers
import Tensors
import Testing

@Suite struct AirfoilSurfaceTests {
    /// The forces and shocks that are read off the nodes against the solver's own from its faces.
    @Test("forces from nodes agree with the solver's, better on the finer grid") func forcesAgree() throws {
        var worst: [(lift: Double, drag: Double, shock: Double)] = []
        for (wake, surface, normal) in [(25, 60, 25), (50, 120, 50)] {
            var differences = (lift: 0.0, drag: 0.0, shock: 0.0)
            for stream in 0..<3 as Range<UInt64> {
                let shape = try AirfoilShape(box: .random(Philox(seed: 42, stream: stream)))
                let grid = try AirfoilGrid(
                    shape,
                    .init(
                        family: .parabolic, wakeCells: wake, surfaceCells: surface, normalCells: normal,
                        firstSpacing: 2.0 / 120 * 50 / Double(normal)))
                let flow = try EulerAirfoilSolver(settings: .init(tolerance: 1e-6)).solve(grid, mach: 0.8, angleOfAttack: 0)
                let nodes = AirfoilSurface(x: grid.x, y: grid.y, wakeCells: wake, mach: 0.8, angleOfAttack: 0)
                let cp = nodes.pressureCoefficient(flow.nodes.pressure)
                let forces = nodes.forces(pressureCoefficient: cp)
                differences.lift = max(differences.lift, abs(forces.lift - flow.lift))
                differences.drag = max(differences.drag, abs(forces.drag - flow.drag))
                for shocks in [nodes.shocks(pressureCoefficient: cp), nodes.shocks(mach: nodes.values(flow.nodes.mach))] {
                    for (found, expected) in [(shocks.upper, flow.upperShock), (shocks.lower, flow.lowerShock)] {
                        #expect((found == nil) == (expected == nil))
                        if let found, let expected { differences.shock = max(differences.shock, abs(found - expected)) }
                    }
                }
            }
            worst.append(differences)
        }
        #expect(worst[1].lift < 5e-4 && worst[1].drag < 3.5e-4 && worst[1].shock < 0.012, "\(worst)")
        #expect(worst[1].drag < 0.5 * worst[0].drag && worst[1].lift < 0.5 * worst[0].lift, "\(worst)")
    }

    @Test("a linear pressure gives the force of its gradient; the angle of attack turns it") func linearPressure() throws {
        let grid = try AirfoilGrid(AirfoilShape(), .init(family: .parabolic))
        // The integral of y n over a closed curve is its area along y.
        var area = 0.0
        for k in 50..<170 { area += grid.x[0, k] * grid.y[0, k + 1] - grid.x[0, k + 1] * grid.y[0, k] }
        area /= 2
        #expect(abs(area - 0.0817) < 2e-3)
        for angle in [0.0, 30] {
            let surface = AirfoilSurface(x: grid.x, y: grid.y, wakeCells: 50, mach: 0.5, angleOfAttack: angle)
            #expect(surface.x.count == 121 && abs(surface.x[60]) < 1e-12 && surface.y[30] > 0)
            let forces = surface.forces(pressureCoefficient: surface.y.map { -$0 })
            let radians = angle * Double.pi / 180
            #expect(abs(forces.lift - area * Double.cos(radians)) < 1e-12 && abs(forces.drag - area * Double.sin(radians)) < 1e-12)
        }
    }
}
