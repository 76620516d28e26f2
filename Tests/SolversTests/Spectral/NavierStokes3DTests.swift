import Foundation
import Solvers
import Tensors
import TestSupport
import Testing
import Transforms

@Suite struct NavierStokes3DTests {
    typealias Solver = NavierStokes3D<Double>

    private func final(_ solver: some EvolutionSolver, _ initial: Tensor<Double>, _ time: Double) throws -> Tensor<Double> {
        try solver.trajectory(from: initial, times: [time]).states.reshaped(initial.shape)
    }

    /// A velocity `[z, y, x, 3]` on the cube of period 2 pi by its components (u_x, u_y, u_z).
    private func velocity(_ n: Int, _ value: (_ x: Double, _ y: Double, _ z: Double) -> [Double]) -> Tensor<Double> {
        let turn = 2 * Double.pi / Double(n)
        var values: [Double] = []
        for z in 0..<n {
            for y in 0..<n { for x in 0..<n { values += value(turn * Double(x), turn * Double(y), turn * Double(z)) } }
        }
        return Tensor([n, n, n, 3], values)
    }

    private let period = Array(repeating: 2 * Double.pi, count: 3)

    private func taylorGreen(_ n: Int) -> Tensor<Double> {
        velocity(n) { x, y, z in [sin(x) * cos(y) * cos(z), -cos(x) * sin(y) * cos(z), 0] }
    }

    private func energy(_ u: Tensor<Double>) -> Double { u.scalars.reduce(0) { $0 + $1 * $1 } / Double(2 * u.count / 3) }

    @Test("Arnold-Beltrami-Childress flows decay exactly, and stay under the forcing that feeds them")
    func beltramiFlow() throws {
        let n = 12
        let initial = velocity(n) { x, y, z in [sin(z) + 0.5 * cos(y), 0.7 * sin(x) + cos(z), 0.5 * sin(y) + 0.7 * cos(x)] }
        let decay = exp(-(0.05 + 0.1) * 2)
        let expected = Tensor(initial.shape, initial.scalars.map { $0 * decay })
        let solver = try Solver(shape: [n, n, n], lengths: period, viscosity: 0.05, drag: 0.1)
        #expect(relativeDistance(try final(solver, initial, 2), expected) < 1e-13)
        let single = try NavierStokes3D<Float>(shape: [n, n, n], lengths: period, viscosity: 0.05, drag: 0.1)
        #expect(relativeDistance(try final(single, initial, 2), expected) < 1e-6)
        let forcing = Tensor(initial.shape, initial.scalars.map { 0.05 * $0 })
        let fed = try Solver(shape: [n, n, n], lengths: period, viscosity: 0.05, forcing: forcing)
        #expect(relativeDistance(try final(fed, initial, 2), initial) < 1e-13)
    }

    @Test("planar flows are those of the vorticity solver, in each of the three planes", arguments: 0..<3)
    func planarFlows(normal: Int) throws {
        let n = 16
        let w = smoothVorticity([n, n], largest: 3)
        let flow = PeriodicFlow2D(shape: [n, n])
        /// The planar velocity with its axes (first, second) turned into space: (x, y), (y, z) or (z, x).
        func raised(_ vorticity: Tensor<Double>) -> Tensor<Double> {
            let planar = flow.velocity(fromVorticity: vorticity)
            var values = [Double](repeating: 0, count: 3 * n * n * n)
            for z in 0..<n {
                for y in 0..<n {
                    for x in 0..<n {
                        let position = [x, y, z]
                        let (first, second) = ((normal + 1) % 3, (normal + 2) % 3)
                        let point = position[second] * n + position[first]
                        let target = 3 * ((z * n + y) * n + x)
                        values[target + first] = planar.basePointer[2 * point]
                        values[target + second] = planar.basePointer[2 * point + 1]
                    }
                }
            }
            return Tensor([n, n, n, 3], values)
        }
        let control = TimeStepControl.fixed(0.01)
        let planar = try final(NavierStokes2D<Double>(shape: [n, n], viscosity: 2e-3, scheme: .exponential(control)), w, 0.1)
        let spatial = try final(Solver(shape: [n, n, n], viscosity: 2e-3, control: control), raised(w), 0.1)
        #expect(relativeDistance(spatial, raised(planar)) < 1e-12)
        #expect(relativeDistance(spatial, raised(w)) > 0.01)
    }

