import Numerics
import Tensors
import Transforms

/// Diffusion with a quadratic reaction and a forcing, `s_t = D s_xx + k s^2 + v(x)`, `s = 0` at both ends of [0, L]; state `[x, 1]` on nodes, ends included.
///
/// The operator of the DeepONet comparison maps the forcing `v` to `s` from `s = 0` at time 0, with `D = k = 0.01`, L = 1, time 1.
///
/// Space: compact differences of order 4, `(s_xx[i - 1] + 10 s_xx[i] + s_xx[i + 1]) / 12 = (s[i - 1] - 2 s[i] + s[i + 1]) / h^2`, closed at the ends by
/// the equation itself, `D s_xx = -v`; they are diagonal in the sine series. Time: ETDRK4 with error control, order 4.
///
/// ## References
/// L. Lu, P. Jin, G. Pang, Z. Zhang, G. E. Karniadakis, "Learning nonlinear operators via DeepONet", Nature Machine Intelligence 3 (2021) 218,
/// arXiv:1910.03193, section 4.3 (whose data are of order 2 on 100 x 100 points of space and time).
public final class ForcedReactionDiffusionSolver: EvolutionSolver {
    /// `[points]`, ends included.
    public let shape: [Int]
    /// 1: `s`.
    public let fieldCount = 1
    /// `D`.
    public let diffusivity: Double
    /// `k`.
    public let reaction: Double
    private let equation: ReactionDiffusionEquation
    private let stepper: ExponentialTimeDifferencing<ReactionDiffusionEquation>
    /// Eigenvalues of the left side of the compact scheme.
    private let masses: [Double]

    /// A solver on `points` nodes without forcing; see `setForcing`.
    ///
    /// - Throws: `SolverError.invalidInput` for a diffusivity or length that is not positive, or fewer than 3 points.
    public init(
        points: Int, length: Double = 1, diffusivity: Double = 0.01, reaction: Double = 0.01,
        control: TimeStepControl = .adaptive(tolerance: 1e-8)
    ) throws {
        guard points >= 3 else { throw SolverError.invalidInput(key: "points", found: "\(points)", allowed: "at least 3") }
        for (key, value) in [("length", length), ("diffusivity", diffusivity)] where !(value > 0 && value.isFinite) {
            throw SolverError.invalidInput(key: key, found: "\(value)", allowed: "finite and > 0")
        }
        guard reaction.isFinite else { throw SolverError.invalidInput(key: "reaction", found: "\(reaction)", allowed: "finite") }
        let interior = points - 2
        let h = length / Double(points - 1)
        let squares = (1...interior).map { k in
            let root = Double.sin(.pi * Double(k) / Double(2 * (points - 1)))
            return root * root
        }
        masses = squares.map { 1 - $0 / 3 }
        equation = ReactionDiffusionEquation(
            name: "reaction-diffusion", shape: [interior], kinds: [.sineI],
            eigenvalues: [zip(squares, masses).map { 4 * $0 / (h * h) / $1 }], diffusivities: [diffusivity], decays: [0]
        ) { count, fields, rates in
            square(count, fields, reaction, into: rates)
        }
        stepper = try ExponentialTimeDifferencing(equation, control: control)
        shape = [points]
        self.diffusivity = diffusivity
        self.reaction = reaction
    }

    /// Takes the forcing `v` at the nodes, `[x]`, for all later integrations.
    ///
    /// - Throws: `SolverError.invalidInput` for values that are not finite.
    public func setForcing(_ forcing: Tensor<Double>) throws {
        precondition(forcing.shape == shape, "forcing of shape \(forcing.shape) on \(shape) nodes")
        if let index = Kernels.firstNonFinite(forcing.count, forcing.basePointer) {
            throw SolverError.invalidInput(
                key: "forcing", found: "\(forcing.basePointer[index]) at node \(index)", allowed: "finite values")
        }
        let interior = shape[0] - 2
        let v = forcing.basePointer
        let rate = Storage<Double>(count: interior)
        equation.coefficients(of: v + 1, into: rate.pointer)
        // The second derivative at the ends is -v / D: what the compact scheme needs of it next to them.
        let ends = Storage<Double>(count: interior)
        ends.pointer.update(repeating: 0, count: interior)
        ends.pointer[0] += v[0] / 12
        ends.pointer[interior - 1] += v[shape[0] - 1] / 12
        equation.coefficients(of: ends.pointer, into: ends.pointer)
        for k in 0..<interior { rate.pointer[k] += ends.pointer[k] / masses[k] }
        equation.constantRate = rate
    }

    /// The states at `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.invalidInput` where the initial state is not zero at the ends, and what `EvolutionSolver` says.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        let last = shape[0] - 1
        let largest = initial.scalars.reduce(0) { max($0, abs($1)) }
        for index in [0, last] where abs(initial.basePointer[index]) > 1e-10 * largest {
            throw SolverError.invalidInput(
                key: "initial state", found: "\(initial.basePointer[index]) at an end", allowed: "zero at both ends")
        }
        let state = Storage<Double>(count: equation.count)
        equation.coefficients(of: initial.basePointer + 1, into: state.pointer)
        return try stepper.integrate(state.pointer, times: times) { number, coefficients in
            guard times[number] > 0 else { return try deliver(number, initial) }
            let values = Tensor<Double>([last + 1, 1])
            equation.interleavedValues(of: coefficients, into: values.kernelPointer + 1)
            try deliver(number, values)
        }
    }
}

/// `rate = k s^2`, elementwise.
private func square(_ count: Int, _ s: UnsafePointer<Double>, _ factor: Double, into rate: UnsafeMutablePointer<Double>) {
    for i in 0..<count { rate[i] = factor * (s[i] * s[i]) }
}
