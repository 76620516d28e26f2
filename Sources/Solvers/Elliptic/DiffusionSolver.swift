import Tensors

/// How the discrete equations of an elliptic problem are solved.
public enum EllipticMethod: String, Sendable, CaseIterable, Codable {
    /// Conjugate gradients preconditioned by multigrid: time and memory proportional to the number of unknowns.
    case multigrid
    /// Banded Cholesky: `n^2` operations for `n` unknowns and `n^(3/2)` memory, whatever the coefficient. For contrasts of 1e4 and more
    /// between single cells, where multigrid stalls.
    case direct
}

/// Solves steady diffusion `-div(a grad u) = f` on a rectangle with Dirichlet values, for any positive coefficient, however discontinuous.
///
/// Five-point finite volumes (`DiffusionScheme`), solved by conjugate gradients on the red-black reduced system, preconditioned by one V-cycle of
/// black-box multigrid (operator-dependent interpolation, Galerkin coarse operators) in Float32. Iterations do not grow with the grid, whose
/// size may be anything. The residual of the result is recomputed in Float64 and the solve is continued on it where rounding left it above
/// the tolerance.
///
/// A solver is planned for one scheme and owns its work space: after construction nothing is allocated. Use one per thread. The result depends on the
/// input alone, bit for bit.
///
///     let scheme = try DiffusionScheme(location: .nodes, averaging: .arithmetic, coefficientShape: [421, 421])
///     let solver = DiffusionSolver(scheme)
///     let (u, report) = try solver.solve(coefficient: a, source: 1)
///
/// Order: 2 in the spacing for smooth `a` (measured in the tests).
///
/// ## References
/// J. E. Dendy, "Black box multigrid", J. Comput. Phys. 48 (1982) 366, doi:10.1016/0021-9991(82)90057-2.
/// U. Trottenberg, C. W. Oosterlee, A. Schueller, "Multigrid", Academic Press 2001, sections 7.7 (jumping coefficients) and 7.8 (multigrid as a
/// preconditioner).
public final class DiffusionSolver {
    /// The discretisation that the solver is planned for.
    public let scheme: DiffusionScheme
    /// Bound on the relative residual `||b - A u||_2 / ||b||_2`.
    public let tolerance: Double
    /// Bound on the iterations of one solve.
    public let maximumIterations: Int

    private enum Engine {
        case direct(SplitStencil, BandedCholesky)
        case multigrid(RedBlackSystem, CoarseGrids)
    }

    private let engine: Engine
    private let layout: SplitLayout
    private var coefficient: Tensor<Double>?
    private var setupSeconds = 0.0
    /// Solution with a frame of boundary values, `(ny + 2) x width`.
    private let frame: Storage<Double>
    private let width: Int
    private let residual: Storage<Double>
    private let rows: [PaddedRow<Double>]

    /// Plans a solver: allocates all grids for the scheme.
    ///
    /// - Throws: `SolverError.invalidInput` for a tolerance outside 1e-14...1, a limit below 1, or a direct solve of more than 2^29 factor elements.
    public init(
        _ scheme: DiffusionScheme, method: EllipticMethod = .multigrid, tolerance: Double = 1e-10, maximumIterations: Int = 200
    ) throws {
        guard tolerance >= 1e-14 && tolerance < 1 else {
            throw SolverError.invalidInput(key: "tolerance", found: "\(tolerance)", allowed: "from 1e-14 to below 1")
        }
        guard maximumIterations >= 1 else {
            throw SolverError.invalidInput(key: "maximum iterations", found: "\(maximumIterations)", allowed: "at least 1")
        }
        self.scheme = scheme
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
        layout = SplitLayout(ny: scheme.unknownShape[0], nx: scheme.unknownShape[1])
        if method == .direct || CoarseGrids.isCoarsest(layout) {
            guard BandedCholesky.work(layout) <= 1 << 29 else {
                throw SolverError.invalidInput(
                    key: "method", found: "direct for \(layout.ny) x \(layout.nx) unknowns", allowed: "multigrid for a grid of this size")
            }
            engine = .direct(SplitStencil(layout, ninePoint: false), BandedCholesky(layout, ninePoint: false))
        } else {
            let system = RedBlackSystem(layout)
            engine = .multigrid(system, CoarseGrids(below: system.stencil))
        }
        width = layout.nx + 2
        frame = Storage(count: (layout.ny + 2) * width)
        residual = Storage(count: layout.ny * layout.nx)
        rows = (0..<6).map { [layout] _ in PaddedRow(width: 4 * layout.stride + 16) }
    }

