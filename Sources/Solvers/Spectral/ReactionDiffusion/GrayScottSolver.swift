import Tensors

/// The Gray-Scott system on a box of 1 to 3 axes; state `[x..., 2]` with fields `u`, `v`.
///
///     u_t = D_u Lap u - u v^2 + F (1 - u),   v_t = D_v Lap v + u v^2 - (F + k) v
///
/// Real Fourier or cosine series, ETDRK4 with error control: spectral in space (second order with differences), order 4 in time. The state `u = 1, v = 0` stays.
///
/// ## References
/// J. E. Pearson, "Complex patterns in a simple system", Science 261 (1993) 189, doi:10.1126/science.261.5118.189.
public final class GrayScottSolver: EvolutionSolver {
    /// Points, slowest axis first.
    public let shape: [Int]
    /// 2: `u` and `v`.
    public let fieldCount = 2
    private let box: ReactionDiffusionBox

    /// A solver on a box of lengths `extent`, slowest axis first.
    ///
    /// - Parameters:
    ///   - diffusivities: `D_u`, `D_v`.
    ///   - feed: `F`.
    ///   - kill: `k`.
    /// - Throws: `SolverError.invalidInput` for negative diffusivities, rates that are not finite, lengths that are not positive.
    public init(
        shape: [Int], extent: [Double], boundary: ReactionDiffusionBoundary = .periodic, diffusivities: (u: Double, v: Double),
        feed: Double,
        kill: Double, laplacian: ReactionDiffusionLaplacian = .spectral, control: TimeStepControl = .adaptive(tolerance: 1e-7)
    ) throws {
        box = try ReactionDiffusionBox(
            name: "gray-scott", shape: shape, extent: extent, boundary: boundary, laplacian: laplacian,
            diffusivities: [diffusivities.u, diffusivities.v], decays: [feed, feed + kill], control: control
        ) { count, fields, rates in
            react(count, fields, fields + count, feed, into: rates, rates + count)
        }
        self.shape = shape
    }

    /// The states at `times`; see `EvolutionSolver`.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        return try box.integrate(from: initial, times: times, deliver: deliver)
    }
}

/// `p = F - u v^2`, `q = u v^2`; the terms `-F u` and `-(F + k) v` are in the linear part.
private func react(
    _ count: Int, _ u: UnsafePointer<Double>, _ v: UnsafePointer<Double>, _ feed: Double, into p: UnsafeMutablePointer<Double>,
    _ q: UnsafeMutablePointer<Double>
) {
    for i in 0..<count {
        let reaction = u[i] * (v[i] * v[i])
        p[i] = feed - reaction
        q[i] = reaction
    }
}
