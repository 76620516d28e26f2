import Foundation
import Solvers
import Tensors
import Testing

/// u_k' = L_k u_k + N_k with a Riccati nonlinearity: for real L, u' = L u - u^2 has the exact solution u0 L e^{Lt} / (L + u0 (e^{Lt} - 1)),
/// and for complex L likewise with complex arithmetic.
private final class Riccati<Element: Scalar>: SemilinearSpectralEquation {
    let name = "Riccati"
    let linearSymbol: LinearSymbol
    var stableTimeStep = Double.infinity
    /// Coefficient of -u^2.
    let strength: Element
    private(set) var evaluations = 0
    /// What the two stages in the middle of a step get too much of.
    var stageError: Element = 0

    init(_ symbol: LinearSymbol, strength: Element = 1) {
        linearSymbol = symbol
        self.strength = strength
    }

    func nonlinearTerm(of state: UnsafePointer<Element>, time: Double, into rate: UnsafeMutablePointer<Element>) {
        let strength = [1, 2].contains(evaluations % 4) ? (1 + stageError) * strength : strength
        evaluations += 1
        for k in 0..<linearSymbol.scalarCount / 2 {
            let (x, y) = (state[2 * k], state[2 * k + 1])
            rate[2 * k] = -strength * (x * x - y * y)
            rate[2 * k + 1] = -strength * 2 * x * y
        }
    }
}

private func complexExponential(_ x: Double, _ y: Double) -> (Double, Double) { (exp(x) * cos(y), exp(x) * sin(y)) }

private func multiply(_ a: (Double, Double), _ b: (Double, Double)) -> (Double, Double) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

private func divide(_ a: (Double, Double), _ b: (Double, Double)) -> (Double, Double) {
    let square = b.0 * b.0 + b.1 * b.1
    let product = multiply(a, (b.0, -b.1))
    return (product.0 / square, product.1 / square)
}

private let eigenvalues: [(Double, Double)] = [(-0.3, 0), (-2, 0), (0.4, 0), (-40, 0), (-1, 3)]
private let start: [(Double, Double)] = [(0.5, 0.1), (0.7, -0.2), (0.3, 0.2), (0.9, 0), (0.4, 0.4)]

private func exact(_ time: Double) -> [Double] {
    zip(eigenvalues, start).flatMap { l, u -> [Double] in
        let e = complexExponential(l.0 * time, l.1 * time)
        let growth = multiply(u, (e.0 - 1, e.1))
        let value = divide(multiply(multiply(u, l), e), (l.0 + growth.0, l.1 + growth.1))
        return [value.0, value.1]
    }
}