    // MARK: - Set-up

    /// Computes the discrete operator and its coarse grids; following solves without a coefficient use them.
    ///
    /// - Parameter coefficient: `a`, shape `scheme.coefficientShape`, finite and positive.
    /// - Throws: `SolverError.invalidInput` naming the first value that is not.
    public func prepare(coefficient: Tensor<Double>) throws {
        precondition(
            coefficient.shape == scheme.coefficientShape, "coefficient of shape \(coefficient.shape), scheme for \(scheme.coefficientShape)"
        )
        let start = ContinuousClock.now
        self.coefficient = nil
        try check(coefficient)
        let a = coefficient.basePointer
        let x = rows[0].pointer
        var (below, above) = (rows[1].pointer, rows[2].pointer)
        let stencil =
            switch engine {
            case .direct(let stencil, _): stencil
            case .multigrid(let system, _): system.stencil
            }
        scheme.yConductances(row: 0, of: a, into: below)
        for j in 0..<layout.ny {
            scheme.xConductances(row: j, of: a, into: x)
            scheme.yConductances(row: j + 1, of: a, into: above)
            stencil.assemble(row: j, x: x, below: below, above: above, scratch: rows[3].pointer)
            swap(&below, &above)
        }
        let positive: Bool
        switch engine {
        case .direct(let stencil, let factor):
            stencil.computeScaling()
            positive = factor.factorise(stencil)
        case .multigrid(let system, let grids):
            positive = grids.prepare()
            system.prepare(grids.firstCoarsening)
        }
        guard positive else {
            throw SolverError.invalidInput(
                key: "coefficient", found: "a contrast beyond Float64", allowed: "an operator that is positive definite in Float64")
        }
        self.coefficient = coefficient
        setupSeconds = seconds(since: start)
    }

    private func check(_ coefficient: Tensor<Double>) throws {
        let a = coefficient.basePointer
        var bad = 0
        for index in 0..<coefficient.count where !(a[index] > 0 && a[index] < .infinity) { bad += 1 }
        guard bad > 0 else { return }
        let index = (0..<coefficient.count).first { !(a[$0] > 0 && a[$0] < .infinity) }!
        let columns = coefficient.shape[1]
        throw SolverError.invalidInput(
            key: "coefficient[\(index / columns), \(index % columns)]", found: "\(a[index])", allowed: "finite and > 0 (\(bad) such values)"
        )
    }

    // MARK: - Solve

    /// Solves for a coefficient and a source field.
    ///
    /// - Parameters:
    ///   - coefficient: `a`, shape `scheme.coefficientShape`, finite and positive.
    ///   - source: `f`, shape `scheme.solutionShape`; its boundary nodes are not used.
    ///   - boundary: Dirichlet values; zero if nil.
    /// - Returns: `u`, shape `scheme.solutionShape`, and what it took.
    /// - Throws: `SolverError.invalidInput` for bad values, `SolverError.didNotConverge` if the tolerance is not reached.
    public func solve(
        coefficient: Tensor<Double>, source: Tensor<Double>, boundary: DiffusionBoundary? = nil
    ) throws -> (solution: Tensor<Double>, report: SolveReport) {
        try prepare(coefficient: coefficient)
        var solution = Tensor<Double>(uninitialized: scheme.solutionShape)
        let report = try solve(source: source, boundary: boundary, into: &solution)
        return (solution, report)
    }

    /// Solves for a coefficient and a constant source.
    public func solve(
        coefficient: Tensor<Double>, source: Double, boundary: DiffusionBoundary? = nil
    ) throws -> (solution: Tensor<Double>, report: SolveReport) {
        try prepare(coefficient: coefficient)
        var solution = Tensor<Double>(uninitialized: scheme.solutionShape)
        let report = try solve(source: source, boundary: boundary, into: &solution)
        return (solution, report)
    }

    /// Solves for the prepared coefficient and a source field, writing to `solution` of shape `scheme.solutionShape`.
    public func solve(source: Tensor<Double>, boundary: DiffusionBoundary? = nil, into solution: inout Tensor<Double>) throws -> SolveReport
    {
        precondition(source.shape == scheme.solutionShape, "source of shape \(source.shape), scheme for \(scheme.solutionShape)")
        let offset = scheme.location == .nodes ? 1 : 0
        let columns = scheme.solutionShape[1]
        let f = source.basePointer
        for index in 0..<source.count where !f[index].isFinite {
            throw SolverError.invalidInput(key: "source[\(index / columns), \(index % columns)]", found: "\(f[index])", allowed: "finite")
        }
        return try solve(boundary: boundary, into: &solution) { j, row in
            row.update(from: f + (j + offset) * columns + offset, count: self.layout.nx)
        }
    }

