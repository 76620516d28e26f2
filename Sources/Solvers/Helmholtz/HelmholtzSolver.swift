import Foundation
import Numerics
import Tensors

/// Helmholtz's equation with a variable wavenumber on a rectangle, `-Lap u - k(x, y)^2 u = f`, on the nodes of a uniform grid.
///
/// Discretisation: compact nine-point differences of order 4 (`CompactHelmholtz`), for smooth `k`, `f` and data of the sides. Solution: banded LU factors with
/// partial pivoting (LAPACK), real where all data are and no side has an impedance, complex otherwise, with one step of iterative refinement where the
/// residual asks for it. The equation is indefinite, and near a resonance of a closed domain its solution is sensitive to everything; the
/// residual of the returned solution is checked, its condition is not. For `n` by `n` nodes memory is `3 n^3` numbers (25 MB at 101, 200 MB at 201).
///
/// The recipe of Helmholtz data for operator learning is `k = omega / c(x, y)`, `omega = 1000`, `c = 20 + tanh(g)` with a Gaussian field `g`, `f = 0`, zero
/// Neumann data on three sides and `du/dn` the indicator of [0.35, 0.65] at the top.
///
/// ## References
/// I. Singer, E. Turkel, "High-order finite difference methods for the Helmholtz equation", Comput. Methods Appl. Mech. Engrg. 163 (1998) 343,
/// doi:10.1016/S0045-7825(98)00023-1. Data: M. V. de Hoop, D. Z. Huang, E. Qian, A. M. Stuart, "The cost-accuracy trade-off in operator learning with
/// neural networks", J. Machine Learning 1 (2022) 299, arXiv:2203.13181, section 4.2.
public final class HelmholtzSolver {
    /// `[ny, nx]`.
    public let shape: [Int]
    /// Lengths of the sides, `[y, x]`.
    public let extent: [Double]
    /// Largest relative residual of a solution that is returned.
    public let tolerance: Double

    /// Largest `k h`: a wave has at least 4.2 points.
    public static let largestPhase = 1.5

    /// A solver for a grid of `shape` nodes, end points included.
    ///
    /// - Throws: `SolverError.invalidInput` for fewer than 4 nodes along an axis or lengths that are not positive.
    public init(shape: [Int], extent: [Double] = [1, 1], tolerance: Double = 1e-10) throws {
        precondition(shape.count == 2 && extent.count == 2, "shape \(shape), extent \(extent)")
        guard shape.allSatisfy({ $0 >= 4 }) else {
            throw SolverError.invalidInput(key: "shape", found: "\(shape)", allowed: "at least 4 nodes an axis")
        }
        guard extent.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "extent", found: "\(extent)", allowed: "positive lengths")
        }
        self.shape = shape
        self.extent = extent
        self.tolerance = tolerance
    }

    /// The solution for one wavenumber field.
    ///
    /// - Parameters:
    ///   - squaredWavenumber: `k^2`, `[y, x]`; may be negative (evanescent) where no side has an impedance.
    ///   - source: `f`, `[y, x]`; nil for 0.
    ///   - boundary: conditions at the sides.
    /// - Returns: real and imaginary part of `u`, `[y, x]`, the latter nil where the problem is real.
    /// - Throws: `SolverError.invalidInput` for values that are not finite or waves that the grid does not resolve (`k h > largestPhase`),
    ///   `SolverError.didNotConverge` where the equations are singular to working accuracy.
    public func solve(
        squaredWavenumber: Tensor<Double>, source: Tensor<Double>? = nil, boundary: HelmholtzBoundary
    ) throws -> (real: Tensor<Double>, imaginary: Tensor<Double>?, report: SolveReport) {
        try check(squaredWavenumber, source, boundary)
        let start = Date()
        let system = CompactHelmholtz(
            squaredWavenumber: squaredWavenumber, source: source ?? Tensor(shape), spacing: zip(extent, shape).map { $0 / Double($1 - 1) },
            boundary: boundary)
        guard let factors = BandedLU(system) else {
            throw SolverError.didNotConverge(solver: "helmholtz", iteration: 0, residual: .infinity, tolerance: tolerance)
        }
        let factorised = Date()
        var u = factors.solve(system.rightHandSide)
        var (residual, norm, sourceNorm) = system.residual(of: u)
        var refinements = 0
        while !(norm <= tolerance * sourceNorm) && refinements < 2 {
            refinements += 1
            let correction = factors.solve(residual)
            for point in u.indices { u[point] += correction[point] }
            (residual, norm, sourceNorm) = system.residual(of: u)
        }
        let relative = norm == 0 ? 0 : norm / max(sourceNorm, .leastNormalMagnitude)
        guard relative <= tolerance else {
            throw SolverError.didNotConverge(solver: "helmholtz", iteration: refinements, residual: relative, tolerance: tolerance)
        }
        let report = SolveReport(
            iterations: refinements, residual: relative, setupSeconds: factorised.timeIntervalSince(start),
            solveSeconds: Date().timeIntervalSince(factorised))
        return (Tensor(shape, u.map(\.real)), system.isReal ? nil : Tensor(shape, u.map(\.imaginary)), report)
    }

    private func check(_ squaredWavenumber: Tensor<Double>, _ source: Tensor<Double>?, _ boundary: HelmholtzBoundary) throws {
        precondition(
            squaredWavenumber.shape == shape && source?.shape ?? shape == shape,
            "wavenumber \(squaredWavenumber.shape), source \(source?.shape ?? []) on a grid of \(shape)")
        let sides = [("west", boundary.west, 0), ("east", boundary.east, 0), ("south", boundary.south, 1), ("north", boundary.north, 1)]
        for (name, side, axis) in sides {
            precondition(side.values.count == shape[axis], "\(side.values.count) values at the \(name) side of \(shape[axis]) nodes")
            guard side.values.allSatisfy({ $0.isFinite }) else {
                throw SolverError.invalidInput(key: "\(name) side", found: "a value that is not finite", allowed: "finite values")
            }
        }
        for (name, field) in [("squared wavenumber", squaredWavenumber), ("source", source ?? Tensor(shape))] {
            guard Kernels.firstNonFinite(field.count, field.basePointer) == nil else {
                throw SolverError.invalidInput(key: name, found: "a value that is not finite", allowed: "finite values")
            }
        }
        let values = squaredWavenumber.scalars
        if sides.contains(where: { $0.1.kind == .impedance }), let least = values.min(), least <= 0 {
            throw SolverError.invalidInput(key: "squared wavenumber", found: "\(least)", allowed: "> 0 with an impedance")
        }
        let spacing = zip(extent, shape).map { $0 / Double($1 - 1) }.max()!
        let phase = max(0, values.max()!).squareRoot() * spacing
        guard phase <= HelmholtzSolver.largestPhase else {
            throw SolverError.invalidInput(
                key: "squared wavenumber", found: "k h = \(phase)", allowed: "at most \(HelmholtzSolver.largestPhase): refine the grid")
        }
    }
}
