/// A Runge-Kutta method that keeps what one explicit Euler step keeps (positivity, monotony) at the same Courant number.
///
/// S. Gottlieb, C.-W. Shu, E. Tadmor, "Strong stability-preserving high-order time discretization methods", SIAM Review 43 (2001) 89,
/// doi:10.1137/S003614450036757X, eqs. (4.1) and (4.2).
public enum StrongStabilityPreserving: String, Sendable, CaseIterable, Codable {
    /// Two stages, order 2 (Heun).
    case secondOrder = "ssp-rk2"
    /// Three stages, order 3 (Shu and Osher).
    case thirdOrder = "ssp-rk3"

    /// Stage by stage the weights `a`, `b` of `a u(t) + b (v + dt L(v))`, where `v` is the result of the stage before.
    var stages: [(previous: Double, current: Double)] {
        switch self {
        case .secondOrder: [(0, 1), (1.0 / 2, 1.0 / 2)]
        case .thirdOrder: [(0, 1), (3.0 / 4, 1.0 / 4), (1.0 / 3, 2.0 / 3)]
        }
    }
}