    /// Solves for the prepared coefficient and a constant source, writing to `solution` of shape `scheme.solutionShape`.
    public func solve(source: Double, boundary: DiffusionBoundary? = nil, into solution: inout Tensor<Double>) throws -> SolveReport {
        guard source.isFinite else { throw SolverError.invalidInput(key: "source", found: "\(source)", allowed: "finite") }
        return try solve(boundary: boundary, into: &solution) { _, row in row.update(repeating: source, count: self.layout.nx) }
    }

    private func solve(
        boundary: DiffusionBoundary?, into solution: inout Tensor<Double>, source: (Int, UnsafeMutablePointer<Double>) -> Void
    ) throws -> SolveReport {
        precondition(solution.shape == scheme.solutionShape, "solution of shape \(solution.shape), scheme for \(scheme.solutionShape)")
        guard let coefficient else { preconditionFailure("solve before a successful prepare(coefficient:)") }
        let start = ContinuousClock.now
        try setFrame(boundary)
        let setup = setupSeconds
        setupSeconds = 0
        let right = computeResidual(coefficient.basePointer, source).norm
        var norm = right
        var iterations = 0
        while norm > tolerance * right {
            // A little below the tolerance, because the recomputed residual differs by rounding.
            let done = try correct(target: 0.9 * tolerance * right / norm, scale: norm, limit: maximumIterations - iterations)
            iterations += done
            let (next, rounding) = computeResidual(coefficient.basePointer, source)
            // No Float64 field has a residual below the rounding of its own terms.
            if next <= rounding {
                norm = next
                break
            }
            guard next <= tolerance * right || (next < 0.5 * norm && iterations < maximumIterations) else {
                throw SolverError.didNotConverge(solver: "diffusion", iteration: iterations, residual: next / right, tolerance: tolerance)
            }
            norm = next
        }
        write(to: &solution)
        return SolveReport(
            iterations: iterations, residual: right > 0 ? norm / right : 0, setupSeconds: setup, solveSeconds: seconds(since: start))
    }

    /// Adds an approximate solution of `A e = r` to the frame; returns the iterations done.
    ///
    /// `scale` is the norm of `r`, `target` the wanted reduction.
    private func correct(target: Double, scale: Double, limit: Int) throws -> Int {
        let first = frame.pointer + width + 1
        switch engine {
        case .direct(let stencil, let factor):
            factor.solveUnscaled(stencil, source: residual.pointer, sourceStride: layout.nx, addingTo: first, solutionStride: width)
            return 0
        case .multigrid(let system, let grids):
            let factor = system.largestDiagonal.squareRoot() / scale
            for j in 0..<layout.ny { system.receive(residual.pointer + j * layout.nx, row: j, factor: factor) }
            let (iterations, norm) = system.solve(target: target, limit: limit, preconditioner: grids)
            guard norm.isFinite else {
                throw SolverError.diverged(solver: "diffusion", step: iterations, time: 0, quantity: "residual", value: norm)
            }
            for j in 0..<layout.ny { system.addSolution(to: first + j * width, row: j, factor: 1 / factor, scratch: rows[0].pointer) }
            return iterations
        }
    }

    /// One application of the preconditioner to a residual of shape `scheme.unknownShape`; nil if the solver is direct.
    package func preconditioned(_ residual: Tensor<Double>) -> Tensor<Double>? {
        precondition(residual.shape == scheme.unknownShape, "residual of shape \(residual.shape), scheme for \(scheme.unknownShape)")
        guard case .multigrid(let system, let grids) = engine, coefficient != nil else { return nil }
        var values = residual
        let result = Tensor<Double>(scheme.unknownShape)
        values.withUnsafeMutablePointer { r in
            for j in 0..<layout.ny { system.receive(r + j * layout.nx, row: j, factor: 1) }
        }
        system.applyPreconditioner(grids)
        for j in 0..<layout.ny { system.addSolution(to: result.kernelPointer + j * layout.nx, row: j, factor: 1, scratch: rows[0].pointer) }
        return result
    }

    // MARK: - Frame

