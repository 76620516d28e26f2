import Grids
import Tensors

/// Solves the compressible Euler or Navier-Stokes equations of an ideal gas on a rectangle with finite volumes.
///
///     d(rho)/dt + div(rho v) = 0
///     d(rho v)/dt + div(rho v v + p I - sigma) = 0
///     dE/dt + div((E + p) v - sigma v) = 0,          E = p / (gamma - 1) + rho |v|^2 / 2
///     sigma = eta (grad v + grad v^T - (2/3) div v I) + zeta div v I
///
/// States are `[y, x, field]` with the fields density, velocity along `x`, velocity along `y`, pressure: averages over cells of equal size,
/// to second order the values at their centres. Sides are periodic, frictionless walls, or open (zero-order extrapolation).
///
/// MUSCL reconstruction of the primitive variables, HLLC fluxes, central diffusive fluxes, strong-stability-preserving Runge-Kutta steps
/// of `courantNumber` times the crossing time of a cell, `1 / max((|u| + c) / dx + (|v| + c) / dy + 2 nu (1/dx^2 + 1/dy^2))`.
/// Order 2 in space; mass, momentum and energy are conserved to rounding in a periodic box. Nothing is allocated in a step.
///
/// ## References
/// The equations and fields are those of M. Takamoto et al., "PDEBench: an extensive benchmark for scientific machine learning",
/// NeurIPS 2022 Datasets and Benchmarks, arXiv:2210.07182, eq. (8).
public final class CompressibleFlowSolver: EvolutionSolver {
    private let integrator: FiniteVolumeIntegrator<CompressibleFlow>

    /// Allocates the work space.
    ///
    /// - Parameters:
    ///   - grid: two uniform axes `y`, `x` of cells (`periodic` or `centers`).
    ///   - boundary: `periodic`, `wall` or `open` at every side; nil for a periodic box.
    ///   - adiabaticIndex: ratio of specific heats `gamma`.
    ///   - shearViscosity: dynamic viscosity `eta`.
    ///   - bulkViscosity: viscosity of expansion `zeta`.
    ///   - courantNumber: in (0, 1]; positivity is proven up to 1/2.
    /// - Throws: `SolverError.invalidInput` with the parameter that cannot be taken.
    public init(
        grid: Grid, boundary: Boundary? = nil, adiabaticIndex: Double = 5.0 / 3, shearViscosity: Double = 0, bulkViscosity: Double = 0,
        limiter: SlopeLimiter = .monotonizedCentral, stepper: StrongStabilityPreserving = .secondOrder, courantNumber: Double = 0.5
    ) throws {
        guard adiabaticIndex > 1, adiabaticIndex.isFinite else {
            throw SolverError.invalidInput(key: "adiabatic-index", found: "\(adiabaticIndex)", allowed: "above 1")
        }
        for (key, viscosity) in [("shear-viscosity", shearViscosity), ("bulk-viscosity", bulkViscosity)] {
            guard viscosity >= 0, viscosity.isFinite else {
                throw SolverError.invalidInput(key: key, found: "\(viscosity)", allowed: "0 or more")
            }
        }
        let law = CompressibleFlow(adiabaticIndex: adiabaticIndex, shearViscosity: shearViscosity, bulkViscosity: bulkViscosity)
        integrator = try FiniteVolumeIntegrator(
            law, grid: grid, boundary: boundary ?? Boundary(.periodic, on: grid), limiter: limiter, stepper: stepper,
            courantNumber: courantNumber)
    }

    /// Cells along `y` and `x`.
    public var shape: [Int] { integrator.shape }

    /// Density, velocity along `x`, velocity along `y`, pressure.
    public var fieldCount: Int { 4 }

    /// Integrates from `initial` at time 0 to the last of `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.diverged` when density or pressure is not positive or a value not finite; what `deliver` throws.
    @discardableResult
    public func integrate(from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void) throws
        -> IntegrationReport
    {
        try integrator.integrate(from: initial, times: times, deliver: deliver)
    }
}
