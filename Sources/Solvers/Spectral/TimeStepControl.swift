/// How a solver chooses its time step.
public enum TimeStepControl: Sendable, Equatable {
    /// Equal steps between two output times, as few as keep them at or below this length.
    case fixed(Double)

    /// Steps whose estimated local error is at most `tolerance` times the norm of the state (l2, all coefficients), at most `largest` long.
    ///
    /// The tolerance is for a step, not for the whole integration, whose error also depends on how the equation amplifies it.
    case adaptive(tolerance: Double, largest: Double = .infinity)

    /// Checks the numbers: steps positive and finite, the tolerance above the round-off of the arithmetic.
    ///
    /// - Throws: `SolverError.invalidInput`.
    func check(roundOff: Double) throws {
        switch self {
        case .fixed(let step):
            guard step > 0, step.isFinite else {
                throw SolverError.invalidInput(key: "time step", found: "\(step)", allowed: "finite and > 0")
            }
        case .adaptive(let tolerance, let largest):
            guard tolerance >= 10 * roundOff, tolerance < 1 else {
                throw SolverError.invalidInput(
                    key: "tolerance", found: "\(tolerance)", allowed: "at least \(10 * roundOff) in this precision, below 1")
            }
            guard largest > 0 else {
                throw SolverError.invalidInput(key: "largest time step", found: "\(largest)", allowed: "> 0")
            }
        }
    }
}
