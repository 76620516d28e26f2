import Numerics
import Tensors

/// What the solvers of one-dimensional periodic equations with quadratic convection share: coefficients, stepper, and the check of the resolution.
final class PeriodicLine {
    /// Largest share of the energy that the shortest tenth of the waves may hold, and that the truncation of the initial values may remove.
    static let resolutionLimit = 1e-3

    private let equation: QuadraticConvection
    private let stepper: ExponentialTimeDifferencing<QuadraticConvection>

    init(
        name: String, points: Int, length: Double, speedFactor: Double, control: TimeStepControl, symbol: (Double) -> Complex<Double>
    ) throws {
        guard points >= 4 else { throw SolverError.invalidInput(key: "points", found: "\(points)", allowed: "at least 4") }
        guard length > 0 && length.isFinite else {
            throw SolverError.invalidInput(key: "length", found: "\(length)", allowed: "finite and > 0")
        }
        equation = QuadraticConvection(name: name, points: points, length: length, speedFactor: speedFactor, symbol: symbol)
        stepper = try ExponentialTimeDifferencing(equation, control: control)
    }

    /// Integrates `[x, 1]`; the state at time 0 is handed over as it came.
    func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        let state = Storage<Double>(count: equation.count)
        let removed = equation.coefficients(of: initial.basePointer, into: state.pointer)
        try check(removed, time: 0)
        return try stepper.integrate(state.pointer, times: times) { number, coefficients in
            guard times[number] > 0 else { return try deliver(number, initial) }
            try check(equation.tail(of: coefficients), time: times[number])
            let values = Tensor<Double>(uninitialized: initial.shape)
            equation.values(of: coefficients, into: values.kernelPointer)
            try deliver(number, values)
        }
    }

    private func check(_ share: Double, time: Double) throws {
        guard share <= PeriodicLine.resolutionLimit else {
            throw SolverError.underResolved(solver: equation.name, time: time, share: share, limit: PeriodicLine.resolutionLimit)
        }
    }
}