private func distance(_ a: [Double], _ b: [Double]) -> Double {
    (zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
}

@Suite struct ExponentialTimeDifferencingTests {
    private static let complexSymbol = LinearSymbol.complex(eigenvalues.flatMap { [$0.0, $0.1] })
    private static let initial = start.flatMap { [$0.0, $0.1] }

    private func solve(_ control: TimeStepControl, to time: Double = 1) throws -> (
        state: [Double], report: IntegrationReport, evaluations: Int
    ) {
        let equation = Riccati<Double>(Self.complexSymbol)
        let stepper = try ExponentialTimeDifferencing(equation, control: control)
        var state = Self.initial
        let report = try state.withUnsafeMutableBufferPointer { buffer in
            try stepper.integrate(buffer.baseAddress!, times: [time]) { _, _ in }
        }
        return (state, report, equation.evaluations)
    }

    @Test("the order in time is four, from above and below") func order() throws {
        let errors = try [32.0, 64, 128].map { distance(try solve(.fixed(1 / $0)).state, exact(1)) }
        for (coarse, fine) in zip(errors, errors.dropFirst()) {
            let order = log2(coarse / fine)
            #expect(order > 3.8 && order < 4.3, "errors \(errors)")
        }
    }

    @Test("a step costs four evaluations, the first one is shared") func evaluations() throws {
        let (_, report, evaluations) = try solve(.fixed(0.1))
        #expect(
            report
                == IntegrationReport(
                    steps: 10, timeStep: 0.1...0.1, stepError: report.stepError, energyDefect: report.energyDefect))
        #expect(evaluations == 41)
    }

    @Test("a linear equation is integrated exactly in one step, real and complex symbols alike") func linearIsExact() throws {
        for symbol in [LinearSymbol.complex([-1, 5, 0, 0, -1e5, 0]), .real([-1, 0, -1e5])] {
            let stepper = try ExponentialTimeDifferencing(Riccati<Double>(symbol, strength: 0), control: .fixed(2))
            var state: [Double] = [1, 2, 3, 4, 5, 6]
            try state.withUnsafeMutableBufferPointer { _ = try stepper.integrate($0.baseAddress!, times: [2]) { _, _ in } }
            let frequency = symbol == .real([-1, 0, -1e5]) ? 0.0 : 5
            let first = multiply((1, 2), complexExponential(-2, 2 * frequency))
            #expect(distance(state, [first.0, first.1, 3, 4, 0, 0]) < 1e-15)
        }
    }

    @Test("a real symbol gives what the complex one with zero imaginary parts gives") func realAndComplexSymbolsAgree() throws {
        let values = [-0.3, -2, 0.4, -40, -7]
        let states = try [LinearSymbol.real(values), .complex(values.flatMap { [$0, 0] })].map { symbol -> [Double] in
            let stepper = try ExponentialTimeDifferencing(Riccati<Double>(symbol), control: .adaptive(tolerance: 1e-8))
            var state = Self.initial
            try state.withUnsafeMutableBufferPointer { _ = try stepper.integrate($0.baseAddress!, times: [1]) { _, _ in } }
            return state
        }
        #expect(distance(states[0], states[1]) < 1e-14)
    }

    @Test("the error follows the tolerance with a margin", arguments: [1e-4, 1e-6, 1e-8, 1e-10])
    func adaptive(tolerance: Double) throws {
        let (state, report, _) = try solve(.adaptive(tolerance: tolerance))
        let error = distance(state, exact(1))
        #expect(error < 3 * tolerance && error > 1e-4 * tolerance, "error \(error) in \(report.steps) steps")
        #expect(report.timeStep.lowerBound < report.timeStep.upperBound)
    }

    @Test("the estimated error of a step is of order four, from above and below") func stepError() throws {
        func estimate(_ control: TimeStepControl) throws -> Double {
            let stepper = try ExponentialTimeDifferencing(Riccati<Double>(.real([-0.3, -2, 0.4, 0.2, -1])), control: control)
            var state = Self.initial
            let report = try state.withUnsafeMutableBufferPointer { try stepper.integrate($0.baseAddress!, times: [1]) { _, _ in } }
            return try #require(report.stepError)
        }
        let estimates = try [32.0, 64, 128].map { try estimate(.fixed(1 / $0)) }
        for (coarse, fine) in zip(estimates, estimates.dropFirst()) {
            let order = log2(coarse / fine)
            #expect(order > 3.8 && order < 4.2, "estimates \(estimates)")
        }
        #expect(try estimate(.adaptive(tolerance: 1e-5)) <= 1e-5)
    }

    @Test("the energy account has no gap, unless stages are wrong", arguments: [0, 0.01, 0.1]) func energyAccount(stageError: Double) throws
    {
        for control in [TimeStepControl.fixed(1.0 / 64), .adaptive(tolerance: 1e-7)] {
            // Rates of many sizes, one of which decays within a step.
            let equation = Riccati<Double>(.real([-0.3, -2, 0.4, -400, -1]))
            equation.stageError = stageError
            let stepper = try ExponentialTimeDifferencing(equation, control: control)
            var state = Self.initial
            let report = try state.withUnsafeMutableBufferPointer { buffer in
                try stepper.integrate(buffer.baseAddress!, times: [0.25, 0.5, 1]) { _, _ in }
            }
            let defect = try #require(report.energyDefect)
            // The wrong stages carry two thirds of the weight.
            if stageError == 0 {
                #expect(defect < 1e-8, "\(control): \(defect)")
            } else {
                #expect(defect > 0.05 * stageError && defect < stageError, "\(control): \(defect)")
            }
        }
    }

    @Test("output times are met, repeated and at zero; more of them change nothing but the steps") func outputTimes() throws {
        let stepper = try ExponentialTimeDifferencing(Riccati<Double>(Self.complexSymbol), control: .adaptive(tolerance: 1e-9))
        var state = Self.initial
        var frames: [[Double]] = []
        let times = [0, 0.3, 0.3, 0.35, 1]
        try state.withUnsafeMutableBufferPointer { buffer in
            _ = try stepper.integrate(buffer.baseAddress!, times: times) { number, frame in
                #expect(number == frames.count)
                frames.append(Array(UnsafeBufferPointer(start: frame, count: 10)))
            }
        }
        #expect(frames.count == 5 && frames[0] == Self.initial && frames[1] == frames[2] && frames[4] == state)
        for (time, frame) in zip(times, frames) { #expect(distance(frame, exact(time)) < 1e-8, "time \(time)") }
    }

    @Test("blow-up is a named error under either control", arguments: [TimeStepControl.fixed(0.01), .adaptive(tolerance: 1e-6)])
    func blowUp(control: TimeStepControl) throws {
        // u' = u^2 from 1 becomes infinite at time 1.
        let stepper = try ExponentialTimeDifferencing(Riccati<Double>(.real([0]), strength: -1), control: control)
        var state: [Double] = [1, 0]
        let error = #expect(throws: SolverError.self) {
            try state.withUnsafeMutableBufferPointer { _ = try stepper.integrate($0.baseAddress!, times: [2]) { _, _ in } }
        }
        guard case .diverged(let solver, let step, let time, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(solver == "Riccati" && step > 10 && abs(time - 1) < 0.2)
    }

    @Test("a fixed step above the limit is refused, a controlled one stays below it") func stabilityLimit() throws {
        let equation = Riccati<Double>(Self.complexSymbol)
        equation.stableTimeStep = 0.01
        var state = Self.initial
        #expect(throws: SolverError.cflViolation(solver: "Riccati", courant: 2, limit: 1, timeStep: 0.02)) {
            let stepper = try ExponentialTimeDifferencing(equation, control: .fixed(0.02))
            try state.withUnsafeMutableBufferPointer { _ = try stepper.integrate($0.baseAddress!, times: [1]) { _, _ in } }
        }
        let stepper = try ExponentialTimeDifferencing(equation, control: .adaptive(tolerance: 1e-3))
        let report = try state.withUnsafeMutableBufferPointer { try stepper.integrate($0.baseAddress!, times: [1]) { _, _ in } }
        #expect(report.timeStep.upperBound <= 0.01 && report.steps >= 100)
    }

    @Test("rest stays at rest, from either control") func rest() throws {
        for control in [TimeStepControl.fixed(0.1), .adaptive(tolerance: 1e-5)] {
            let stepper = try ExponentialTimeDifferencing(Riccati<Float>(.real([-1, 2])), control: control)
            var state: [Float] = [0, 0, 0, 0]
            try state.withUnsafeMutableBufferPointer { _ = try stepper.integrate($0.baseAddress!, times: [1]) { _, _ in } }
            #expect(state == [0, 0, 0, 0])
        }
    }

    @Test("steps and tolerances out of range are refused") func invalidControl() {
        for control in [
            TimeStepControl.fixed(0), .fixed(.nan), .adaptive(tolerance: 0), .adaptive(tolerance: 1), .adaptive(tolerance: 0.1, largest: 0),
        ] {
            #expect(throws: SolverError.self) { try ExponentialTimeDifferencing(Riccati<Double>(.real([1])), control: control) }
        }
        #expect(throws: SolverError.self) {
            try ExponentialTimeDifferencing(Riccati<Float>(.real([1])), control: .adaptive(tolerance: 1e-8))
        }
    }
}

