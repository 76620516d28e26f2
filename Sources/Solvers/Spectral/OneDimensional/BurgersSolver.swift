import Numerics
import Tensors

/// Burgers' equation on a periodic interval, `u_t + (u^2 / 2)_x = nu u_xx`; state `[x, 1]`.
///
/// Fourier pseudo-spectral, dealiased by the 2/3 rule, ETDRK4 with error control. Error: spectral in space, order 4 in time; the mean is conserved to
/// round-off and the energy `int u^2 / 2` does not grow. The recipe of the data of the Fourier neural operator is `nu = 0.1`, length 1, time 1.
public final class BurgersSolver: EvolutionSolver {
    /// `[points]`.
    public let shape: [Int]
    /// 1: `u`.
    public let fieldCount = 1
    /// `nu`.
    public let viscosity: Double
    private let line: PeriodicLine

    /// A solver on `points` equally spaced points of an interval of `length`.
    ///
    /// - Throws: `SolverError.invalidInput` for a viscosity that is not positive, a length that is not, or fewer than 4 points.
    public init(
        points: Int, length: Double = 1, viscosity: Double, control: TimeStepControl = .adaptive(tolerance: 1e-8)
    ) throws {
        guard viscosity > 0 && viscosity.isFinite else {
            throw SolverError.invalidInput(key: "viscosity", found: "\(viscosity)", allowed: "finite and > 0")
        }
        line = try PeriodicLine(name: "burgers", points: points, length: length, speedFactor: 1, control: control) {
            Complex(-viscosity * $0 * $0, 0)
        }
        shape = [points]
        self.viscosity = viscosity
    }

    /// The states at `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.underResolved` where shocks are too thin for the grid, and what `EvolutionSolver` says.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        return try line.integrate(from: initial, times: times, deliver: deliver)
    }
}
