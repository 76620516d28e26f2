import Tensors

/// The FitzHugh-Nagumo system on a box of 1 to 3 axes; state `[x..., 2]` with fields `u`, `v`.
///
///     u_t = D_u Lap u + u - u^3 - k - v,   v_t = D_v Lap v + u - v
///
/// Real Fourier or cosine series, ETDRK4 with error control: spectral in space (second order with differences), order 4 in time. The two-dimensional data of
/// PDEBench: no flux through the sides of (-1, 1)^2, 128 by 128 cells, `D_u = 1e-3, D_v = 5e-3, k = 5e-3`, time 5, from independent normal numbers in
/// the cells (`CellNoise`), with second-order finite volumes; choose `.secondOrder` for the same discrete equations.
///
/// ## References
/// G. A. Klaasen, W. C. Troy, "Stationary wave solutions of a system of reaction-diffusion equations derived from the FitzHugh-Nagumo equations", SIAM J. Appl.
/// Math. 44 (1984) 96, doi:10.1137/0144008. Data: M. Takamoto et al., "PDEBench", NeurIPS 2022, arXiv:2210.07182, appendix D.4.
public final class FitzHughNagumoSolver: EvolutionSolver {
    /// Points, slowest axis first.
    public let shape: [Int]
    /// 2: `u` (activator) and `v` (inhibitor).
    public let fieldCount = 2
    private let box: ReactionDiffusionBox

    /// A solver on a box of lengths `extent`, slowest axis first.
    ///
    /// - Throws: `SolverError.invalidInput` for negative diffusivities, a threshold that is not finite, lengths that are not positive.
    public init(
        shape: [Int], extent: [Double] = [2, 2], boundary: ReactionDiffusionBoundary = .neumann,
        diffusivities: (u: Double, v: Double) = (1e-3, 5e-3), threshold: Double = 5e-3, laplacian: ReactionDiffusionLaplacian = .spectral,
        control: TimeStepControl = .adaptive(tolerance: 1e-7)
    ) throws {
        guard threshold.isFinite else {
            throw SolverError.invalidInput(key: "threshold", found: "\(threshold)", allowed: "finite")
        }
        box = try ReactionDiffusionBox(
            name: "fitzhugh-nagumo", shape: shape, extent: extent, boundary: boundary, laplacian: laplacian,
            diffusivities: [diffusivities.u, diffusivities.v], decays: [0, 1], control: control
        ) { count, fields, rates in
            react(count, fields, fields + count, threshold, into: rates, rates + count)
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

/// `p = u - u^3 - k - v`, `q = u`; the term `-v` of the inhibitor is in the linear part.
private func react(
    _ count: Int, _ u: UnsafePointer<Double>, _ v: UnsafePointer<Double>, _ threshold: Double, into p: UnsafeMutablePointer<Double>,
    _ q: UnsafeMutablePointer<Double>
) {
    for i in 0..<count {
        p[i] = u[i] - u[i] * u[i] * u[i] - threshold - v[i]
        q[i] = u[i]
    }
}
