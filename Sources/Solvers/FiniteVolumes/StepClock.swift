/// Counts the steps of an integration and cuts them to meet output times.
struct StepClock {
    /// Name of the solver, for errors.
    let solver: String
    /// Time reached.
    private(set) var time = 0.0
    /// Steps taken.
    private(set) var step = 0
    private var full: ClosedRange<Double>?
    private var shortened: ClosedRange<Double>?
    private var isShortened = false

    init(solver: String) { self.solver = solver }

    /// The step to take: at most `limit`, and so that no much smaller one is left before `end`.
    ///
    /// - Throws: `SolverError.diverged` when the step no longer advances the time.
    mutating func timeStep(limit: Double, until end: Double) throws -> Double {
        let rest = end - time
        guard limit > 1e-13 * end else {
            throw SolverError.diverged(solver: solver, step: step + 1, time: time, quantity: "time step", value: limit)
        }
        isShortened = rest < 2 * limit
        return rest <= limit ? rest : min(limit, rest / 2)
    }

    /// Takes note of a step of `timeStep`; the last one before `end` arrives there exactly.
    mutating func advance(_ timeStep: Double, until end: Double) {
        step += 1
        time = timeStep == end - time ? end : time + timeStep
        func extended(_ range: ClosedRange<Double>?) -> ClosedRange<Double> {
            min(range?.lowerBound ?? timeStep, timeStep)...max(range?.upperBound ?? timeStep, timeStep)
        }
        if isShortened { shortened = extended(shortened) } else { full = extended(full) }
    }

    /// What the steps so far amount to.
    var report: IntegrationReport { IntegrationReport(steps: step, timeStep: full ?? shortened ?? 0...0) }
}
