/// Whether the energy `E = |u|^2 / 2` of an integration changes by the time integral of its rate `P = <u, f(u)>`, as it does for exact
/// solutions of `u' = f(u)`: the residual of the equation tested with the solution itself, over every accepted step.
///
/// The integral is the trapezoidal sum with the next term of its expansion, `h (P_0 + P_1) / 2 - h^3 P'' / 12`, where `P''` is that of the parabola
/// through the rates at the last three times. What the sum may be wrong by is allowed for: six times the correction, which bounds the error
/// for rates that decay or grow as exponentials however fast, and `h |P_1 - P_0| / 2` in the first step, which bounds it for monotone rates.
struct EnergyBudget {
    private var previous: (step: Double, rate: Double)?
    private var rate: Double
    private var energy: Double
    private var start: Double
    private var integral = 0.0
    private var allowance = 0.0

    /// What is missing in the budget between two outputs and not allowed for, relative to the larger energy of the two: the largest so far.
    private(set) var defect = 0.0

    /// A budget that begins with an energy and its rate.
    init(energy: Double, rate: Double) {
        (self.energy, self.rate, start) = (energy, rate, energy)
    }

    /// Takes note of a step to a state with an energy and its rate.
    mutating func advance(_ step: Double, energy: Double, rate: Double) {
        integral += step * (self.rate + rate) / 2
        let slope = (rate - self.rate) / step
        if let previous {
            let curvature = 2 * (slope - (self.rate - previous.rate) / previous.step) / (step + previous.step)
            let correction = step * step * step * curvature / 12
            integral -= correction
            allowance += 6 * abs(correction)
        } else {
            allowance += step * step * abs(slope) / 2
        }
        previous = (step, self.rate)
        (self.energy, self.rate) = (energy, rate)
    }

    /// Closes the account at an output.
    mutating func close() {
        let missing = abs(energy - start - integral) - allowance
        let scale = max(energy, start)
        // The comparison is written so that what is not a number counts.
        if !(missing <= defect * scale) { defect = missing / scale }
        (start, integral, allowance) = (energy, 0, 0)
    }
}
