import Foundation
import Numerics
import Solvers
import Tensors
import Testing

/// `log2` of the ratio of errors when the number of intervals doubles.
private func orders(_ errors: [Double]) -> [Double] { zip(errors, errors.dropFirst()).map { Double.log2($0 / $1) } }

@Suite struct WaveSolverTests {
    /// The state `u, u_t` at `time` on nodes of the unit square.
    private func state(_ shape: [Int], isPeriodic: [Bool] = [false, false], _ value: (_ y: Double, _ x: Double) -> (Double, Double))
        -> Tensor<Double>
    {
        var scalars: [Double] = []
        for j in 0..<shape[0] {
            for i in 0..<shape[1] {
                let y = Double(j) / Double(isPeriodic[0] ? shape[0] : shape[0] - 1)
                let x = Double(i) / Double(isPeriodic[1] ? shape[1] : shape[1] - 1)
                let (u, v) = value(y, x)
                scalars += [u, v]
            }
        }
        return Tensor(shape + [2], scalars)
    }

    /// Relative L2 errors of `u` and of `u_t`.
    private func errors(_ found: Tensor<Double>, _ exact: Tensor<Double>) -> (u: Double, v: Double) {
        var (error, size) = ([0.0, 0.0], [0.0, 0.0])
        for i in 0..<found.count {
            let difference = found.basePointer[i] - exact.basePointer[i]
            error[i % 2] += difference * difference
            size[i % 2] += exact.basePointer[i] * exact.basePointer[i]
        }
        return ((error[0] / size[0]).squareRoot(), (error[1] / size[1]).squareRoot())
    }

    private func final(_ solver: WaveSolver, _ initial: Tensor<Double>, _ time: Double) throws -> Tensor<Double> {
        try solver.trajectory(from: initial, times: [time]).states.reshaped(initial.shape)
    }

    // MARK: - Operator

