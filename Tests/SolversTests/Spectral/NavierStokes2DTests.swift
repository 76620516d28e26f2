import Foundation
import Solvers
import Tensors
import TestSupport
import Testing
import Transforms

@Suite struct NavierStokes2DTests {
    typealias Solver = NavierStokes2D<Double>

    private func final(_ solver: some EvolutionSolver, _ initial: Tensor<Double>, _ time: Double) throws -> Tensor<Double> {
        let states = try solver.trajectory(from: initial, times: [time]).states
        return states.reshaped(initial.shape)
    }

    @Test("the solver is its slow twin: rectangles, drag and forcing included")
    func slowTwin() throws {
        for (shape, lengths) in [([18, 24], [1.0, 1.5]), ([15, 16], [2, 1])] {
            let forcing = smoothVorticity(shape, largest: 2, seed: 9).reshaped(shape)
            let reference = PlanarFlowReference(shape: shape, lengths: lengths, viscosity: 2e-3, drag: 0.3, forcing: forcing)
            let initial = smoothVorticity(shape)
            let solver = try Solver(
                shape: shape, lengths: lengths, viscosity: 2e-3, drag: 0.3, forcing: forcing, scheme: .exponential(.fixed(1e-3)))
            let expected = reference.integrate(initial, to: 0.1, steps: 100)
            #expect(relativeDistance(try final(solver, initial, 0.1).reshaped(shape), expected) < 1e-7)
        }
    }

    @Test("Taylor-Green vortices decay exactly, with drag, in both precisions and both schemes")
    func taylorGreen() throws {
        let n = 16
        let (viscosity, drag) = (0.01, 0.2)
        let wave = 2 * Double.pi * 2
        let initial = planarField(n) { y, x in cos(wave * y) * sin(wave * x) }.reshaped([n, n, 1])
        let decay = exp(-(2 * viscosity * wave * wave + drag) * 0.5)
        let expected = Tensor(initial.shape, initial.scalars.map { $0 * decay })
        let solver = try Solver(shape: [n, n], viscosity: viscosity, drag: drag)
        #expect(relativeDistance(try final(solver, initial, 0.5), expected) < 1e-13)
        let single = try NavierStokes2D<Float>(
            shape: [n, n], viscosity: viscosity, drag: drag, scheme: .exponential(.adaptive(tolerance: 1e-5)))
        #expect(relativeDistance(try final(single, initial, 0.5), expected) < 1e-6)
        let recipe = try Solver(shape: [n, n], viscosity: viscosity, drag: drag, scheme: .crankNicolsonEuler(timeStep: 1e-3))
        #expect(relativeDistance(try final(recipe, initial, 0.5), expected) < 1e-5)
    }

