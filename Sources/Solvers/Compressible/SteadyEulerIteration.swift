import Tensors

/// How fast the pseudo time step grows.
package struct PseudoTimeControl: Sendable {
    /// Courant number of the first step, and half of it the lowest to which rejected steps fall back.
    package var initialCFL: Double
    /// Largest factor from one step to the next.
    package var growth: Double

    package init(initialCFL: Double = 10, growth: Double = 2) {
        self.initialCFL = initialCFL
        self.growth = growth
    }
}

/// Pseudo-transient Newton-Krylov iteration for the steady Euler equations on one block.
///
/// Each step solves `(V / dt dW/dQ + dR/dQ) dQ = -R(Q)` by GMRES to a tenth of its right-hand side; the derivative of the second-order
/// residual is a finite difference along the Krylov vector, the preconditioner an incomplete factorisation of the first-order Jacobian.
/// The local time step grows with the Courant number as the residual falls, and the iteration turns from implicit time stepping into
/// Newton's method.
///
/// ## References
/// C. T. Kelley, D. E. Keyes, SIAM J. Numer. Anal. 35 (1998) 508; A. Pueyo, D. W. Zingg, AIAA J. 36 (1998) 1991.
package final class SteadyEulerIteration {
    let mesh: CurvilinearMesh
    package let residual: EulerResidual
    private let folded: FoldedLayout
    private let preconditioner: FoldedPreconditioner
    private let gmres: GMRES
    private let fields: Storage<Double>
    private let vectors: Storage<Double>
    /// The state, four padded planes.
    let state: UnsafeMutablePointer<Double>
    /// The perturbed state of the finite difference, its residual, and the state before a step: fields like `state`.
    private let trial, flux, saved: UnsafeMutablePointer<Double>
    /// Minus the residual of the state, and the update.
    private let rhs, update: UnsafeMutablePointer<Double>

    /// A step that multiplies the residual by more is undone and repeated with a tenth of the Courant number.
    private static let rejection = 2.0
    /// Largest relative change of density or pressure in a cell in one step.
    private static let largestChange = 0.3
    /// Relative accuracy of the linear solves.
    private static let forcing = 0.1
    /// Largest change of a component in the finite difference.
    private static let perturbation = 1e-7

    package init(_ topology: BlockTopology, krylovDimension: Int = 40, limiterThreshold: Double = 0.03) {
        mesh = CurvilinearMesh(topology)
        residual = EulerResidual(mesh, limiterThreshold: limiterThreshold)
        folded = FoldedLayout(topology)
        preconditioner = FoldedPreconditioner(mesh)
        gmres = GMRES(count: folded.count, dimension: krylovDimension)
        let field = 4 * mesh.layout.count
        fields = Storage(count: 4 * field)
        state = fields.pointer
        (trial, flux, saved) = (state + field, state + 2 * field, state + 3 * field)
        vectors = Storage(count: 2 * folded.count)
        (rhs, update) = (vectors.pointer, vectors.pointer + folded.count)
        fill(PrimitiveState(1, 0, 0, 1))
    }

    /// Takes the nodes from `x` and `y`, each `[rows + 1, columns + 1]`.
    package func setNodes(x: UnsafePointer<Double>, y: UnsafePointer<Double>) { mesh.update(x: x, y: y) }

    /// Sets all cells and their padding to one state.
    package func fill(_ q: PrimitiveState) {
        let plane = mesh.layout.count
        for field in [state, trial, flux, saved] {
            for component in 0..<4 { (field + component * plane).update(repeating: q[component], count: plane) }
        }
    }

    /// The state in a cell.
    package subscript(i: Int, j: Int) -> PrimitiveState {
        get { mesh.layout.take(UnsafePointer(state), mesh.layout.index(i, j)) }
        set { mesh.layout.put(newValue, state, mesh.layout.index(i, j)) }
    }

    /// L2 norm over all cells and equations of the net fluxes of the present state.
    package func evaluate() -> Double {
        residual.evaluate(state, into: flux)
        folded.gather(UnsafePointer(flux), mesh.layout, scale: -1, into: rhs)
        return GMRES.norm(rhs, folded.count)
    }

    /// The net flux out of a cell at the last evaluation.
    package func netFlux(i: Int, j: Int) -> PrimitiveState { mesh.layout.take(UnsafePointer(flux), mesh.layout.index(i, j)) }

    /// Iterates until the residual is at most `tolerance * reference`, appending every step to `history`.
    ///
    /// - Throws: `SolverError.didNotConverge` after `maximumIterations`, `SolverError.diverged` if the residual is not finite even with
    ///   the lowest Courant number.
    package func converge(
        tolerance: Double, reference: Double, maximumIterations: Int, control: PseudoTimeControl, history: inout [SteadyIteration]
    ) throws(SolverError) {
        let lowest = control.initialCFL / 2
        var norm = evaluate() / reference
        var cfl = control.initialCFL
        var iteration = 0
        history.append(record(iteration, norm, 0, 0))
        while !(norm <= tolerance) {
            guard iteration < maximumIterations else {
                throw .didNotConverge(solver: description(cfl), iteration: iteration, residual: norm, tolerance: tolerance)
            }
            iteration += 1
            saved.update(from: state, count: 4 * mesh.layout.count)
            preconditioner.factorise(UnsafePointer(state), gamma: residual.gamma, cfl: cfl)
            let linear = gmres.solve(
                rhs, into: update, tolerance: Self.forcing, apply: { applyJacobian($0, $1, cfl: cfl) },
                precondition: { preconditioner.solve($0, into: $1) })
            let damping = stepLength()
            folded.scatter(update, scale: damping, adding: UnsafePointer(saved), mesh.layout, state)
            let next = evaluate() / reference
            if !(next <= Self.rejection * norm) && (cfl > lowest || !next.isFinite) {
                guard cfl > lowest else {
                    throw .diverged(solver: description(cfl), step: iteration, time: 0, quantity: "residual", value: next)
                }
                state.update(from: saved, count: 4 * mesh.layout.count)
                norm = evaluate() / reference
                cfl = max(0.1 * cfl, lowest)
                history.append(record(iteration, norm, cfl, linear.iterations))
                continue
            }
            history.append(record(iteration, next, cfl, linear.iterations))
            // The residual rules the time step; a step cut short by the change of density or pressure was too long.
            cfl *= min(control.growth, max(0.2, 1.3 * norm / next)) * (damping < 0.5 ? 0.5 : 1)
            cfl = min(max(cfl, lowest), 1e10)
            norm = next
        }
    }

    private func record(_ iteration: Int, _ residual: Double, _ cfl: Double, _ linear: Int) -> SteadyIteration {
        let coefficients = self.residual.coefficients
        return SteadyIteration(
            columns: mesh.topology.columns, iteration: iteration, residual: residual, cfl: cfl, linearIterations: linear,
            lift: coefficients.lift, drag: coefficients.drag)
    }

    private func description(_ cfl: Double) -> String {
        "steady Euler on \(mesh.topology.columns) x \(mesh.topology.rows) cells (Courant number \(cfl))"
    }

    /// `product = (V / dt dW/dQ + dR/dQ) x` by a one-sided difference of the residual.
    private func applyJacobian(_ x: UnsafePointer<Double>, _ product: UnsafeMutablePointer<Double>, cfl: Double) {
        let step = Self.perturbation / max(Self.largest(x, folded.count), 1e-300)
        folded.scatter(x, scale: step, adding: UnsafePointer(state), mesh.layout, trial)
        residual.evaluate(trial, into: flux)
        folded.gather(UnsafePointer(flux), mesh.layout, scale: 1 / step, offset: UnsafePointer(rhs), into: product)
        preconditioner.addPseudoTimeProduct(UnsafePointer(state), gamma: residual.gamma, cfl: cfl, x, product)
    }

    private static func largest(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
        var result = Lanes.zero
        var i = 0
        while i < count {
            result = maximum(result, magnitude(load(x, i)))
            i += 8
        }
        return result.max()
    }

    /// The part of the update that changes no density or pressure by more than a fixed fraction.
    private func stepLength() -> Double {
        let layout = mesh.layout
        var worst = 0.0
        for j in 0..<folded.rows {
            for m in 0..<folded.width {
                for half in 0..<2 {
                    let cell = layout.index(half == 0 ? m : layout.columns - 1 - m, j)
                    let offset = 8 * (j * folded.width + m) + 4 * half
                    worst = max(worst, abs(update[offset]) / state[cell], abs(update[offset + 3]) / state[cell + 3 * layout.count])
                }
            }
        }
        return min(1, Self.largestChange / max(worst, 1e-300))
    }
}
