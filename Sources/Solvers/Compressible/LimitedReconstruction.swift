/// Reconstruction from cell averages to faces (MUSCL, kappa = 1/3) with a smooth limiter of van Albada's kind.
///
/// With the increments over half a cell `A = (q_i - q_(i-1)) h_i / (h_(i-1) + h_i)` and `B = (q_(i+1) - q_i) h_i / (h_i + h_(i+1))`, where
/// `h` is half the cell width, the values on the two faces of cell `i` are
///
///     q_i +- phi (A + B) / 2 + kappa phi^2 (B - A) / 2,    phi = 2 max(A B + eps, 0) / (A^2 + B^2 + 2 eps).
///
/// Linear data give `A = B` on any stretched grid, so they are exact: second order; on a uniform grid in one dimension the unlimited
/// values are third order. `phi` is 1 where the increments are much smaller than `sqrt(eps)` (smooth flow, extrema included) and falls
/// across a jump. It is differentiable there, which lets a Newton iteration converge to round-off.
///
/// ## References
/// B. van Leer, J. Comput. Phys. 32 (1979) 101; G. D. van Albada et al., Astron. Astrophys. 108 (1982) 76;
/// W. K. Anderson et al., AIAA J. 24 (1986) 1453 (the limited kappa scheme); V. Venkatakrishnan, J. Comput. Phys. 118 (1995) 120.
package enum LimitedReconstruction {
    /// Bias of the parabola.
    static let kappa = 1.0 / 3

    /// Values on the lower and on the upper face of a cell, from its average `centre`, the backward increment `A` and the forward one `B`.
    @inline(__always)
    package static func faces(
        centre: Lanes, backward: Lanes, forward: Lanes, epsilon: Double
    ) -> (lower: Lanes, upper: Lanes) {
        let numerator = maximum((backward * forward) + epsilon, Lanes(repeating: 0))
        let denominator = (backward * backward).addingProduct(forward, forward) + (2 * epsilon)
        let half = numerator / denominator
        let slope = (backward + forward) * half
        let parabola = centre.addingProduct((forward - backward) * half, half * (2 * kappa))
        return (parabola - slope, parabola + slope)
    }
}
