import Tensors

/// The wave equation in two dimensions, `u_tt = c(x, y)^2 (u_xx + u_yy)`, on a rectangle; state `[y, x, 2]` with fields `u`, `u_t`.
///
/// Space: summation-by-parts differences on the nodes of a uniform grid (`SummationByParts`), order 4. On closed axes the first and last point lie on
/// the boundary, spacing `length / (n - 1)`; a periodic axis has spacing `length / n`.
///
/// Time, order 4: without absorbing sides the modified-equation leapfrog `u(t + dt) - 2 u(t) + u(t - dt) = dt^2 (A + dt^2/12 A^2) u(t)`, `A = c^2 Lap`, which
/// conserves a discrete energy to round-off (`energyDrift`); with them the classical Runge-Kutta scheme, whose energy falls. The step is
/// the largest one that divides the time between two outputs and keeps `dt max(c) sqrt(1/hx^2 + 1/hy^2) <= courant`.
///
/// ## References
/// Space: K. Mattsson, F. Ham, G. Iaccarino, "Stable and accurate wave-propagation in discontinuous media", J. Comput. Phys. 227 (2008) 8753,
/// doi:10.1016/j.jcp.2008.06.023. Time: G. R. Shubin, J. B. Bell, "A modified equation approach to constructing fourth order methods for acoustic wave
/// propagation", SIAM J. Sci. Stat. Comput. 8 (1987) 135, doi:10.1137/0908026.
public final class WaveSolver: EvolutionSolver {
    /// `[ny, nx]`.
    public let shape: [Int]
    /// 2: `u` and `u_t`.
    public let fieldCount = 2
    /// Conditions at the sides.
    public let boundary: WaveBoundary
    /// Distances between points, `[hy, hx]`.
    public let spacing: [Double]
    /// Largest time step that the Courant number allows.
    public let largestTimeStep: Double
    /// Largest relative change of the discrete energy `<p, p> / 2 - <u(t), (A + dt^2/12 A^2) u(t + dt)> / 2`, `p = (u(t + dt) - u(t)) / dt`, in a sequence of equal
    /// steps of the last integration; nil with absorbing sides.
    public private(set) var energyDrift: Double?

    private let space: WaveOperator
    private let u: Storage<Double>
    private let v: Storage<Double>
    /// Work fields: accelerations and stages.
    private let work: [Storage<Double>]

    /// The limit of `dt max(c) sqrt(1/hx^2 + 1/hy^2)`.
    public static func courantLimit(of boundary: WaveBoundary) -> Double { boundary.isAbsorbing ? 0.65 : 1.45 }