    /// Zero inside, Dirichlet values outside.
    private func setFrame(_ boundary: DiffusionBoundary?) throws {
        frame.pointer.update(repeating: 0, count: frame.count)
        guard let boundary else { return }
        let (height, columns) = (scheme.solutionShape[0], scheme.solutionShape[1])
        let counts = [boundary.west.count, boundary.east.count, boundary.south.count, boundary.north.count]
        precondition(
            counts == [height, height, columns, columns], "boundary of \(counts) values, solution of shape \(scheme.solutionShape)")
        for (side, values) in [
            ("west", boundary.west), ("east", boundary.east), ("south", boundary.south), ("north", boundary.north),
        ] {
            if let index = values.firstIndex(where: { !$0.isFinite }) {
                throw SolverError.invalidInput(key: "boundary \(side)[\(index)]", found: "\(values[index])", allowed: "finite")
            }
        }
        // With nodes the frame is the solution; else a side of the frame has no corner.
        let offset = scheme.location == .nodes ? 0 : 1
        for j in 0..<height {
            frame.pointer[(j + offset) * width] = boundary.west[j]
            frame.pointer[(j + offset) * width + width - 1] = boundary.east[j]
        }
        for i in 0..<columns {
            frame.pointer[i + offset] = boundary.south[i]
            frame.pointer[(layout.ny + 1) * width + i + offset] = boundary.north[i]
        }
    }

    private func write(to solution: inout Tensor<Double>) {
        let (height, columns) = (scheme.solutionShape[0], scheme.solutionShape[1])
        let first = scheme.location == .nodes ? frame.pointer : frame.pointer + width + 1
        solution.withUnsafeMutablePointer { target in
            for j in 0..<height { (target + j * columns).update(from: first + j * width, count: columns) }
        }
    }

    /// Residual `b - A u` of the frame, natural order; returns its norm and a bound on the rounding in it.
    private func computeResidual(
        _ a: UnsafePointer<Double>, _ source: (Int, UnsafeMutablePointer<Double>) -> Void
    ) -> (norm: Double, rounding: Double) {
        let (x, f) = (rows[0].pointer, rows[3].pointer)
        var (below, above) = (rows[1].pointer, rows[2].pointer)
        let area = scheme.spacing[0] * scheme.spacing[1]
        var total = 0.0
        var size = 0.0
        scheme.yConductances(row: 0, of: a, into: below)
        for j in 0..<layout.ny {
            scheme.xConductances(row: j, of: a, into: x)
            scheme.yConductances(row: j + 1, of: a, into: above)
            source(j, f)
            let u = frame.pointer + (j + 1) * width + 1
            let r = residual.pointer + j * layout.nx
            let squares = residualRow(layout.nx, width, u, x, below, above, f, area, r)
            total += squares.residual
            size += squares.terms
            swap(&below, &above)
        }
        return (total.squareRoot(), 2 * Double.ulpOfOne * size.squareRoot())
    }

    /// One row of the residual; returns the sums of squares of the residual and of `d u`.
    private func residualRow(
        _ count: Int, _ width: Int, _ u: UnsafeMutablePointer<Double>, _ x: UnsafeMutablePointer<Double>,
        _ below: UnsafeMutablePointer<Double>,
        _ above: UnsafeMutablePointer<Double>, _ f: UnsafeMutablePointer<Double>, _ area: Double, _ r: UnsafeMutablePointer<Double>
    ) -> (residual: Double, terms: Double) {
        @inline(__always)
        func at(_ i: Int) -> (residual: Double, terms: Double) {
            let centre = u[i]
            let flux = x[i] * (u[i - 1] - centre) + x[i + 1] * (u[i + 1] - centre)
            let value = area * f[i] + flux + below[i] * (u[i - width] - centre) + above[i] * (u[i + width] - centre)
            return (value, (x[i] + x[i + 1] + below[i] + above[i]) * centre)
        }
        var (squares, terms) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
        var i = 0
        while i + 8 <= count {
            let centre = u[lanes: i]
            let (west, east, south, north) = (x[lanes: i], x[lanes: i + 1], below[lanes: i], above[lanes: i])
            let flux = west * (u[lanes: i - 1] - centre) + east * (u[lanes: i + 1] - centre)
            let value = area * f[lanes: i] + flux + south * (u[lanes: i - width] - centre) + north * (u[lanes: i + width] - centre)
            r[lanes: i] = value
            let term = (west + east + south + north) * centre
            squares.addProduct(value, value)
            terms.addProduct(term, term)
            i += 8
        }
        var (squaresSum, termsSum) = (squares.sum(), terms.sum())
        while i < count {
            let (value, term) = at(i)
            r[i] = value
            squaresSum += value * value
            termsSum += term * term
            i += 1
        }
        return (squaresSum, termsSum)
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double {
        let elapsed = (ContinuousClock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
}
