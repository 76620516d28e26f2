import Foundation
import Numerics
import Solvers
import Tensors
import Testing

private func orders(_ errors: [Double]) -> [Double] { zip(errors, errors.dropFirst()).map { Double.log2($0 / $1) } }

private func distance(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
    let size = b.scalars.reduce(0) { max($0, abs($1)) }
    return zip(a.scalars, b.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
}

extension EvolutionSolver {
    fileprivate func final(_ initial: Tensor<Double>, _ time: Double) throws -> Tensor<Double> {
        try trajectory(from: initial, times: [time]).states.reshaped(initial.shape)
    }
}

/// The five-point scheme of a two-field system with the classical Runge-Kutta method and tiny steps.
private struct SlowReactionDiffusion {
    let shape: [Int]
    let spacing: [Double]
    let isPeriodic: Bool
    let diffusivities: [Double]
    let reaction: (Double, Double) -> (Double, Double)

    func rate(_ state: [Double]) -> [Double] {
        let (ny, nx) = (shape[0], shape[1])
        func neighbour(_ index: Int, _ count: Int) -> Int {
            isPeriodic ? (index + count) % count : min(max(index, 0), count - 1)
        }
        var result = state
        for y in 0..<ny {
            for x in 0..<nx {
                let center = 2 * (y * nx + x)
                let (p, q) = reaction(state[center], state[center + 1])
                for field in 0...1 {
                    func at(_ y: Int, _ x: Int) -> Double { state[2 * (neighbour(y, ny) * nx + neighbour(x, nx)) + field] }
                    let here = state[center + field]
                    let alongY = (at(y - 1, x) - 2 * here + at(y + 1, x)) / (spacing[0] * spacing[0])
                    let alongX = (at(y, x - 1) - 2 * here + at(y, x + 1)) / (spacing[1] * spacing[1])
                    result[center + field] = diffusivities[field] * (alongY + alongX) + (field == 0 ? p : q)
                }
            }
        }
        return result
    }

    func integrate(_ initial: Tensor<Double>, _ time: Double, steps: Int) -> Tensor<Double> {
        var u = initial.scalars
        let h = time / Double(steps)
        func moved(_ k: [Double], _ factor: Double) -> [Double] { zip(u, k).map { $0 + factor * $1 } }
        for _ in 0..<steps {
            let k1 = rate(u)
            let k2 = rate(moved(k1, h / 2))
            let k3 = rate(moved(k2, h / 2))
            let k4 = rate(moved(k3, h))
            for i in u.indices { u[i] += h / 6 * (k1[i] + 2 * (k2[i] + k3[i]) + k4[i]) }
        }
        return Tensor(initial.shape, u)
    }
}

@Suite struct ReactionDiffusionTests {
    private static let grayScott: (u: Double, v: Double, feed: Double, kill: Double) = (2e-2, 1e-2, 0.04, 0.06)

    private static func solver(
        _ system: String, _ shape: [Int], _ boundary: ReactionDiffusionBoundary, _ laplacian: ReactionDiffusionLaplacian,
        _ control: TimeStepControl
    ) throws -> any EvolutionSolver {
        let g = grayScott
        return system == "gray-scott"
            ? try GrayScottSolver(
                shape: shape, extent: [2, 3], boundary: boundary, diffusivities: (g.u, g.v), feed: g.feed, kill: g.kill,
                laplacian: laplacian,
                control: control)
            : try FitzHughNagumoSolver(
                shape: shape, extent: [2, 3], boundary: boundary, diffusivities: (2e-2, 3e-2), threshold: 0.1, laplacian: laplacian,
                control: control)
    }

    /// A smooth field that satisfies both boundary conditions: cosines of even numbers of half waves.
    private static func initial(_ shape: [Int], _ boundary: ReactionDiffusionBoundary) -> Tensor<Double> {
        let offset = boundary == .periodic ? 0.0 : 0.5
        var values: [Double] = []
        for j in 0..<shape[0] {
            for i in 0..<shape[1] {
                let y = 2 * Double.pi * (Double(j) + offset) / Double(shape[0])
                let x = 2 * Double.pi * (Double(i) + offset) / Double(shape[1])
                values += [0.6 + 0.3 * Double.cos(x) + 0.1 * Double.cos(y), 0.3 + 0.2 * Double.cos(y) * Double.cos(x)]
            }
        }
        return Tensor(shape + [2], values)
    }

    private static let systems: [(String, ReactionDiffusionBoundary)] = [
        ("gray-scott", .periodic), ("gray-scott", .neumann), ("fitzhugh-nagumo", .periodic), ("fitzhugh-nagumo", .neumann),
    ]

    @Test("second-order Laplacian: the five-point scheme written out, also from noise", arguments: systems)
    private func reference(system: String, boundary: ReactionDiffusionBoundary) throws {
        let shape = [6, 7]
        let g = Self.grayScott
        let slow = SlowReactionDiffusion(
            shape: shape, spacing: [2.0 / 6, 3.0 / 7], isPeriodic: boundary == .periodic,
            diffusivities: system == "gray-scott" ? [g.u, g.v] : [2e-2, 3e-2]
        ) { u, v in
            system == "gray-scott"
                ? (-u * v * v + g.feed * (1 - u), u * v * v - (g.feed + g.kill) * v) : (u - u * u * u - 0.1 - v, u - v)
        }
        let noise = Tensor(shape + [2], Philox(seed: 1, stream: 1).normals(84))
        for initial in [Self.initial(shape, boundary), noise] {
            let found = try Self.solver(system, shape, boundary, .secondOrder, .adaptive(tolerance: 1e-11)).final(initial, 1)
            #expect(distance(found, slow.integrate(initial, 1, steps: 2000)) < 1e-9)
        }
    }

    @Test("order 4 in time", arguments: systems) private func orderInTime(system: String, boundary: ReactionDiffusionBoundary) throws {
        let shape = [12, 16]
        let initial = Self.initial(shape, boundary)
        let reference = try Self.solver(system, shape, boundary, .spectral, .fixed(0.01)).final(initial, 4)
        let errors = try [0.4, 0.2, 0.1].map { step in
            distance(try Self.solver(system, shape, boundary, .spectral, .fixed(step)).final(initial, 4), reference)
        }
        for order in orders(errors) { #expect(order > 3.6 && order < 4.6, "\(system): \(errors)") }
    }

    @Test("order in space: spectral, and 2 with differences", arguments: systems)
    private func orderInSpace(system: String, boundary: ReactionDiffusionBoundary) throws {
        func result(_ n: Int, _ laplacian: ReactionDiffusionLaplacian) throws -> Tensor<Double> {
            try Self.solver(system, [n, n], boundary, laplacian, .adaptive(tolerance: 1e-10)).final(Self.initial([n, n], boundary), 2)
        }
        let differences = try [16, 32, 64].map { distance(try result($0, .secondOrder), try result($0, .spectral)) }
        for order in orders(differences) { #expect(order > 1.8 && order < 2.2, "\(system): \(differences)") }
        // Points of a tripled grid of cells contain those of the coarse one, of a doubled periodic grid likewise.
        let fine = try result(48, .spectral)
        let errors = try [8, 16].map { n in
            let coarse = try result(n, .spectral)
            let ratio = 48 / n
            let offset = boundary == .periodic ? 0 : (ratio - 1) / 2
            guard boundary == .periodic || ratio % 2 == 1 else { return 0.0 }
            var worst = 0.0
            for y in 0..<n {
                for x in 0..<n {
                    for f in 0...1 { worst = max(worst, abs(coarse[y, x, f] - fine[ratio * y + offset, ratio * x + offset, f])) }
                }
            }
            return worst
        }
        #expect(errors[1] < 1e-5, "\(errors)")
        if boundary == .periodic { #expect(errors[1] < 1e-2 * errors[0], "\(errors)") }
    }

    @Test("without v, Gray-Scott is a linear equation, solved exactly; its rest state stays") func grayScottLinear() throws {
        let n = 16
        let solver = try GrayScottSolver(
            shape: [n, n], extent: [2, 2], diffusivities: (0.01, 0.005), feed: 0.3, kill: 0.06, control: .fixed(0.5))
        func state(_ amplitude: Double) -> Tensor<Double> {
            Tensor([n, n, 2], (0..<n * n).flatMap { [1 + amplitude * Double.cos(.pi * 2 * Double($0 % n) / Double(n)), 0] })
        }
        let exact = state(0.4 * Double.exp(-3 * (0.3 + 0.01 * .pi * .pi)))
        #expect(distance(try solver.final(state(0.4), 3), exact) < 1e-14)
        #expect(distance(try solver.final(state(0), 3), state(0)) < 1e-14)
    }

    @Test("one and three axes agree with two where the field does not vary") func dimensions() throws {
        let line = (0..<8).flatMap { [0.5 + 0.3 * Double.cos(.pi * (Double($0) + 0.5) / 8), 0.2] }
        func solve(_ shape: [Int]) throws -> Tensor<Double> {
            let initial = Tensor(shape + [2], (0..<shape.dropLast().reduce(1, *)).flatMap { _ in line })
            return try FitzHughNagumoSolver(shape: shape, extent: shape.map { _ in 2 }).final(initial, 2)
        }
        let expected = try solve([8])
        for shape in [[3, 8], [2, 3, 8]] {
            let found = try solve(shape).scalars
            for i in 0..<found.count { #expect(abs(found[i] - expected.scalars[i % 16]) < 1e-6) }
        }
    }

    @Test("bad input has a name") func badInput() throws {
        #expect(throws: SolverError.invalidInput(key: "diffusivities", found: "[-1.0, 0.005]", allowed: "finite and >= 0")) {
            try FitzHughNagumoSolver(shape: [8, 8], diffusivities: (-1, 5e-3))
        }
        #expect(throws: SolverError.invalidInput(key: "extent", found: "[0.0]", allowed: "positive lengths")) {
            try GrayScottSolver(shape: [8], extent: [0], diffusivities: (1, 1), feed: 1, kill: 1)
        }
        #expect(throws: SolverError.self) {
            try FitzHughNagumoSolver(shape: [8, 8]).final(Tensor([8, 8, 2], repeating: .nan), 1)
        }
        // u' = u^2 v grows beyond all bounds for negative u.
        do {
            let solver = try GrayScottSolver(shape: [4, 4], extent: [1, 1], diffusivities: (0, 0), feed: -5, kill: -5)
            _ = try solver.final(Tensor([4, 4, 2], repeating: 5), 100)
            Issue.record("a solution that becomes infinite was returned")
        } catch {
            guard case SolverError.diverged = error else { throw error }
        }
    }
}

@Suite struct ForcedReactionDiffusionSolverTests {
    private func nodes(_ n: Int, _ value: (Double) -> Double) -> [Double] { (0..<n).map { value(Double($0) / Double(n - 1)) } }

    @Test("a steady state with forcing at the ends stays, to order 4 in space") func steadyState() throws {
        // s = x (1 - x) e^x: s'' = -(x^2 + 3 x) e^x.
        let (d, k) = (0.2, 0.7)
        func s(_ x: Double) -> Double { x * (1 - x) * .exp(x) }
        func v(_ x: Double) -> Double { d * (x * x + 3 * x) * .exp(x) - k * s(x) * s(x) }
        let errors = try [11, 21, 41].map { n in
            let solver = try ForcedReactionDiffusionSolver(points: n, diffusivity: d, reaction: k, control: .adaptive(tolerance: 1e-12))
            try solver.setForcing(Tensor([n], nodes(n, v)))
            let exact = Tensor([n, 1], nodes(n, s))
            return distance(try solver.final(exact, 5), exact)
        }
        for order in orders(errors) { #expect(order > 3.8 && order < 4.3, "\(errors)") }
        #expect(errors[2] < 1e-7)
    }

    @Test("the linear problem in time: s = sin(pi x) (1 - e^(-D pi^2 t)) / (D pi^2), order 4 in space") func linear() throws {
        let d = 0.05
        let rate = d * .pi * .pi
        let errors = try [9, 17, 33].map { n in
            let solver = try ForcedReactionDiffusionSolver(points: n, diffusivity: d, reaction: 0)
            try solver.setForcing(Tensor([n], nodes(n) { Double.sin(.pi * $0) }))
            let exact = Tensor([n, 1], nodes(n) { Double.sin(.pi * $0) * (1 - Double.exp(-2 * rate)) / rate })
            return distance(try solver.final(Tensor([n, 1]), 2), exact)
        }
        for order in orders(errors) { #expect(order > 3.8 && order < 4.3, "\(errors)") }
    }

    @Test("order 4 in time, and forcing from rest has the right sign and symmetry") func orderInTime() throws {
        let n = 41
        func solve(_ control: TimeStepControl) throws -> Tensor<Double> {
            let solver = try ForcedReactionDiffusionSolver(points: n, diffusivity: 0.05, reaction: 0.5, control: control)
            try solver.setForcing(Tensor([n], nodes(n) { 1 + $0 * (1 - $0) }))
            return try solver.final(Tensor([n, 1]), 1)
        }
        let reference = try solve(.fixed(0.002))
        let errors = try [0.1, 0.05, 0.025].map { distance(try solve(.fixed($0)), reference) }
        for order in orders(errors) { #expect(order > 3.5 && order < 4.6, "\(errors)") }
        #expect(reference[0, 0] == 0 && reference[n - 1, 0] == 0 && reference[n / 2, 0] > 0.5)
        for i in 0..<n { #expect(abs(reference[i, 0] - reference[n - 1 - i, 0]) < 1e-12) }
        #expect(distance(try solve(.adaptive(tolerance: 1e-8)), reference) < 1e-6)
    }

    @Test("bad input has a name") func badInput() throws {
        #expect(throws: SolverError.invalidInput(key: "points", found: "2", allowed: "at least 3")) {
            try ForcedReactionDiffusionSolver(points: 2)
        }
        #expect(throws: SolverError.invalidInput(key: "diffusivity", found: "0.0", allowed: "finite and > 0")) {
            try ForcedReactionDiffusionSolver(points: 9, diffusivity: 0)
        }
        let solver = try ForcedReactionDiffusionSolver(points: 9)
        #expect(throws: SolverError.invalidInput(key: "initial state", found: "1.0 at an end", allowed: "zero at both ends")) {
            try solver.final(Tensor([9, 1], repeating: 1), 1)
        }
        #expect(throws: SolverError.self) { try solver.setForcing(Tensor([9], repeating: .infinity)) }
    }
}