    /// Prepares the operators.
    ///
    /// - Parameters:
    ///   - speed: `c`, positive, `[ny, nx]`; its shape is the grid.
    ///   - extent: lengths of the sides, `[y, x]`.
    ///   - courant: Courant number of the largest step.
    /// - Throws: `SolverError.invalidInput` for a speed that is not positive and finite or a grid too small, `SolverError.cflViolation` for a
    ///   Courant number above the limit of stability.
    public init(speed: Tensor<Double>, extent: [Double] = [1, 1], boundary: WaveBoundary, courant: Double = 0.5) throws {
        precondition(speed.rank == 2 && extent.count == 2, "speed of shape \(speed.shape), extent \(extent)")
        guard let least = speed.shape.min(), least >= SummationByParts.leastCount else {
            throw SolverError.invalidInput(
                key: "shape", found: "\(speed.shape)", allowed: "at least \(SummationByParts.leastCount) points an axis")
        }
        guard extent.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "extent", found: "\(extent)", allowed: "positive lengths")
        }
        if let wrong = speed.scalars.first(where: { !($0 > 0 && $0.isFinite) }) {
            throw SolverError.invalidInput(key: "speed", found: "\(wrong)", allowed: "finite and > 0")
        }
        guard courant > 0 else { throw SolverError.invalidInput(key: "courant", found: "\(courant)", allowed: "> 0") }
        shape = speed.shape
        self.boundary = boundary
        let intervals = [
            boundary.south == .periodic ? speed.shape[0] : speed.shape[0] - 1,
            boundary.west == .periodic ? speed.shape[1] : speed.shape[1] - 1,
        ]
        spacing = zip(extent, intervals).map { $0 / Double($1) }
        let fastest = speed.scalars.max()! * (1 / (spacing[0] * spacing[0]) + 1 / (spacing[1] * spacing[1])).squareRoot()
        largestTimeStep = courant / fastest
        let limit = WaveSolver.courantLimit(of: boundary)
        guard courant <= limit else {
            throw SolverError.cflViolation(solver: "wave", courant: courant, limit: limit, timeStep: largestTimeStep)
        }
        space = WaveOperator(speed: speed, spacing: spacing, boundary: boundary)
        let count = speed.count
        u = Storage(count: count)
        v = Storage(count: count)
        work = (0..<(boundary.isAbsorbing ? 5 : 2)).map { _ in Storage(count: count) }
    }

    /// `int (u_t^2 / c^2 + |grad u|^2) / 2`, discretised with the norm and the symmetric matrix of the scheme; constant in exact time without
    /// absorbing sides.
    public func energy(of state: Tensor<Double>) -> Double {
        precondition(state.shape == shape + [2], "state of shape \(state.shape), states are \(shape + [2])")
        let (a, b, c) = (Storage<Double>(count: space.count), Storage<Double>(count: space.count), Storage<Double>(count: space.count))
        for i in 0..<space.count {
            a.pointer[i] = state.basePointer[2 * i]
            b.pointer[i] = state.basePointer[2 * i + 1]
        }
        space.apply(a.pointer, into: c.pointer)
        let kinetic = space.product(b.pointer, b.pointer, overSpeedSquared: true)
        return 0.5 * (kinetic - space.product(a.pointer, c.pointer, overSpeedSquared: true))
    }

    /// Integrates from `initial`, `[y, x, 2]`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.invalidInput` where the initial state is not finite or not zero on a Dirichlet side.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        try load(initial)
        energyDrift = boundary.isAbsorbing ? nil : 0
        var (time, steps) = (0.0, 0)
        var range: ClosedRange<Double>?
        var number = 0
        while number < times.count {
            let span = times[number] - time
            if span <= 0 {
                try deliver(number, state())
                number += 1
                continue
            }
            // Outputs that are equally far apart are taken by one sequence of equal steps.
            let perOutput = max(1, Int((span / largestTimeStep).rounded(.up)))
            let timeStep = span / Double(perOutput)
            var last = number
            while last + 1 < times.count && abs(times[last + 1] - times[last] - span) <= 1e-12 * span { last += 1 }
            range = range.map { min($0.lowerBound, timeStep)...max($0.upperBound, timeStep) } ?? timeStep...timeStep
            if boundary.isAbsorbing {
                for output in number...last {
                    for _ in 0..<perOutput { rungeKutta(timeStep) }
                    steps += perOutput
                    try deliver(output, finiteState(step: steps, time: times[output]))
                }
            } else {
                try leapfrog(timeStep, outputs: number...last, stepsPerOutput: perOutput) { output in
                    steps += perOutput
                    try deliver(output, finiteState(step: steps, time: times[output]))
                }
            }
            time = times[last]
            number = last + 1
        }
        return IntegrationReport(steps: steps, timeStep: range ?? largestTimeStep...largestTimeStep)
    }

    private func load(_ initial: Tensor<Double>) throws {
        let scale = initial.scalars.reduce(0) { max($0, abs($1)) }
        for i in 0..<space.count {
            let (a, b) = (initial.basePointer[2 * i], initial.basePointer[2 * i + 1])
            let isFixed = space.speedSquared.pointer[i] == 0
            if isFixed && max(abs(a), abs(b)) > 1e-10 * scale {
                throw SolverError.invalidInput(
                    key: "initial state", found: "u = \(a), u_t = \(b) on a Dirichlet side", allowed: "zero on Dirichlet sides")
            }
            u.pointer[i] = isFixed ? 0 : a
            v.pointer[i] = isFixed ? 0 : b
        }
    }

    private func state() -> Tensor<Double> {
        var result = Tensor<Double>(uninitialized: shape + [2])
        result.withUnsafeMutablePointer { target in
            for i in 0..<space.count {
                target[2 * i] = u.pointer[i]
                target[2 * i + 1] = v.pointer[i]
            }
        }
        return result
    }

    private func finiteState(step: Int, time: Double) throws -> Tensor<Double> {
        let result = state()
        if let index = Kernels.firstNonFinite(result.count, result.basePointer) {
            throw SolverError.diverged(
                solver: "wave", step: step, time: time, quantity: index % 2 == 0 ? "u" : "u_t", value: result.basePointer[index])
        }
        return result
    }

    // MARK: - Without absorbing sides

    /// `target = (A + dt^2/12 A^2) u`.
    private func modified(_ u: UnsafePointer<Double>, _ timeStep: Double, into target: UnsafeMutablePointer<Double>) {
        space.apply(u, into: target)
        space.apply(target, into: work[1].pointer)
        addScaled(space.count, work[1].pointer, timeStep * timeStep / 12, to: target)
    }

    /// Steps of the modified-equation leapfrog in the variables `u(t)` and `p = (u(t + dt) - u(t)) / dt`.
    ///
    /// The central difference `(u(t + dt) - u(t - dt)) / (2 dt) = p - dt/2 (A + dt^2/12 A^2) u` is `(1 + dt^2/6 A) u_t` to fourth order.
    private func leapfrog(
        _ timeStep: Double, outputs: ClosedRange<Int>, stepsPerOutput: Int, deliver: (Int) throws -> Void
    ) throws {
        let count = space.count
        let (force, p) = (work[0].pointer, Storage<Double>(count: count))
        space.apply(v.pointer, into: force)
        p.pointer.update(from: v.pointer, count: count)
        addScaled(count, force, timeStep * timeStep / 6, to: p.pointer)
        modified(u.pointer, timeStep, into: force)
        addScaled(count, force, timeStep / 2, to: p.pointer)
        let start = leapfrogEnergy(p.pointer, timeStep)
        for output in outputs {
            for _ in 0..<stepsPerOutput {
                addScaled(count, p.pointer, timeStep, to: u.pointer)
                modified(u.pointer, timeStep, into: force)
                addScaled(count, force, timeStep, to: p.pointer)
            }
            let energy = leapfrogEnergy(p.pointer, timeStep)
            energyDrift = max(energyDrift ?? 0, start == 0 ? abs(energy) : abs(energy - start) / start)
            v.pointer.update(from: p.pointer, count: count)
            addScaled(count, force, -timeStep / 2, to: v.pointer)
            space.apply(v.pointer, into: work[1].pointer)
            addScaled(count, work[1].pointer, -timeStep * timeStep / 6, to: v.pointer)
            try deliver(output)
        }
    }

    /// `(<p, p> - <u + dt p, (A + dt^2/12 A^2) u>) / 2` with the force at `u` in `work[0]`; weights `H / c^2`.
    private func leapfrogEnergy(_ p: UnsafePointer<Double>, _ timeStep: Double) -> Double {
        let force = work[0].pointer
        let potential = space.product(u.pointer, force, overSpeedSquared: true)
        let mixed = space.product(p, force, overSpeedSquared: true)
        return 0.5 * (space.product(p, p, overSpeedSquared: true) - potential - timeStep * mixed)
    }

    // MARK: - With absorbing sides

    /// `acceleration = A u - damping v`.
    private func acceleration(_ u: UnsafePointer<Double>, _ v: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>) {
        space.apply(u, into: target)
        subtractProduct(space.count, space.damping.pointer, v, from: target)
    }

    /// One classical Runge-Kutta step of `u' = v, v' = A u - damping v`.
    private func rungeKutta(_ dt: Double) {
        let count = space.count
        let (k, stageU, stageV) = (work[0].pointer, work[1].pointer, work[2].pointer)
        let (sumU, sumV) = (work[3].pointer, work[4].pointer)
        // Stage values are u + a v_previous, v + a k_previous; the sums gather dt/6 (1, 2, 2, 1) of both slopes.
        acceleration(u.pointer, v.pointer, into: k)
        sumU.update(from: u.pointer, count: count)
        sumV.update(from: v.pointer, count: count)
        addScaled(count, v.pointer, dt / 6, to: sumU)
        addScaled(count, k, dt / 6, to: sumV)
        stageU.update(from: u.pointer, count: count)
        stageV.update(from: v.pointer, count: count)
        addScaled(count, v.pointer, dt / 2, to: stageU)
        addScaled(count, k, dt / 2, to: stageV)
        for (weight, next) in [(dt / 3, dt / 2), (dt / 3, dt)] {
            acceleration(stageU, stageV, into: k)
            addScaled(count, stageV, weight, to: sumU)
            addScaled(count, k, weight, to: sumV)
            assignSum(count, u.pointer, stageV, next, to: stageU)
            assignSum(count, v.pointer, k, next, to: stageV)
        }
        acceleration(stageU, stageV, into: k)
        addScaled(count, stageV, dt / 6, to: sumU)
        addScaled(count, k, dt / 6, to: sumV)
        u.pointer.update(from: sumU, count: count)
        v.pointer.update(from: sumV, count: count)
    }
}

/// `target += factor * x`, elementwise.
private func addScaled(_ count: Int, _ x: UnsafePointer<Double>, _ factor: Double, to target: UnsafeMutablePointer<Double>) {
    for i in 0..<count { target[i] += factor * x[i] }
}

/// `target = x + factor * y`, elementwise.
private func assignSum(
    _ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ factor: Double, to target: UnsafeMutablePointer<Double>
) {
    for i in 0..<count { target[i] = x[i] + factor * y[i] }
}

/// `target -= x * y`, elementwise.
private func subtractProduct(
    _ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, from target: UnsafeMutablePointer<Double>
) {
    for i in 0..<count { target[i] -= x[i] * y[i] }
}