    @Test("without viscosity the energy of Taylor-Green vortices stays, linear forcing lets it grow exactly; with viscosity it decays")
    func energyBudget() throws {
        let n = 16
        let initial = taylorGreen(n)
        let ideal = try final(Solver(shape: [n, n, n], lengths: period, viscosity: 0, control: .adaptive(tolerance: 1e-7)), initial, 1)
        #expect(abs(energy(ideal) / energy(initial) - 1) < 1e-6 && relativeDistance(ideal, initial) > 0.1)
        let forced = try Solver(shape: [n, n, n], lengths: period, viscosity: 0, linearForcing: 0.2, control: .adaptive(tolerance: 1e-7))
        #expect(abs(energy(try final(forced, initial, 1)) / energy(initial) - exp(0.4)) < 1e-5)

        // dE/dt = -nu <|grad u|^2>.
        let (h, viscosity) = (0.01, 0.02)
        let solver = try Solver(shape: [n, n, n], lengths: period, viscosity: viscosity, control: .fixed(h))
        let states = try solver.trajectory(from: initial, times: [1 - h, 1, 1 + h]).states
        let frames = (0..<3).map { states.rows($0..<$0 + 1).reshaped([n, n, n, 3]) }
        let derivative = SpectralDerivative<Double>(grid: [n, n, n], lengths: period, channels: 3)
        let dissipation = derivative.gradient(frames[1]).reduce(0) { $0 + 2 * viscosity * energy($1) }
        let measured = (energy(frames[2]) - energy(frames[0])) / (2 * h)
        #expect(abs(measured / -dissipation - 1) < 1e-4)
    }

    @Test("the order in time is four, from above and below; no divergence appears") func order() throws {
        let n = 12
        let initial = taylorGreen(n)
        func solution(_ step: Double) throws -> Tensor<Double> {
            try final(Solver(shape: [n, n, n], lengths: period, viscosity: 0.01, control: .fixed(step)), initial, 0.8)
        }
        let exact = try solution(0.01)
        let errors = try [0.2, 0.1, 0.05].map { relativeDistance(try solution($0), exact) }
        for (a, b) in zip(errors, errors.dropFirst()) { #expect(log2(a / b) > 3.7 && log2(a / b) < 4.4, "errors \(errors)") }
        let derivative = SpectralDerivative<Double>(grid: [n, n, n], lengths: period, channels: 3)
        let (dx, dy, dz) = (
            derivative(exact, orders: [0, 0, 1]).scalars, derivative(exact, orders: [0, 1, 0]).scalars,
            derivative(exact, orders: [1, 0, 0]).scalars
        )
        for point in 0..<n * n * n { #expect(abs(dx[3 * point] + dy[3 * point + 1] + dz[3 * point + 2]) < 1e-12) }
    }

    @Test("a shift of the initial field shifts the flow; boxes need not be cubes; the gradient part of a field is dropped")
    func shiftsAndBoxes() throws {
        let shape = [8, 10, 12]
        let solver = try Solver(shape: shape, lengths: [1, 1.5, 2], viscosity: 0.01, control: .fixed(0.02))
        let rough: Tensor<Double> = randomTensor(shape + [3], seed: 3)
        let initial = try final(solver, rough, 0.02)
        func shifted(_ u: Tensor<Double>) -> Tensor<Double> {
            var values: [Double] = []
            for z in 0..<8 {
                for y in 0..<10 {
                    for x in 0..<12 {
                        let source = 3 * (((z + 3) % 8 * 10 + (y + 4) % 10) * 12 + (x + 5) % 12)
                        values += [u.basePointer[source], u.basePointer[source + 1], u.basePointer[source + 2]]
                    }
                }
            }
            return Tensor(u.shape, values)
        }
        let result = try final(solver, initial, 0.2)
        #expect(relativeDistance(try final(solver, shifted(initial), 0.2), shifted(result)) < 1e-12)
        #expect(relativeDistance(result, initial) > 0.01)
        #expect(try final(solver, Tensor(shape + [3]), 0.2) == Tensor(shape + [3]))
    }

    @Test("parameters out of range and steps too long are named errors") func errors() throws {
        #expect(throws: SolverError.self) { try Solver(shape: [8, 8, 2], viscosity: 1) }
        #expect(throws: SolverError.self) { try Solver(shape: [8, 8, 8], viscosity: .nan) }
        #expect(throws: SolverError.self) {
            try final(Solver(shape: [8, 8, 8], lengths: period, viscosity: 1e-3, control: .fixed(5)), taylorGreen(8), 10)
        }
    }
}
