import Grids
import Numerics
import Solvers
import Tensors
import Testing

@Suite struct BuoyantFlowTests {
    typealias Advection = BuoyantFlowSolver.Advection

    /// Taylor-Green vortex with the walls of the unit box as streamlines: an exact solution for frictionless walls.
    static func vortex(_ grid: Grid, viscosity: Double, time: Double) -> Tensor<Double> {
        let decay = Double.exp(-2 * .pi * .pi * viscosity * time)
        return state(grid) { x, y in
            [0, decay * Double.sin(.pi * x) * Double.cos(.pi * y), -decay * Double.cos(.pi * x) * Double.sin(.pi * y)]
        }
    }

    /// Mean of 2 x 2 cells.
    static func coarsened(_ a: Tensor<Double>) -> Tensor<Double> {
        var values = [Double]()
        for y in 0..<a.shape[0] / 2 {
            for x in 0..<a.shape[1] / 2 {
                for field in 0..<a.shape[2] {
                    let (j, i) = (2 * y, 2 * x)
                    values.append(0.25 * (a[j, i, field] + a[j, i + 1, field] + a[j + 1, i, field] + a[j + 1, i + 1, field]))
                }
            }
        }
        return Tensor([a.shape[0] / 2, a.shape[1] / 2, a.shape[2]], values)
    }

    static func end(_ solver: BuoyantFlowSolver, _ initial: Tensor<Double>, _ time: Double) throws -> Tensor<Double> {
        try solver.trajectory(from: initial, times: [time]).states.reshaped(initial.shape)
    }

    static func plume(_ grid: Grid) -> Tensor<Double> {
        state(grid) { x, y in
            let s = Double.sin(.pi * x) * Double.sin(.pi * y)
            return [s * s * (1 + 0.5 * Double.cos(.pi * x)), 0, 0]
        }
    }

    @Test("Taylor-Green vortex between frictionless walls: order 2", arguments: StrongStabilityPreserving.allCases)
    func taylorGreen(_ stepper: StrongStabilityPreserving) throws {
        let errors = try [16, 32, 64].map { n in
            let grid = square(n)
            let solver = try BuoyantFlowSolver(grid: grid, viscosity: 0.02, walls: .freeSlip, stepper: stepper)
            let end = try Self.end(solver, Self.vortex(grid, viscosity: 0.02, time: 0), 1)
            let exact = Self.vortex(grid, viscosity: 0.02, time: 1)
            return meanDifference(end, exact, field: 1) + meanDifference(end, exact, field: 2)
        }
        let orders = observedOrder(errors)
        #expect(orders.allSatisfy { $0 > 1.7 && $0 < 2.4 }, "errors \(errors), orders \(orders)")
    }

    @Test("a rising plume between sticking walls: order 2 in all fields", arguments: [SlopeLimiter.monotonizedCentral, .koren])
    func plumeOrder(_ limiter: SlopeLimiter) throws {
        let ends = try [16, 32, 64, 128].map { n in
            let grid = square(n)
            return try Self.end(
                BuoyantFlowSolver(grid: grid, viscosity: 0.02, buoyancy: (0.2, 1), advection: .finiteVolumes(limiter)), Self.plume(grid), 1)
        }
        let differences = zip(ends, ends.dropFirst()).map { coarse, fine in
            (0..<3).map { meanDifference(Self.coarsened(fine), coarse, field: $0) }
        }
        for field in 0..<3 {
            let orders = observedOrder(differences.map { $0[field] })
            #expect(orders[1] > 1.6 && orders[1] < 2.5, "field \(field): \(differences), orders \(orders)")
        }
    }

    @Test(
        "no divergence, smoke conserved and without new extrema", arguments: BuoyantFlowSolver.Walls.allCases,
        [SlopeLimiter.monotonizedCentral, .koren])
    func invariants(_ walls: BuoyantFlowSolver.Walls, _ limiter: SlopeLimiter) throws {
        let grid = Grid([
            Axis(name: "y", from: 0, to: 32, count: 40, location: .centers),
            Axis(name: "x", from: 0, to: 24, count: 27, location: .centers),
        ])
        let initial = RandomSmoke(grid: grid).sample(Philox(seed: 4, stream: 9))
        let solver = try BuoyantFlowSolver(grid: grid, viscosity: 0.01, walls: walls, advection: .finiteVolumes(limiter))
        let (states, report) = try solver.trajectory(from: initial, times: [10, 25])
        #expect(report.steps > 30)
        #expect(solver.largestDivergence < 1e-12)
        let end = states.rows(1..<2).reshaped(initial.shape)
        let (before, after) = (total(initial) { $0[0] }, total(end) { $0[0] })
        #expect(abs(after / before - 1) < 1e-13)
        let smoke = stride(from: 0, to: initial.count, by: 3)
        let (largest, least) = (smoke.map { initial.scalars[$0] }.max()!, smoke.map { initial.scalars[$0] }.min()!)
        #expect(smoke.allSatisfy { end.scalars[$0] < largest + 1e-9 && end.scalars[$0] > least - 1e-9 })
        #expect(meanDifference(initial, end, field: 0) > 0.1)
        #expect(total(end) { $0[1] * $0[1] + $0[2] * $0[2] } > 1)
    }