    @Test("orders in time: four, and one for the published scheme, from above and below")
    func ordersInTime() throws {
        let initial = smoothVorticity([24, 24])
        func error(_ scheme: Solver.Scheme, _ reference: Tensor<Double>) throws -> Double {
            let solver = try Solver(shape: [24, 24], viscosity: 2e-3, forcing: diagonalForcing(24), scheme: scheme)
            return relativeDistance(try final(solver, initial, 0.4), reference)
        }
        let exact = try final(
            Solver(shape: [24, 24], viscosity: 2e-3, forcing: diagonalForcing(24), scheme: .exponential(.fixed(1e-3))), initial, 0.4)
        let fine = try [0.02, 0.01, 0.005].map { try error(.exponential(.fixed($0)), exact) }
        for (a, b) in zip(fine, fine.dropFirst()) { #expect(log2(a / b) > 3.8 && log2(a / b) < 4.3, "errors \(fine)") }
        let coarse = try [0.004, 0.002, 0.001].map { try error(.crankNicolsonEuler(timeStep: $0), exact) }
        for (a, b) in zip(coarse, coarse.dropFirst()) { #expect(log2(a / b) > 0.9 && log2(a / b) < 1.1, "errors \(coarse)") }
    }

    @Test("convergence in space is faster than any power: errors of a smooth flow fall by 30 and more for each doubling")
    func spectralConvergence() throws {
        func solution(_ n: Int) throws -> Tensor<Double> {
            let solver = try Solver(shape: [n, n], viscosity: 1e-2, scheme: .exponential(.fixed(5e-3)))
            let state = try final(solver, smoothVorticity([n, n], largest: 2), 0.5).reshaped([n, n])
            return SpectralResampler<Double>(from: [n, n], to: [8, 8])(state)
        }
        let exact = try solution(96)
        let errors = try [12, 24, 48].map { relativeDistance(try solution($0), exact) }
        #expect(errors[0] > 30 * errors[1] && errors[1] > 1000 * errors[2] && errors[2] < 1e-8, "errors \(errors)")
    }

    @Test("without viscosity energy and enstrophy stay; with it they obey their budgets")
    func budgets() throws {
        let (n, viscosity, drag) = (32, 1e-3, 0.1)
        let flow = PeriodicFlow2D(shape: [n, n])
        let initial = smoothVorticity([n, n])
        func energy(_ w: Tensor<Double>) -> Double { flow.energy(ofVelocity: flow.velocity(fromVorticity: w)) }
        let ideal = try final(Solver(shape: [n, n], viscosity: 0, scheme: .exponential(.adaptive(tolerance: 1e-9))), initial, 1)
        #expect(abs(flow.enstrophy(ofVorticity: ideal) / flow.enstrophy(ofVorticity: initial) - 1) < 1e-7)
        #expect(abs(energy(ideal) / energy(initial) - 1) < 1e-7)
        #expect(relativeDistance(ideal, initial) > 0.3)

        // d/dt of enstrophy Z and energy E by central differences of a fine trajectory.
        let forcing = diagonalForcing(n)
        let h = 1e-3
        let solver = try Solver(shape: [n, n], viscosity: viscosity, drag: drag, forcing: forcing, scheme: .exponential(.fixed(h)))
        let states = try solver.trajectory(from: initial, times: [0.5 - h, 0.5, 0.5 + h]).states
        let frames = (0..<3).map { states.rows($0..<$0 + 1).reshaped([n, n]) }
        let derivative = SpectralDerivative<Double>(grid: [n, n], lengths: [1, 1])
        let laplacian = derivative.laplacian(frames[1]).scalars
        let (w, f) = (frames[1].scalars, forcing.scalars)
        var expected = 0.0
        for index in 0..<n * n { expected += w[index] * (viscosity * laplacian[index] - drag * w[index] + f[index]) / Double(n * n) }
        let measured = (flow.enstrophy(ofVorticity: frames[2]) - flow.enstrophy(ofVorticity: frames[0])) / (2 * h)
        #expect(abs(measured / expected - 1) < 1e-5)
        let lost = (energy(frames[2]) - energy(frames[0])) / (2 * h)
        // E_t = -2 nu Z - 2 mu E + <psi f>; psi solves -Lap psi = w.
        let stream = FastStream.potential(frames[1])
        let input = zip(stream, f).reduce(0) { $0 + $1.0 * $1.1 } / Double(n * n)
        let budget = input - 2 * viscosity * flow.enstrophy(ofVorticity: frames[1]) - 2 * drag * energy(frames[1])
        #expect(abs(lost / budget - 1) < 1e-5)
    }

    /// -Lap psi = w on the unit square.
    private enum FastStream {
        static func potential(_ w: Tensor<Double>) -> [Double] {
            let transform = RealFourierTransform<Double>(grid: w.shape)
            let spectrum = transform.forward(w)
            let y = Wavenumbers.angular(w.shape[0], length: 1.0)
            let x = Wavenumbers.angularHalf(w.shape[1], length: 1.0)
            let scaled = spectrum.scalars.enumerated().map { index, value in
                let (p, q) = (y[index / 2 / x.count], x[index / 2 % x.count])
                return p == 0 && q == 0 ? 0 : value / (p * p + q * q)
            }
            return transform.inverse(consuming: Tensor(spectrum.shape, scaled)).scalars
        }
    }

    @Test("shifted, turned and mirrored initial fields give shifted, turned and mirrored flows")
    func symmetries() throws {
        let n = 16
        let initial = smoothVorticity([n, n])
        func moved(_ w: Tensor<Double>, _ source: (Int, Int) -> (Int, Int), sign: Double = 1) -> Tensor<Double> {
            Tensor(
                [n, n, 1],
                (0..<n * n).map { index in
                    let (y, x) = source(index / n, index % n)
                    return sign * w.basePointer[(y + n) % n * n + (x + n) % n]
                })
        }
        for scheme in [Solver.Scheme.exponential(.fixed(0.01)), .crankNicolsonEuler(timeStep: 0.01)] {
            let solver = try Solver(shape: [n, n], viscosity: 1e-3, scheme: scheme)
            let base = try final(solver, initial, 0.3)
            let maps: [(map: (Int, Int) -> (Int, Int), sign: Double)] = [
                ({ y, x in (y - 3, x - 5) }, 1), ({ y, x in (x, -y) }, 1), ({ y, x in (x, y) }, -1), ({ y, x in (y, -x) }, -1),
            ]
            for (map, sign) in maps {
                let result = try final(solver, moved(initial, map, sign: sign), 0.3)
                #expect(relativeDistance(result, moved(base, map, sign: sign)) < 1e-11)
            }
        }
    }

    @Test("the Crank-Nicolson scheme is the published generator, in its array order after a transposition")
    func publishedGenerator() throws {
        let n = 16
        // Rough, so that the modes outside the band take part, but without the waves at n/2 and the mean.
        let transform = RealFourierTransform<Double>(grid: [n, n])
        var spectrum = transform.forward(randomTensor([n, n], seed: 5, as: Double.self)).scalars
        for i in 0..<n {
            for j in 0...n / 2 where i == n / 2 || j == n / 2 || i + j == 0 {
                spectrum.replaceSubrange(2 * (i * (n / 2 + 1) + j)..<2 * (i * (n / 2 + 1) + j) + 2, with: [0, 0])
            }
        }
        let centred = transform.inverse(consuming: Tensor([n, n / 2 + 1, 2], spectrum))
        func transposed(_ t: Tensor<Double>) -> Tensor<Double> { Tensor([n, n], (0..<n * n).map { t.basePointer[$0 % n * n + $0 / n] }) }
        let forcing = smoothVorticity([n, n], seed: 2).reshaped([n, n])
        let published = PublishedGenerator(n: n, viscosity: 1e-3, forcing: transposed(forcing), timeStep: 1e-3)
        let solver = try Solver(shape: [n, n], viscosity: 1e-3, forcing: forcing, scheme: .crankNicolsonEuler(timeStep: 1e-3))
        let result = try final(solver, centred.reshaped([n, n, 1]), 0.05).reshaped([n, n])
        #expect(relativeDistance(transposed(result), published.integrate(transposed(centred), steps: 50)) < 1e-12)
        let single = try NavierStokes2D<Float>(
            shape: [n, n], viscosity: 1e-3, forcing: forcing, scheme: .crankNicolsonEuler(timeStep: 1e-3))
        #expect(relativeDistance(try final(single, centred.reshaped([n, n, 1]), 0.05).reshaped([n, n]), result) < 1e-5)
    }

    @Test("the published scheme converges to the default one with its first order") func schemesAgree() throws {
        let (n, initial) = (32, smoothVorticity([32, 32]))
        let standard = try final(Solver(shape: [n, n], viscosity: 1e-3, forcing: diagonalForcing(n)), initial, 0.3)
        let distances = try [4e-4, 2e-4].map { step in
            let recipe = try Solver(
                shape: [n, n], viscosity: 1e-3, forcing: diagonalForcing(n), scheme: .crankNicolsonEuler(timeStep: step))
            return relativeDistance(standard, try final(recipe, initial, 0.3))
        }
        #expect(distances[0] < 1e-2 && abs(distances[0] / distances[1] - 2) < 0.2, "distances \(distances)")
    }

    @Test("the default tolerance keeps the error of a strong flow over a unit of time within ten times itself")
    func defaultTolerance() throws {
        let initial = smoothVorticity([32, 32])
        let (states, report) = try Solver(shape: [32, 32], viscosity: 1e-3).trajectory(from: initial, times: [0.5, 1])
        let exact = try Solver(shape: [32, 32], viscosity: 1e-3, scheme: .exponential(.fixed(1e-3)))
            .trajectory(from: initial, times: [0.5, 1]).states
        let error = relativeDistance(states, exact)
        #expect(error < 1e-5 && report.steps < 200, "error \(error), \(report)")
    }

    @Test("rest stays at rest and the initial state is delivered as it is") func rest() throws {
        for scheme in [Solver.Scheme.exponential(.adaptive(tolerance: 1e-6)), .crankNicolsonEuler(timeStep: 0.01)] {
            let solver = try Solver(shape: [8, 8], viscosity: 1e-3, scheme: scheme)
            #expect(try final(solver, Tensor([8, 8, 1]), 1) == Tensor([8, 8, 1]))
            let rough: Tensor<Double> = randomTensor([8, 8, 1], seed: 1)
            let states = try solver.trajectory(from: rough, times: [0, 0, 0.01]).states
            #expect(states.rows(0..<1).reshaped([8, 8, 1]) == rough && states.rows(1..<2).reshaped([8, 8, 1]) == rough)
        }
    }

    @Test("results are the same bits from any number of threads and from a solver used before") func bits() throws {
        let initial = (0..<4).map { smoothVorticity([16, 16], seed: UInt64($0)) }
        let expected = try initial.map { try final(Solver(shape: [16, 16], viscosity: 1e-3), $0, 0.2) }
        let target = Tensor<Double>(uninitialized: [4, 16 * 16])
        nonisolated(unsafe) let pointer = UnsafeMutablePointer(mutating: target.basePointer)
        try Workers(threads: 4).run(4) { index in
            let solver = try NavierStokes2D<Double>(shape: [16, 16], viscosity: 1e-3)
            for number in [(index + 1) % 4, index] {
                try solver.integrate(from: initial[number], times: [0.2]) { _, state in
                    (pointer + index * 256).update(from: state.basePointer, count: 256)
                }
            }
        }
        for index in 0..<4 { #expect(target.rows(index..<index + 1).reshaped([16, 16, 1]) == expected[index]) }
    }

    @Test("steps too long, fields too large and parameters out of range are named errors") func errors() throws {
        let strong = Tensor([16, 16, 1], smoothVorticity([16, 16]).scalars.map { 100 * $0 })
        for scheme in [Solver.Scheme.exponential(.fixed(0.1)), .crankNicolsonEuler(timeStep: 0.1)] {
            let error = #expect(throws: SolverError.self) {
                try final(Solver(shape: [16, 16], viscosity: 1e-3, scheme: scheme), strong, 1)
            }
            guard case .cflViolation(_, let courant, 1, 0.1) = error, courant > 1 else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        let huge = Tensor([16, 16, 1], strong.scalars.map { 1e200 * $0 })
        let error = #expect(throws: SolverError.self) { try final(Solver(shape: [16, 16], viscosity: 1e-3), huge, 1) }
        guard case .diverged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(throws: SolverError.invalidInput(key: "viscosity", found: "-1.0", allowed: "finite and >= 0")) {
            try Solver(shape: [16, 16], viscosity: -1)
        }
        #expect(throws: SolverError.self) { try Solver(shape: [2, 16], viscosity: 1) }
        #expect(throws: SolverError.self) { try Solver(shape: [16, 16], lengths: [0, 1], viscosity: 1) }
        #expect(throws: SolverError.self) { try Solver(shape: [16, 16], viscosity: 1, scheme: .crankNicolsonEuler(timeStep: 0)) }
        let broken = Tensor([16, 16, 1], repeating: Double.nan)
        #expect(throws: SolverError.self) { try final(Solver(shape: [16, 16], viscosity: 1), broken, 1) }
    }
}

@Suite struct PeriodicFlow2DTests {
    @Test("velocity and vorticity are inverse, and the velocity has no divergence") func velocityAndVorticity() {
        let (shape, lengths) = ([12, 15], [1.0, 2.5])
        let flow = PeriodicFlow2D(shape: shape, lengths: lengths)
        let w = smoothVorticity(shape)
        let velocity = flow.velocity(fromVorticity: w)
        #expect(relativeDistance(flow.vorticity(fromVelocity: velocity), w) < 1e-13)
        let derivative = SpectralDerivative<Double>(grid: shape, lengths: lengths)
        let u = Tensor(shape, stride(from: 0, to: velocity.count, by: 2).map { velocity.basePointer[$0] })
        let v = Tensor(shape, stride(from: 1, to: velocity.count, by: 2).map { velocity.basePointer[$0] })
        let (ux, vy) = (derivative(u, orders: [0, 1]).scalars, derivative(v, orders: [1, 0]).scalars)
        #expect(zip(ux, vy).allSatisfy { abs($0 + $1) < 1e-12 })
    }

    @Test("the pressure of Taylor-Green vortices is the known one") func pressure() {
        let n = 16
        let turn = 2 * Double.pi
        let flow = PeriodicFlow2D(shape: [n, n])
        let u = planarField(n) { y, x in cos(turn * x) * sin(turn * y) }.scalars
        let v = planarField(n) { y, x in -sin(turn * x) * cos(turn * y) }.scalars
        let velocity = Tensor([n, n, 2], zip(u, v).flatMap { [$0, $1] })
        let expected = planarField(n) { y, x in -0.25 * (cos(2 * turn * x) + cos(2 * turn * y)) }.reshaped([n, n, 1])
        #expect(relativeDistance(flow.pressure(fromVelocity: velocity), expected) < 1e-13)
        #expect(abs(flow.energy(ofVelocity: velocity) - 0.25) < 1e-14)
    }
}
