import Numerics

/// The exact solution of the Riemann problem of an ideal gas: Toro's "Riemann solvers and numerical methods for fluid dynamics", section 4.
struct ExactRiemannProblem {
    let left: (density: Double, velocity: Double, pressure: Double)
    let right: (density: Double, velocity: Double, pressure: Double)
    let gamma: Double

    /// Velocity gained through the wave on one side that takes the pressure to `p`.
    private func jump(_ p: Double, _ side: (density: Double, velocity: Double, pressure: Double)) -> Double {
        let sound = (gamma * side.pressure / side.density).squareRoot()
        if p > side.pressure {
            let a = 2 / ((gamma + 1) * side.density)
            let b = (gamma - 1) / (gamma + 1) * side.pressure
            return (p - side.pressure) * (a / (p + b)).squareRoot()
        }
        return 2 * sound / (gamma - 1) * (Double.pow(p / side.pressure, (gamma - 1) / (2 * gamma)) - 1)
    }

    /// Pressure and velocity between the waves, by bisection.
    private var middle: (pressure: Double, velocity: Double) {
        var (low, high) = (1e-12, 1e6)
        for _ in 0..<200 {
            let p = 0.5 * (low + high)
            if jump(p, left) + jump(p, right) + right.velocity - left.velocity > 0 { high = p } else { low = p }
        }
        let p = 0.5 * (low + high)
        return (p, 0.5 * (left.velocity + right.velocity + jump(p, right) - jump(p, left)))
    }

    /// Density, velocity and pressure on the ray `x / t = speed`.
    func sample(_ speed: Double) -> (density: Double, velocity: Double, pressure: Double) {
        let (p, u) = middle
        let isLeft = speed < u
        let side = isLeft ? left : right
        // The right wave is the mirror image of a left one.
        let sign: Double = isLeft ? 1 : -1
        let (velocity, ray, star) = (sign * side.velocity, sign * speed, sign * u)
        let sound = (gamma * side.pressure / side.density).squareRoot()
        let ratio = p / side.pressure
        if ratio > 1 {
            let shock = velocity - sound * ((gamma + 1) / (2 * gamma) * ratio + (gamma - 1) / (2 * gamma)).squareRoot()
            if ray < shock { return side }
            let g = (gamma - 1) / (gamma + 1)
            return (side.density * (ratio + g) / (g * ratio + 1), u, p)
        }
        let head = velocity - sound
        let tail = star - sound * Double.pow(ratio, (gamma - 1) / (2 * gamma))
        if ray < head { return side }
        if ray > tail { return (side.density * Double.pow(ratio, 1 / gamma), u, p) }
        let c = 2 / (gamma + 1) * (sound + (gamma - 1) / 2 * (velocity - ray))
        return (
            side.density * Double.pow(c / sound, 2 / (gamma - 1)), sign * (c + ray),
            side.pressure * Double.pow(c / sound, 2 * gamma / (gamma - 1))
        )
    }
}
