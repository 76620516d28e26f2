import Grids
import Tensors

/// Solves the shallow water equations over a flat bottom on a rectangle with finite volumes.
///
///     dh/dt + div(h v) = 0
///     d(h v)/dt + div(h v v + g h^2 / 2 I) = 0
///
/// States are `[y, x, field]` with the fields height, velocity along `x`, velocity along `y`: averages over cells of equal size, to second
/// order the values at their centres. Sides are periodic, frictionless walls, or open (zero-order extrapolation). The bed may fall dry.
///
/// MUSCL reconstruction of height and velocity, HLLC fluxes, strong-stability-preserving Runge-Kutta steps of `courantNumber` times the crossing time
/// of a cell, `1 / max((|u| + c) / dx + (|v| + c) / dy)` with `c = sqrt(g h)`. Order 2; volume is conserved to rounding between
/// walls, momentum too in a periodic box. Nothing is allocated in a step.
public final class ShallowWaterSolver: EvolutionSolver {
    private let integrator: FiniteVolumeIntegrator<ShallowWater>

    /// Allocates the work space.
    ///
    /// - Parameters:
    ///   - grid: two uniform axes `y`, `x` of cells (`periodic` or `centers`).
    ///   - boundary: `periodic`, `wall` or `open` at every side.
    ///   - gravity: acceleration `g` of gravity.
    ///   - dryHeight: height below which the bed counts as dry.
    ///   - courantNumber: in (0, 1]; heights stay positive up to 1/2.
    /// - Throws: `SolverError.invalidInput` with the parameter that cannot be taken.
    public init(
        grid: Grid, boundary: Boundary, gravity: Double = 1, dryHeight: Double = 1e-12, limiter: SlopeLimiter = .monotonizedCentral,
        stepper: StrongStabilityPreserving = .secondOrder, courantNumber: Double = 0.5
    ) throws {
        guard gravity > 0, gravity.isFinite else {
            throw SolverError.invalidInput(key: "gravity", found: "\(gravity)", allowed: "above 0")
        }
        guard dryHeight > 0, dryHeight.isFinite else {
            throw SolverError.invalidInput(key: "dry-height", found: "\(dryHeight)", allowed: "above 0")
        }
        integrator = try FiniteVolumeIntegrator(
            ShallowWater(gravity: gravity, dryHeight: dryHeight), grid: grid, boundary: boundary, limiter: limiter, stepper: stepper,
            courantNumber: courantNumber)
    }

    /// Cells along `y` and `x`.
    public var shape: [Int] { integrator.shape }

    /// Height, velocity along `x`, velocity along `y`.
    public var fieldCount: Int { 3 }

    /// Integrates from `initial` at time 0 to the last of `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.diverged` when a height is negative or a value not finite; what `deliver` throws.
    @discardableResult
    public func integrate(from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void) throws
        -> IntegrationReport
    {
        try integrator.integrate(from: initial, times: times, deliver: deliver)
    }
}
