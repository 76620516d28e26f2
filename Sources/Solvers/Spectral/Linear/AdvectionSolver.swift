import Numerics
import Tensors

/// Advection and diffusion with constant coefficients on a periodic box of 1 to 3 axes, `u_t + v . grad u = nu Lap u`; state `[x..., 1]`.
///
/// Exact for the trigonometric interpolant of the initial values: `u_k(t) = u_k(0) exp(-(i v . k + nu |k|^2) t)`. Where `nu = 0` and every displacement `v t` is a
/// whole number of points, the result is a permutation of the initial values to round-off, jumps included; other displacements of functions with jumps show
/// the oscillations of the interpolant.
public final class AdvectionSolver: EvolutionSolver {
    /// Points, slowest axis first.
    public let shape: [Int]
    /// 1: `u`.
    public let fieldCount = 1
    /// `v`, slowest axis first.
    public let velocity: [Double]
    /// `nu`.
    public let diffusivity: Double
    private let propagator: ExactPropagator

    /// A solver on the box of `lengths`.
    ///
    /// - Throws: `SolverError.invalidInput` for a velocity that is not finite, a negative diffusivity, lengths that are not positive.
    public init(shape: [Int], lengths: [Double], velocity: [Double], diffusivity: Double = 0) throws {
        precondition(velocity.count == shape.count, "velocity \(velocity) on a grid of \(shape)")
        guard velocity.allSatisfy(\.isFinite) else {
            throw SolverError.invalidInput(key: "velocity", found: "\(velocity)", allowed: "finite values")
        }
        guard diffusivity >= 0 && diffusivity.isFinite else {
            throw SolverError.invalidInput(key: "diffusivity", found: "\(diffusivity)", allowed: "finite and >= 0")
        }
        propagator = try ExactPropagator(name: "advection", shape: shape, lengths: lengths)
        self.shape = shape
        self.velocity = velocity
        self.diffusivity = diffusivity
    }

    /// The states at `times`; see `EvolutionSolver`.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        return try propagator.integrate(
            from: initial, times: times,
            factor: { [velocity, diffusivity] axis, k, isNyquist, time in
                let decay = Double.exp(-diffusivity * k * k * time)
                let phase = -k * velocity[axis] * time
                // The sawtooth wave is a cosine, of which the points see the cosine part of the shift.
                return Complex(decay * .cos(phase), isNyquist ? 0 : decay * .sin(phase))
            }, deliver: deliver)
    }
}
