import Foundation

/// Why a classical solver gave no solution; a solver throws one of these instead of returning NaN or a half-converged field.
public enum SolverError: Error, Equatable {
    /// An iteration used up its iterations, or stopped making progress, above its tolerance.
    ///
    /// `residual` and `tolerance` are in the norm that `solver` documents (relative to the data unless it says otherwise).
    case didNotConverge(solver: String, iteration: Int, residual: Double, tolerance: Double)

    /// A quantity became infinite, NaN or unphysical (negative density, ...) at step `step` and time `time` (0 for a steady problem).
    case diverged(solver: String, step: Int, time: Double, quantity: String, value: Double)

    /// The time step is too large for the explicit part of a scheme: Courant number `courant` above `limit` at step `timeStep`.
    case cflViolation(solver: String, courant: Double, limit: Double, timeStep: Double)

    /// The grid does not resolve the solution at time `time`: the shortest waves hold the share `share` of its energy, above `limit`.
    case underResolved(solver: String, time: Double, share: Double, limit: Double)

    /// What the equation and the scheme conserve has changed by time `time`: `quantity` by `drift`, above `limit`, both relative.
    case notConserved(solver: String, quantity: String, time: Double, drift: Double, limit: Double)

    /// A step of a given length was in error by the share `error` of the solution, by its own estimate, above `limit`.
    case inexactStep(solver: String, timeStep: Double, error: Double, limit: Double)

    /// The energy of the solution changed otherwise than the discrete equation says, by `defect` of itself between two outputs, above `limit`.
    case unbalanced(solver: String, defect: Double, limit: Double)

    /// A quantity that cannot rise (fall, leave its range) in exact solutions did so by `excess` by time `time`, relative, above `limit`.
    case inadmissible(solver: String, quantity: String, time: Double, excess: Double, limit: Double)

    /// An input that the solver cannot take: the name of the parameter, what was found, and what is allowed.
    case invalidInput(key: String, found: String, allowed: String)
}

extension SolverError: CustomStringConvertible {
    /// Six significant digits.
    private func brief(_ value: Double) -> String { String(format: "%.6g", value) }

    /// One sentence with the numbers that a user needs to act.
    public var description: String {
        switch self {
        case .didNotConverge(let solver, let iteration, let residual, let tolerance):
            "\(solver): did not converge: residual \(residual) after \(iteration) iterations, tolerance \(tolerance)"
        case .diverged(let solver, let step, let time, let quantity, let value):
            "\(solver): diverged at step \(step), time \(time): \(quantity) = \(value)"
        case .cflViolation(let solver, let courant, let limit, let timeStep):
            "\(solver): Courant number \(courant) above \(limit): take a time step of at most \(timeStep * limit / courant) instead of \(timeStep)"
        case .underResolved(let solver, let time, let share, let limit):
            "\(solver): not resolved at time \(brief(time)): the shortest waves hold \(brief(share)) of the energy, limit \(limit): take a finer grid"
        case .notConserved(let solver, let quantity, let time, let drift, let limit):
            "\(solver): \(quantity) is not conserved at time \(brief(time)): it has changed by \(brief(drift)), relative, limit \(limit)"
        case .unbalanced(let solver, let defect, let limit):
            "\(solver): the energy changes otherwise than the equation says, by \(brief(defect)) of itself between two frames, limit \(brief(limit))"
        case .inexactStep(let solver, let timeStep, let error, let limit):
            "\(solver): steps of \(brief(timeStep)) are inexact by up to \(brief(error)) of the solution, limit \(brief(limit)): take smaller ones"
        case .inadmissible(let solver, let quantity, let time, let excess, let limit):
            "\(solver): \(quantity) at time \(brief(time)), by \(brief(excess)), relative, limit \(brief(limit))"
        case .invalidInput(let key, let found, let allowed):
            "\(key): found \(found), allowed: \(allowed)"
        }
    }
}
