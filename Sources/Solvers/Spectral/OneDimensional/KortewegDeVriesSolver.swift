import Numerics
import Tensors

/// The Korteweg-de Vries equation on a periodic interval, `u_t + a u u_x + b u_xxx = 0`; state `[x, 1]`.
///
/// Fourier pseudo-spectral, dealiased by the 2/3 rule, ETDRK4 with error control. Error: spectral in space, order 4 in time; the mean is conserved to
/// round-off, `int u^2` and the Hamiltonian `int (b u_x^2 / 2 - a u^3 / 6)` to the error in time. With `a = 6, b = 1` a soliton is
/// `2 q^2 / cosh^2(q (x - 4 q^2 t))`. Data of PDEArena's authors: `a = b = 1`, length 128, time 100.
public final class KortewegDeVriesSolver: EvolutionSolver {
    /// `[points]`.
    public let shape: [Int]
    /// 1: `u`.
    public let fieldCount = 1
    /// `a`.
    public let convection: Double
    /// `b`.
    public let dispersion: Double
    private let line: PeriodicLine

    /// A solver on `points` equally spaced points of an interval of `length`.
    ///
    /// - Throws: `SolverError.invalidInput` for coefficients that are not finite, a length that is not positive, or fewer than 4 points.
    public init(
        points: Int, length: Double, convection: Double = 6, dispersion: Double = 1, control: TimeStepControl = .adaptive(tolerance: 1e-8)
    ) throws {
        guard convection.isFinite && dispersion.isFinite else {
            throw SolverError.invalidInput(key: "coefficients", found: "\(convection), \(dispersion)", allowed: "finite values")
        }
        line = try PeriodicLine(name: "korteweg-de-vries", points: points, length: length, speedFactor: convection, control: control) {
            Complex(0, dispersion * $0 * $0 * $0)
        }
        shape = [points]
        self.convection = convection
        self.dispersion = dispersion
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