@Suite struct PhiFunctionTests {
    /// phi_l(z) by the mean of its closed formula over a circle of radius 2 around z, where the formula loses no digits.
    private func contour(_ z: SIMD2<Double>, order: Int) -> SIMD2<Double> {
        let points = 64
        var sum = SIMD2<Double>.zero
        for j in 0..<points {
            let angle = 2 * Double.pi * (Double(j) + 0.5) / Double(points)
            let w = (z.x + 2 * cos(angle), z.y + 2 * sin(angle))
            var value = complexExponential(w.0, w.1)
            var factorial = 1.0
            for l in 0..<order {
                value = divide((value.0 - 1 / factorial, value.1), w)
                factorial *= Double(l + 1)
            }
            sum += SIMD2(value.0, value.1) / Double(points)
        }
        return sum
    }

    @Test("the functions are their contour integrals, near zero and far from it")
    func contourIntegrals() {
        for radius in [0, 1e-9, 1e-3, 0.3, 1, 1.99, 2.01, 3, 7, 20] {
            for angle in [0.5, 0.7, 0.9, 1, 1.2, 1.5] {
                let z = radius * SIMD2(cos(Double.pi * angle), sin(Double.pi * angle))
                // A contour through zero would divide by it.
                if abs(radius - 2) < 0.5 { continue }
                let phi = PhiFunctions(z)
                for (order, value) in [phi.exponential, phi.phi1, phi.phi2, phi.phi3].enumerated() {
                    let difference = value - contour(z, order: order)
                    #expect((difference * difference).sum().squareRoot() < 3e-15, "phi_\(order) at \(z)")
                }
            }
        }
    }

    @Test("both formulas meet at their border") func border() {
        for angle in stride(from: 0.0, to: 6.2, by: 0.1) {
            let direction = SIMD2(cos(angle), sin(angle))
            let (inside, outside) = (PhiFunctions(direction * 2.0.nextDown * (1 - 1e-15)), PhiFunctions(direction * 2 * (1 + 1e-15)))
            for difference in [inside.phi1 - outside.phi1, inside.phi2 - outside.phi2, inside.phi3 - outside.phi3] {
                #expect((difference * difference).sum().squareRoot() < 3e-14, "angle \(angle)")
            }
        }
    }
}
