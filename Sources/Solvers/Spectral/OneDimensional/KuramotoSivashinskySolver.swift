import Numerics
import Tensors

/// The Kuramoto-Sivashinsky equation on a periodic interval, `u_t + u u_x + u_xx + nu u_xxxx = 0`; state `[x, 1]`.
///
/// Fourier pseudo-spectral, dealiased by the 2/3 rule, ETDRK4 with error control. Error: spectral in space, order 4 in time; the mean is conserved to
/// round-off. Solutions are chaotic for lengths above about 18 (`nu = 1`): errors grow like `exp(0.05 t)` to `exp(0.1 t)`, so that trajectories of two
/// solvers part after some hundred time units while their statistics agree.
///
/// Reference: A.-K. Kassam, L. N. Trefethen, "Fourth-order time-stepping for stiff PDEs", SIAM J. Sci. Comput. 26 (2005) 1214, doi:10.1137/S1064827502410633.
public final class KuramotoSivashinskySolver: EvolutionSolver {
    /// `[points]`.
    public let shape: [Int]
    /// 1: `u`.
    public let fieldCount = 1
    /// `nu`.
    public let hyperviscosity: Double
    private let line: PeriodicLine

    /// A solver on `points` equally spaced points of an interval of `length`.
    ///
    /// - Throws: `SolverError.invalidInput` for a hyperviscosity or length that is not positive, or fewer than 4 points.
    public init(
        points: Int, length: Double, hyperviscosity: Double = 1, control: TimeStepControl = .adaptive(tolerance: 1e-8)
    ) throws {
        guard hyperviscosity > 0 && hyperviscosity.isFinite else {
            throw SolverError.invalidInput(key: "hyperviscosity", found: "\(hyperviscosity)", allowed: "finite and > 0")
        }
        line = try PeriodicLine(name: "kuramoto-sivashinsky", points: points, length: length, speedFactor: 1, control: control) {
            Complex($0 * $0 - hyperviscosity * $0 * $0 * $0 * $0, 0)
        }
        shape = [points]
        self.hyperviscosity = hyperviscosity
    }

    /// The states at `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.underResolved` where waves are too short for the grid, and what `EvolutionSolver` says.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        return try line.integrate(from: initial, times: times, deliver: deliver)
    }
}