    @Test("the closures are symmetric in the norm, annihilate constants and integrate exactly", arguments: [8, 9, 21]) func closures(n: Int)
    {
        let h = 0.3
        for isPeriodic in [false, true] {
            let line = SummationByParts(count: n, spacing: h, isPeriodic: isPeriodic)
            #expect(abs(line.norm.reduce(0, +) - h * Double(isPeriodic ? n : n - 1)) < 1e-13)
            let zeros = [Double](repeating: 0, count: n)
            var matrix = [[Double]](repeating: zeros, count: n)
            for (i, row) in line.rows.enumerated() {
                for (c, w) in zip(row.columns, row.weights) { matrix[i][c] += line.norm[i] * w }
            }
            for i in 0..<n {
                #expect(abs(matrix[i].reduce(0, +)) < 1e-12)
                for j in 0..<n { #expect(abs(matrix[i][j] - matrix[j][i]) < 1e-13) }
            }
            // Power iteration for the spectral radius of -D.
            var vector: [Double] = (0..<n).map { i in
                let sign: Double = i % 2 == 0 ? 1 : -1
                return sign + 0.1 * Double(i) / Double(n)
            }
            var radius = 0.0
            for _ in 0..<2000 {
                var next = zeros
                for i in 0..<n {
                    for j in 0..<n { next[i] -= matrix[i][j] * vector[j] / line.norm[i] }
                }
                let size = next.map(abs).max()!
                radius = size / vector.map(abs).max()!
                vector = next.map { $0 / size }
            }
            #expect(radius * h * h < SummationByParts.spectralRadius * (1 + 1e-9), "\(n) points, periodic \(isPeriodic): \(radius * h * h)")
        }
    }

    @Test("the kernel equals the sum of rows", arguments: [[8, 11], [13, 8], [9, 40]]) func kernel(shape: [Int]) {
        for (west, south) in [
            (WaveBoundary.Condition.neumann, WaveBoundary.Condition.periodic), (.periodic, .dirichlet), (.absorbing, .neumann),
        ] {
            let boundary = WaveBoundary(west: west, east: west, south: south, north: south)
            let c = Tensor(shape, Philox(seed: 1, stream: 1).uniforms(shape[0] * shape[1], in: 0.5...2))
            let u = Tensor(shape, Philox(seed: 1, stream: 2).normals(shape[0] * shape[1]))
            let operators = WaveOperator(speed: c, spacing: [0.2, 0.3], boundary: boundary)
            var found = Tensor<Double>(shape)
            found.withUnsafeMutablePointer { operators.apply(u.basePointer, into: $0) }
            for y in 0..<shape[0] {
                for x in 0..<shape[1] {
                    var expected = 0.0
                    let (rowX, rowY) = (operators.alongX.rows[x], operators.alongY.rows[y])
                    for (column, weight) in zip(rowX.columns, rowX.weights) { expected += weight * u[y, column] }
                    for (column, weight) in zip(rowY.columns, rowY.weights) { expected += weight * u[column, x] }
                    let isFixed = south == .dirichlet && (y == 0 || y == shape[0] - 1)
                    expected *= isFixed ? 0 : c[y, x] * c[y, x]
                    #expect(abs(found[y, x] - expected) < 1e-11)
                }
            }
        }
    }

    // MARK: - Order

    /// A standing wave `X(x) Y(y) cos(w t + 1)` that satisfies the conditions.
    static let standing: [(WaveBoundary, x: (Double, Double), y: (Double, Double))] = [
        (WaveBoundary(.dirichlet), (2, 0), (3, 0)),
        (WaveBoundary(.neumann), (2, 0.5), (1, 0.5)),
        (WaveBoundary(west: .dirichlet, east: .neumann, south: .neumann, north: .dirichlet), (1.5, 0), (0.5, 0.5)),
        (WaveBoundary(.periodic), (2, 0.3), (4, 0.1)),
    ]

    @Test("standing waves converge with order 4", arguments: standing)
    func standingWaves(boundary: WaveBoundary, x: (Double, Double), y: (Double, Double)) throws {
        let (kx, ky, c) = (x.0 * Double.pi, y.0 * Double.pi, 1.3)
        let w = c * Double.hypot(kx, ky)
        let isPeriodic = [boundary.south == .periodic, boundary.west == .periodic]
        var (u, v): ([Double], [Double]) = ([], [])
        for intervals in [24, 48, 96] {
            let shape = isPeriodic.map { $0 ? intervals : intervals + 1 }
            func exact(_ time: Double) -> Tensor<Double> {
                state(shape, isPeriodic: isPeriodic) { a, b in
                    let shapeValue = Double.sin(kx * b + x.1 * .pi) * Double.sin(ky * a + y.1 * .pi)
                    return (shapeValue * .cos(w * time + 1), -w * shapeValue * .sin(w * time + 1))
                }
            }
            let solver = try WaveSolver(speed: Tensor(shape, repeating: c), boundary: boundary)
            let error = errors(try final(solver, exact(0), 0.8), exact(0.8))
            u.append(error.u)
            v.append(error.v)
        }
        for order in [orders(u)[1], orders(v)[1]] { #expect(order > 3.5 && order < 5.2, "\(boundary): \(u), \(v)") }
        #expect(u[2] < 2e-4 && v[2] < 2e-4, "\(boundary): \(u), \(v)")
    }

    @Test("variable speed: the exact modes of c = 1 + a x converge with order 4") func variableSpeed() throws {
        // With s = 1 + a x: u = sqrt(s) sin(b ln s) cos(w t), b ln(1 + a) = m pi, w^2 = a^2 (b^2 + 1/4).
        let a = 1.5
        let b = 2 * Double.pi / Double.log(1 + a)
        let w = a * (b * b + 0.25).squareRoot()
        var found: [Double] = []
        for n in [17, 33, 65] {
            func exact(_ time: Double) -> Tensor<Double> {
                state([n, n]) { _, x in
                    let s = 1 + a * x
                    let mode = s.squareRoot() * Double.sin(b * .log(s))
                    return (x == 1 ? 0 : mode * .cos(w * time), x == 1 ? 0 : -w * mode * .sin(w * time))
                }
            }
            let speed = Tensor([n, n], (0..<n * n).map { 1 + a * Double($0 % n) / Double(n - 1) })
            let boundary = WaveBoundary(west: .dirichlet, east: .dirichlet, south: .neumann, north: .neumann)
            found.append(errors(try final(WaveSolver(speed: speed, boundary: boundary), exact(0), 1), exact(1)).u)
        }
        for order in orders(found) { #expect(order > 3.6 && order < 5.2, "\(found)") }
    }

    @Test("a plane pulse leaves through absorbing sides, with order 4") func absorbing() throws {
        let c = 1.0
        func pulse(_ s: Double) -> (Double, Double) {
            let g = Double.exp(-(s * s) / 0.01)
            return (g, 2 * s / 0.01 * g * c)
        }
        var (leaving, left): ([Double], [Double]) = ([], [])
        for n in [33, 65, 129] {
            let boundary = WaveBoundary(west: .absorbing, east: .absorbing, south: .neumann, north: .neumann)
            func exact(_ time: Double) -> Tensor<Double> { state([9, n]) { _, x in pulse(x - 0.5 - c * time) } }
            let solver = try WaveSolver(speed: Tensor([9, n], repeating: c), extent: [8.0 / Double(n - 1), 1], boundary: boundary)
            let times = [0.5, 1.2]
            let (states, _) = try solver.trajectory(from: exact(0), times: times)
            leaving.append(errors(states.rows(0..<1).reshaped([9, n, 2]), exact(0.5)).u)
            left.append(states.rows(1..<2).scalars.enumerated().reduce(0) { $1.offset % 2 == 0 ? max($0, abs($1.element)) : $0 })
            #expect(solver.energyDrift == nil)
        }
        #expect(orders(leaving)[1] > 3.5 && orders(leaving)[1] < 5.5, "\(leaving)")
        #expect(left[2] < 2e-4 && orders(left)[1] > 3, "\(left)")
    }

    @Test(
        "order in time is 4, with and without absorbing sides",
        arguments: [WaveBoundary(.dirichlet), WaveBoundary(west: .absorbing, east: .absorbing, south: .neumann, north: .neumann)])
    func orderInTime(boundary: WaveBoundary) throws {
        let n = 17
        let speed = Tensor([n, n], (0..<n * n).map { 1 + 0.3 * Double.sin(Double($0 % n) / 5) })
        let initial = state([n, n]) { y, x in
            let bump = Double.sin(.pi * x) * Double.sin(.pi * y) * x * (1 - x) * y * (1 - y)
            return x == 1 || y == 1 ? (0, 0) : (bump, 3 * bump * x)
        }
        let reference = try final(WaveSolver(speed: speed, boundary: boundary, courant: 0.01), initial, 1)
        let found = try [0.4, 0.2, 0.1].map { courant in
            let result = try final(WaveSolver(speed: speed, boundary: boundary, courant: courant), initial, 1)
            let error = errors(result, reference)
            return max(error.u, error.v)
        }
        for order in orders(found) { #expect(order > 3.7 && order < 4.4, "\(found)") }
    }

    // MARK: - Energy

    @Test("the discrete energy is conserved to round-off over thousands of steps in a rough medium") func energy() throws {
        let shape = [20, 31]
        let speed = Tensor(shape, Philox(seed: 3, stream: 1).uniforms(620, in: 0.5...2))
        for boundary in [WaveBoundary(.dirichlet), WaveBoundary(.neumann), WaveBoundary(.periodic)] {
            var initial = Tensor(shape + [2], Philox(seed: 3, stream: 2).normals(1240))
            if boundary.west == .dirichlet {
                for y in 0..<20 {
                    for x in 0..<31 where y == 0 || y == 19 || x == 0 || x == 30 { (initial[y, x, 0], initial[y, x, 1]) = (0, 0) }
                }
            }
            let solver = try WaveSolver(speed: speed, boundary: boundary, courant: 1)
            let (states, report) = try solver.trajectory(from: initial, times: (1...20).map { Double($0) })
            #expect(report.steps > 1000)
            #expect(try #require(solver.energyDrift) < 1e-12)
            #expect(states.scalars.allSatisfy { $0.isFinite })
        }
    }

    @Test("the energy of the field is constant to the order of the scheme and falls through absorbing sides") func fieldEnergy() throws {
        let n = 33
        let initial = state([n, n]) { y, x in (Double.exp(-80 * ((x - 0.5) * (x - 0.5) + (y - 0.4) * (y - 0.4))), 0) }
        let closed = try WaveSolver(speed: Tensor([n, n], repeating: 1), boundary: WaveBoundary(.neumann))
        let before = closed.energy(of: initial)
        let (states, _) = try closed.trajectory(from: initial, times: [1, 2, 3])
        for index in 0..<3 {
            #expect(abs(closed.energy(of: states.rows(index..<index + 1).reshaped([n, n, 2])) - before) < 2e-3 * before)
        }
        let open = try WaveSolver(speed: Tensor([n, n], repeating: 1), boundary: WaveBoundary(.absorbing))
        let (outgoing, _) = try open.trajectory(from: initial, times: [0.5, 1, 1.5, 2])
        var energies = [before]
        for index in 0..<4 { energies.append(open.energy(of: outgoing.rows(index..<index + 1).reshaped([n, n, 2]))) }
        for (earlier, later) in zip(energies, energies.dropFirst()) { #expect(later < earlier) }
        #expect(energies[4] < 0.02 * before, "\(energies)")
    }

    @Test("absorbing corners are stable at the Courant limit") func stability() throws {
        let n = 24
        let boundary = WaveBoundary(.absorbing)
        let solver = try WaveSolver(
            speed: Tensor([n, n], repeating: 1), boundary: boundary, courant: WaveSolver.courantLimit(of: boundary))
        let initial = Tensor([n, n, 2], Philox(seed: 5, stream: 1).normals(n * n * 2))
        let (states, _) = try solver.trajectory(from: initial, times: [0.5, 40])
        let energies = (0..<2).map { solver.energy(of: states.rows($0..<$0 + 1).reshaped([n, n, 2])) }
        #expect(energies[1] < energies[0])
    }

    // MARK: - Interface

    @Test("rest stays at rest, and outputs do not depend on each other") func restAndOutputs() throws {
        let n = 12
        let solver = try WaveSolver(speed: Tensor([n, n], repeating: 2), boundary: WaveBoundary(.dirichlet))
        #expect(try solver.trajectory(from: Tensor([n, n, 2]), times: [1]).states.scalars.allSatisfy { $0 == 0 })
        let initial = state([n, n]) { y, x in x == 1 || y == 1 ? (0, 0) : (Double.sin(.pi * x) * Double.sin(.pi * y), 0) }
        let (many, report) = try solver.trajectory(from: initial, times: [0, 0.25, 0.25, 0.5, 0.9])
        #expect(many.rows(0..<1).scalars == initial.scalars || relative(many.rows(0..<1), initial) < 1e-15)
        #expect(many.rows(1..<2) == many.rows(2..<3))
        #expect(report.steps > 0 && report.timeStep.upperBound <= solver.largestTimeStep * (1 + 1e-12))
        let single = try solver.trajectory(from: initial, times: [0.9]).states
        #expect(relative(many.rows(4..<5), single) < 1e-3)
    }

    private func relative(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
        let size = b.scalars.reduce(0) { max($0, abs($1)) }
        return zip(a.scalars, b.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
    }

    @Test("bad input has a name") func badInput() throws {
        let ones = Tensor<Double>([10, 10], repeating: 1)
        #expect(throws: SolverError.invalidInput(key: "speed", found: "0.0", allowed: "finite and > 0")) {
            try WaveSolver(speed: Tensor([10, 10], repeating: 0), boundary: WaveBoundary(.neumann))
        }
        #expect(throws: SolverError.invalidInput(key: "shape", found: "[10, 7]", allowed: "at least 8 points an axis")) {
            try WaveSolver(speed: Tensor([10, 7], repeating: 1), boundary: WaveBoundary(.neumann))
        }
        do {
            _ = try WaveSolver(speed: ones, boundary: WaveBoundary(.neumann), courant: 2)
            Issue.record("a Courant number above the limit was taken")
        } catch {
            guard case SolverError.cflViolation(_, let courant, let limit, _) = error else { throw error }
            #expect(courant == 2 && limit == 1.45)
        }
        let solver = try WaveSolver(speed: ones, boundary: WaveBoundary(.dirichlet))
        #expect(throws: SolverError.self) { try solver.trajectory(from: Tensor([10, 10, 2], repeating: 1), times: [1]) }
        #expect(throws: SolverError.self) { try solver.trajectory(from: Tensor([10, 10, 2], repeating: .nan), times: [1]) }
    }
}
