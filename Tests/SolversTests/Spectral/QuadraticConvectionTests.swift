import Foundation
import Grids
import Numerics
import Solvers
import Tensors
import Testing

/// `log2` of the ratios of successive errors.
private func orders(_ errors: [Double]) -> [Double] { zip(errors, errors.dropFirst()).map { Double.log2($0 / $1) } }

private func field(_ points: Int, _ length: Double, _ value: (Double) -> Double) -> Tensor<Double> {
    Tensor([points, 1], (0..<points).map { value(length * Double($0) / Double(points)) })
}

/// Largest difference over the largest value of `b`.
private func distance(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
    let size = b.scalars.reduce(0) { max($0, abs($1)) }
    return zip(a.scalars, b.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
}

extension EvolutionSolver {
    fileprivate func final(_ initial: Tensor<Double>, _ time: Double) throws -> Tensor<Double> {
        try trajectory(from: initial, times: [time]).states.reshaped(initial.shape)
    }
}

@Suite struct QuadraticConvectionTests {
    @Test("the nonlinear term is the convolution sum, free of aliasing", arguments: [16, 21, 33]) func convolution(points: Int) {
        let equation = QuadraticConvection(name: "test", points: points, length: 3, speedFactor: 1.7) { _ in 0 }
        let kept = equation.kept
        var state = Philox(seed: 1, stream: UInt64(points)).normals(2 * (kept + 1))
        state[1] = 0
        var rate = state
        state.withUnsafeBufferPointer { input in
            rate.withUnsafeMutableBufferPointer { equation.nonlinearTerm(of: input.baseAddress!, time: 0, into: $0.baseAddress!) }
        }
        func coefficient(_ k: Int) -> Complex<Double> {
            abs(k) > kept ? 0 : Complex(state[2 * abs(k)], k < 0 ? -state[2 * abs(k) + 1] : state[2 * abs(k) + 1])
        }
        for k in 0...kept {
            let square = (-kept...kept).reduce(Complex<Double>(0)) { $0 + coefficient($1) * coefficient(k - $1) }
            let expected = Complex(0, -0.5 * 1.7 * 2 * .pi * Double(k) / 3) * square
            #expect((Complex(rate[2 * k], rate[2 * k + 1]) - expected).length < 1e-11)
        }
    }

    @Test("only waves that are convected faster than damped limit the step") func stableStep() {
        func limit(_ viscosity: Double) -> Double {
            let equation = QuadraticConvection(name: "test", points: 64, length: 2 * .pi, speedFactor: 1) {
                Complex(-viscosity * $0 * $0, 0)
            }
            var state = [Double](repeating: 0, count: 2 * (equation.kept + 1))
            state[0] = 2
            var rate = state
            state.withUnsafeBufferPointer { input in
                rate.withUnsafeMutableBufferPointer { equation.nonlinearTerm(of: input.baseAddress!, time: 0, into: $0.baseAddress!) }
            }
            return equation.stableTimeStep
        }
        // Speed 2; waves to 21; damping speed nu k.
        #expect(abs(limit(1e-3) - 2.8 / (2 * 21)) < 1e-12)
        #expect(abs(limit(0.21) - 2.8 / (2 * 9)) < 1e-12)
        #expect(limit(3) == .infinity)
    }
}

@Suite struct BurgersSolverTests {
    /// Cole and Hopf: `u = -2 nu p_x / p` with `p = a + exp(-nu q^2 t) cos(q x)`, `q = 2 pi`.
    private func exact(_ points: Int, _ viscosity: Double, _ time: Double, a: Double = 1.3) -> Tensor<Double> {
        let q = 2 * Double.pi
        let decay = Double.exp(-viscosity * q * q * time)
        return field(points, 1) { x in 2 * viscosity * q * decay * .sin(q * x) / (a + decay * .cos(q * x)) }
    }

    @Test("the solution of Cole and Hopf: spectral accuracy in space, odd and even grids", arguments: [0.1, 0.01])
    func coleHopf(viscosity: Double) throws {
        let errors = try [16, 31, 64, 128].map { n in
            let solver = try BurgersSolver(points: n, viscosity: viscosity, control: .adaptive(tolerance: 1e-12))
            return distance(try solver.final(exact(n, viscosity, 0), 0.5), exact(n, viscosity, 0.5))
        }
        #expect(errors[1] < 0.2 * errors[0] && errors[2] < 1e-2 * errors[1], "\(errors)")
        #expect(errors[3] < 1e-10, "\(errors)")
    }

    @Test("order 4 in time") func orderInTime() throws {
        let n = 192
        let errors = try [64.0, 128, 256].map { 1 / $0 }.map { step in
            let solver = try BurgersSolver(points: n, viscosity: 0.1, control: .fixed(step))
            return distance(try solver.final(exact(n, 0.1, 0, a: 1.05), 0.5), exact(n, 0.1, 0.5, a: 1.05))
        }
        for order in orders(errors) { #expect(order > 3.6 && order < 4.8, "\(errors)") }
    }

    @Test("the recipe of the Fourier neural operator: mean and energy, and the same function on a finer grid") func recipe() throws {
        func sample(_ n: Int) -> Tensor<Double> {
            let field = SpectralGaussianField(
                .burgersPaper, basis: .fourier, grid: Grid(shape: [n], location: .periodic), maximalWavenumber: 80)
            return field.sample(Philox(seed: 2, stream: 3)).reshaped([n, 1])
        }
        let times = [0, 0.1, 0.5, 1]
        let solver = try BurgersSolver(points: 256, viscosity: 0.1)
        let (states, report) = try solver.trajectory(from: sample(256), times: times)
        let fine = try BurgersSolver(points: 512, viscosity: 0.1, control: .adaptive(tolerance: 1e-11)).trajectory(
            from: sample(512), times: times
        ).states
        #expect(states.rows(0..<1).scalars == sample(256).scalars)
        #expect(report.steps > 4 && report.steps < 2000)
        var energies: [Double] = []
        for time in 0..<4 {
            let values = states.rows(time..<time + 1).scalars
            #expect(abs(values.reduce(0, +) - states.rows(0..<1).scalars.reduce(0, +)) < 1e-11)
            energies.append(values.reduce(0) { $0 + $1 * $1 })
            let coarse = Tensor([256], stride(from: 0, to: 512, by: 2).map { fine[time, $0, 0] })
            #expect(distance(Tensor([256], values), coarse) < 1e-6)
        }
        for (earlier, later) in zip(energies, energies.dropFirst()) { #expect(later < earlier) }
    }

    @Test("shocks too thin for the grid, steps too long and bad numbers have names") func badInput() throws {
        let sine = field(64, 1) { Double.sin(2 * .pi * $0) }
        do {
            _ = try BurgersSolver(points: 64, viscosity: 1e-5).final(sine, 0.5)
            Issue.record("a shock of a thousandth of a point was computed")
        } catch {
            guard case SolverError.underResolved(let solver, _, let share, let limit) = error else { throw error }
            #expect(solver == "burgers" && share > limit)
        }
        #expect(throws: SolverError.self) { try BurgersSolver(points: 64, viscosity: 0.1).final(field(64, 1) { $0 < 0.5 ? 1 : -1 }, 0.5) }
        do {
            _ = try BurgersSolver(points: 256, viscosity: 1e-4, control: .fixed(0.5)).final(field(256, 1) { Double.sin(2 * .pi * $0) }, 1)
            Issue.record("a step far beyond the limit was taken")
        } catch {
            guard case SolverError.cflViolation = error else { throw error }
        }
        #expect(throws: SolverError.invalidInput(key: "viscosity", found: "0.0", allowed: "finite and > 0")) {
            try BurgersSolver(points: 64, viscosity: 0)
        }
        #expect(throws: SolverError.invalidInput(key: "points", found: "3", allowed: "at least 4")) {
            try BurgersSolver(points: 3, viscosity: 1)
        }
        #expect(throws: SolverError.self) { try BurgersSolver(points: 64, viscosity: 1).final(field(64, 1) { _ in .nan }, 1) }
    }
}

@Suite struct KortewegDeVriesSolverTests {
    private func soliton(_ points: Int, _ length: Double, _ q: Double, _ time: Double) -> Tensor<Double> {
        field(points, length) { x in
            var distance = (x - 0.3 * length - 4 * q * q * time).truncatingRemainder(dividingBy: length)
            if distance > length / 2 { distance -= length }
            if distance < -length / 2 { distance += length }
            let c = Double.cosh(q * distance)
            return 2 * q * q / (c * c)
        }
    }

    @Test("a soliton travels unchanged: spectral in space, order 4 in time") func travellingSoliton() throws {
        let (length, q) = (40.0, 0.8)
        let inSpace = try [64, 96, 192].map { n in
            let solver = try KortewegDeVriesSolver(points: n, length: length, control: .adaptive(tolerance: 1e-11))
            return distance(try solver.final(soliton(n, length, q, 0), 4), soliton(n, length, q, 4))
        }
        #expect(inSpace[1] < 0.1 * inSpace[0] && inSpace[2] < 1e-6, "\(inSpace)")
        let inTime = try [0.03, 0.015, 0.0075].map { step in
            let solver = try KortewegDeVriesSolver(points: 192, length: length, control: .fixed(step))
            return distance(try solver.final(soliton(192, length, q, 0), 4), soliton(192, length, q, 4))
        }
        for order in orders(inTime) { #expect(order > 3.6 && order < 5.2, "\(inTime)") }
    }

    @Test("mass to round-off, momentum and Hamiltonian to the error in time, through a collision of two solitons") func conservation()
        throws
    {
        let (n, length) = (256, 40.0)
        let initial = field(n, length) { x in
            func one(_ q: Double, _ x0: Double) -> Double { 2 * q * q / (Double.cosh(q * (x - x0)) * Double.cosh(q * (x - x0))) }
            return one(1, 10) + one(0.6, 20)
        }
        let solver = try KortewegDeVriesSolver(points: n, length: length, control: .adaptive(tolerance: 1e-10))
        let later = try solver.final(initial, 8)
        func invariants(_ u: Tensor<Double>) -> [Double] {
            let h = length / Double(n)
            let values = u.scalars
            // The derivative by differences of order 6.
            let slopes = (0..<n).map { i -> Double in
                func at(_ offset: Int) -> Double { values[(i + offset + n) % n] }
                let near = 45 * (at(1) - at(-1))
                return (near - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * h)
            }
            let hamiltonian = zip(values, slopes).reduce(0.0) { $0 + 0.5 * $1.1 * $1.1 - $1.0 * $1.0 * $1.0 }
            return [values.reduce(0, +), values.reduce(0) { $0 + $1 * $1 }, hamiltonian]
        }
        let (before, after) = (invariants(initial), invariants(later))
        #expect(abs(after[0] - before[0]) < 1e-12 * before[0])
        #expect(abs(after[1] - before[1]) < 1e-8 * before[1])
        #expect(abs(after[2] - before[2]) < 1e-5 * abs(before[2]))
        #expect(distance(later, initial) > 0.5)
    }

    @Test("bad input has a name") func badInput() throws {
        #expect(throws: SolverError.invalidInput(key: "length", found: "0.0", allowed: "finite and > 0")) {
            try KortewegDeVriesSolver(points: 64, length: 0)
        }
        do {
            _ = try KortewegDeVriesSolver(points: 192, length: 40, control: .fixed(0.5)).final(soliton(192, 40, 1, 0), 1)
            Issue.record("a step far beyond the limit was taken")
        } catch {
            guard case SolverError.cflViolation = error else { throw error }
        }
    }
}

@Suite struct KuramotoSivashinskySolverTests {
    private let length = 32 * Double.pi

    private func initial(_ n: Int) -> Tensor<Double> { field(n, length) { Double.cos($0 / 16) * (1 + Double.sin($0 / 16)) } }

    @Test("converged in space and time before chaos sets in") func convergence() throws {
        func solve(_ n: Int, _ control: TimeStepControl) throws -> Tensor<Double> {
            try KuramotoSivashinskySolver(points: n, length: length, control: control).final(initial(n), 20)
        }
        let reference = try solve(256, .adaptive(tolerance: 1e-11))
        #expect(distance(try solve(256, .adaptive(tolerance: 1e-8)), reference) < 1e-5)
        let fine = try solve(384, .adaptive(tolerance: 1e-11))
        let (half, third) = (
            stride(from: 0, to: 256, by: 2).map { reference.scalars[$0] }, stride(from: 0, to: 384, by: 3).map { fine.scalars[$0] }
        )
        #expect(distance(Tensor([128], half), Tensor([128], third)) < 1e-6)
        let errors = try [0.2, 0.1, 0.05].map { distance(try solve(256, .fixed($0)), reference) }
        #expect(errors[0] < 1e-5 && errors[1] < 0.5 * errors[0] && errors[2] < 0.1 * errors[0], "\(errors)")
    }

    @Test("small amplitudes grow and decay as the linear symbol says; the mean stays") func linearGrowth() throws {
        let n = 64
        let solver = try KuramotoSivashinskySolver(points: n, length: 2 * .pi * 4, hyperviscosity: 0.5)
        let small = field(n, 2 * .pi * 4) { 1e-9 * (Double.cos(0.75 * $0) + Double.sin(2 * $0)) }
        let later = try solver.final(small, 2)
        let expected = field(n, 2 * .pi * 4) { x in
            let growth = Double.exp(2 * (0.75 * 0.75 - 0.5 * Double.pow(0.75, 4)))
            return 1e-9 * (growth * .cos(0.75 * x) + Double.exp(2 * (4 - 8)) * .sin(2 * x))
        }
        #expect(distance(later, expected) < 1e-7)
        #expect(abs(later.scalars.reduce(0, +)) < 1e-21)
    }

    @Test(
        "the attractor at length 22: energy balance and the largest Lyapunov exponent, 0.048",
        .enabled(if: ProcessInfo.processInfo.environment["EDDY_VALIDATE"] != nil))
    func attractor() throws {
        let n = 64
        let solver = try KuramotoSivashinskySolver(points: n, length: 22)
        var state = try solver.final(field(n, 22) { Double.cos(2 * .pi * $0 / 22) + 0.1 * Double.sin(4 * .pi * $0 / 22) }, 500)
        // Production int u_x^2 equals dissipation int u_xx^2 on average; perturbations of size 1e-7 grow for 10 time units, then are scaled back.
        var perturbed = Tensor([n, 1], zip(state.scalars, Philox(seed: 1, stream: 1).normals(n)).map { $0 + 1e-8 * $1 })
        var (production, dissipation, growth) = (0.0, 0.0, 0.0)
        let intervals = 3000
        for interval in 0..<intervals {
            let (next, moved) = (try solver.final(state, 10), try solver.final(perturbed, 10))
            var difference = zip(next.scalars, moved.scalars).map { $1 - $0 }
            let size = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let before = zip(state.scalars, perturbed.scalars).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }.squareRoot()
            if interval >= 20 { growth += Double.log(size / before) }
            difference = difference.map { $0 * 1e-7 / size }
            state = next
            perturbed = Tensor([n, 1], zip(next.scalars, difference).map { $0 + $1 })
            for k in 1...20 {
                let (q, values) = (2 * Double.pi * Double(k) / 22, state.scalars)
                var (a, b) = (0.0, 0.0)
                for j in 0..<n {
                    a += values[j] * .cos(q * 22 * Double(j) / Double(n))
                    b += values[j] * .sin(q * 22 * Double(j) / Double(n))
                }
                production += q * q * (a * a + b * b)
                dissipation += q * q * q * q * (a * a + b * b)
            }
        }
        #expect(abs(production / dissipation - 1) < 0.03, "\(production / dissipation)")
        let exponent = growth / (10 * Double(intervals - 20))
        #expect(exponent > 0.040 && exponent < 0.056, "\(exponent)")
    }

    @Test("bad input has a name") func badInput() {
        #expect(throws: SolverError.invalidInput(key: "hyperviscosity", found: "-1.0", allowed: "finite and > 0")) {
            try KuramotoSivashinskySolver(points: 64, length: 22, hyperviscosity: -1)
        }
        #expect(throws: SolverError.self) { try KuramotoSivashinskySolver(points: 64, length: 22, control: .fixed(0)) }
    }
}
