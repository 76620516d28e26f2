import Numerics
import Tensors

/// The heat equation on a periodic box of 1 to 3 axes, `u_t = sum_a nu_a d^2u/dx_a^2`; state `[x..., 1]`.
///
/// Exact for the trigonometric interpolant of the initial values: `u_k(t) = u_k(0) exp(-sum_a nu_a k_a^2 t)`.
public final class HeatSolver: EvolutionSolver {
    /// Points, slowest axis first.
    public let shape: [Int]
    /// 1: `u`.
    public let fieldCount = 1
    /// `nu` along each axis, slowest first.
    public let diffusivity: [Double]
    private let propagator: ExactPropagator

    /// A solver on the box of `lengths` with one diffusivity for each axis.
    ///
    /// - Throws: `SolverError.invalidInput` for a negative diffusivity or lengths that are not positive.
    public init(shape: [Int], lengths: [Double], diffusivity: [Double]) throws {
        precondition(diffusivity.count == shape.count, "diffusivities \(diffusivity) on a grid of \(shape)")
        guard diffusivity.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "diffusivity", found: "\(diffusivity)", allowed: "finite and >= 0")
        }
        propagator = try ExactPropagator(name: "heat", shape: shape, lengths: lengths)
        self.shape = shape
        self.diffusivity = diffusivity
    }

    /// A solver with the same diffusivity along every axis.
    ///
    /// - Throws: `SolverError.invalidInput` for a negative diffusivity or lengths that are not positive.
    public convenience init(shape: [Int], lengths: [Double], diffusivity: Double) throws {
        try self.init(shape: shape, lengths: lengths, diffusivity: shape.map { _ in diffusivity })
    }

    /// The states at `times`; see `EvolutionSolver`.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        return try propagator.integrate(
            from: initial, times: times,
            factor: { [diffusivity] axis, k, _, time in Complex(Double.exp(-diffusivity[axis] * k * k * time), 0) }, deliver: deliver)
    }
}