    @Test("fluid at rest stays at rest, also under an even lift") func rest() throws {
        let grid = square(16)
        for smoke in [0.0, 0.7] {
            let initial = state(grid) { _, _ in [smoke, 0, 0] }
            for advection in [Advection.finiteVolumes(.vanLeer), .semiLagrangian(timeStep: 0.1), .macCormack(timeStep: 0.1)] {
                let solver = try BuoyantFlowSolver(grid: grid, viscosity: 0.001, buoyancy: (0.3, 1), advection: advection)
                let end = try Self.end(solver, initial, 1)
                for field in 0..<3 { #expect(meanDifference(end, initial, field: field) < 1e-13) }
            }
        }
    }

    @Test("without lift the kinetic energy does not grow", arguments: [0, 0.01]) func energy(_ viscosity: Double) throws {
        let grid = square(32)
        let noise = Philox(seed: 8, stream: 1).normals(32 * 32 * 2)
        var initial = Self.vortex(grid, viscosity: 0, time: 0)
        for i in 0..<32 * 32 {
            initial[i / 32, i % 32, 1] += 0.3 * noise[2 * i]
            initial[i / 32, i % 32, 2] += 0.3 * noise[2 * i + 1]
        }
        let solver = try BuoyantFlowSolver(grid: grid, viscosity: viscosity, walls: .freeSlip)
        let states = try solver.trajectory(from: initial, times: (1...20).map { 0.05 * Double($0) }).states
        let energies = (0..<20).map { row in
            total(states.rows(row..<row + 1).reshaped(initial.shape)) { $0[1] * $0[1] + $0[2] * $0[2] }
        }
        #expect(zip(energies, energies.dropFirst()).allSatisfy { $1 < $0 }, "\(energies)")
        #expect(energies[19] > 0.2 * energies[0])
    }

    @Test("a symmetric plume stays symmetric") func symmetry() throws {
        let grid = square(24)
        let initial = state(grid) { x, y in [Double.exp(-30 * ((x - 0.5) * (x - 0.5) + (y - 0.3) * (y - 0.3))), 0, 0] }
        let end = try Self.end(BuoyantFlowSolver(grid: grid, viscosity: 0.002, buoyancy: (0, 1)), initial, 2)
        let mirror = mirrored(end)
        for field in 0..<3 { #expect(meanDifference(mirror, end, field: field) < 1e-11) }
        // The smoke rises; the fluid as a whole cannot.
        #expect(total(end) { $0[0] * $0[2] } > 0.1)
        #expect(abs(total(end) { $0[2] }) < 1e-12)
    }

    /// All ways to take long steps.
    static let longSteps: [(name: String, advection: @Sendable (Double) -> Advection)] = [
        ("euler", { .semiLagrangian(timeStep: $0) }), ("midpoint", { .semiLagrangian(timeStep: $0, tracing: .midpoint) }),
        ("corrected", { .macCormack(timeStep: $0, tracing: .midpoint) }),
    ]

    /// Smoke that an almost steady vortex carries round, without lift.
    private static func carried(_ n: Int, _ advection: Advection) throws -> Tensor<Double> {
        let grid = square(n)
        let initial = state(grid) { x, y in
            let s = Double.sin(.pi * x) * Double.sin(.pi * y)
            return [
                s * s * (1 + Double.cos(.pi * x)), Double.sin(.pi * x) * Double.cos(.pi * y), -Double.cos(.pi * x) * Double.sin(.pi * y),
            ]
        }
        let solver = try BuoyantFlowSolver(grid: grid, viscosity: 0, buoyancy: (0, 0), walls: .freeSlip, advection: advection)
        return try end(solver, initial, 0.5)
    }

    @Test("long steps along the flow: order 2 in space for a given step, 1 in time", arguments: 0..<3)
    func semiLagrangianOrder(_ kind: Int) throws {
        let (name, advection) = Self.longSteps[kind]
        let inSpace = try [16, 32, 64].map { try Self.carried($0, advection(0.125)) }
        let spaceOrders = observedOrder(
            zip(inSpace, inSpace.dropFirst()).map { coarse, fine in
                (0..<3).reduce(0) { $0 + meanDifference(Self.coarsened(fine), coarse, field: $1) }
            })
        let inTime = try [2.0, 4, 8, 16].map { try Self.carried(80, advection(0.5 / $0)) }
        let timeOrders = observedOrder(
            zip(inTime, inTime.dropFirst()).map { long, short in
                (0..<3).reduce(0) { $0 + meanDifference(short, long, field: $1) }
            })
        #expect(spaceOrders.last! > 1.6 && spaceOrders.last! < 2.5, "\(name): \(spaceOrders)")
        #expect(timeOrders.last! > 0.75 && timeOrders.last! < 1.25, "\(name): \(timeOrders)")
    }

    @Test("tracing through the middle of the way lessens the error of long steps, correction that of coarse grids") func tracing() throws {
        var exact = try Self.carried(96, .finiteVolumes(.monotonizedCentral))
        func errors(_ n: Int, _ timeStep: Double) throws -> [Double] {
            try Self.longSteps.map { meanDifference(try Self.carried(n, $0.advection(timeStep)), exact, field: 0) }
        }
        let longSteps = try errors(96, 0.125)
        exact = Self.coarsened(Self.coarsened(exact))
        let coarseGrid = try errors(24, 1.0 / 32)
        #expect(longSteps[1] < 0.3 * longSteps[0], "\(longSteps)")
        #expect(coarseGrid[2] < 0.5 * coarseGrid[1], "\(coarseGrid)")
    }

    @Test("long steps along the flow are stable, also with much viscosity") func semiLagrangian() throws {
        // Twenty times the step that one explicit part of the viscosity could have.
        let viscous = try BuoyantFlowSolver(grid: square(32), viscosity: 0.1, buoyancy: (0, 1), advection: .semiLagrangian(timeStep: 0.05))
        let slow = try Self.end(viscous, Self.plume(square(32)), 2)
        let kinetic = total(slow) { $0[1] * $0[1] + $0[2] * $0[2] } / 1024
        #expect(kinetic > 1e-6 && kinetic < 0.1)

        // The published setting: steps of 1.5 in a box of side 32, with flow through several cells a step.
        let grid = square(64, from: 0, to: 32)
        let solver = try BuoyantFlowSolver(grid: grid, viscosity: 0.01, advection: .semiLagrangian(timeStep: 1.5))
        let initial = RandomSmoke(grid: grid).sample(Philox(seed: 1, stream: 1))
        let (states, report) = try solver.trajectory(from: initial, times: [12, 18, 30])
        #expect(report.steps == 20)
        #expect(abs(report.timeStep.upperBound - 1.5) < 1e-12)
        #expect(solver.largestDivergence < 1e-12)
        #expect(states.scalars.allSatisfy { abs($0) < 20 })
    }

    @Test("bad input is an error that names it") func badInput() throws {
        let grid = square(16)
        #expect(throws: SolverError.self) { try BuoyantFlowSolver(grid: square(16, .periodic), viscosity: 0) }
        #expect(throws: SolverError.self) { try BuoyantFlowSolver(grid: square(3), viscosity: 0) }
        #expect(throws: SolverError.self) { try BuoyantFlowSolver(grid: grid, viscosity: -1) }
        #expect(throws: SolverError.self) { try BuoyantFlowSolver(grid: grid, viscosity: 0, courantNumber: 0) }
        #expect(throws: SolverError.self) { try BuoyantFlowSolver(grid: grid, viscosity: 0, advection: .semiLagrangian(timeStep: 0)) }
        #expect(throws: SolverError.self) { try BuoyantFlowSolver(grid: grid, viscosity: 0, advection: .macCormack(timeStep: .infinity)) }
        var state = Self.plume(grid)
        state[2, 3, 0] = .infinity
        #expect(throws: SolverError.diverged(solver: "buoyant flow", step: 0, time: 0, quantity: "smoke at [2, 3]", value: .infinity)) {
            try BuoyantFlowSolver(grid: grid, viscosity: 0).trajectory(from: state, times: [1])
        }
    }

    @Test("random smoke: unit variance, one function at all resolutions") func randomSmoke() {
        func sample(_ n: Int, _ stream: UInt64) -> Tensor<Double> {
            RandomSmoke(grid: square(n, from: 0, to: 32), smoothness: 1).sample(Philox(seed: 2, stream: stream))
        }
        let (coarse, fine) = (sample(40, 3), sample(120, 3))
        #expect(abs(total(coarse) { $0[0] * $0[0] } / 1600 - 1) < 1e-12)
        #expect(coarse != sample(40, 4))
        for y in 0..<40 { for x in 0..<40 { #expect(abs(coarse[y, x, 0] - fine[3 * y + 1, 3 * x + 1, 0]) < 1e-12) } }
        #expect(total(coarse) { abs($0[1]) + abs($0[2]) } == 0)
    }
}
