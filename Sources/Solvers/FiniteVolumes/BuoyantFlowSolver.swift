import Grids
import Tensors

/// Solves the incompressible flow of a fluid that smoke lifts, in a closed box.
///
///     ds/dt + div(v s) = 0
///     dv/dt + div(v v) = -grad p + nu Lap v + b s,        div v = 0
///
/// with smoke `s`, velocity `v`, kinematic viscosity `nu` and acceleration `b` by a unit of smoke. No smoke passes the walls, where the
/// velocity vanishes (or only its normal component, with `freeSlip`).
///
/// States are `[y, x, field]` with the fields smoke, velocity along `x`, velocity along `y` at the centres of the cells. Inside, velocities live on
/// the faces (a staggered grid): an initial velocity is taken to the faces as the mean of both cells and made free of divergence, and a velocity handed
/// out is the mean of both faces.
///
/// With `finiteVolumes` a step is a strong-stability-preserving Runge-Kutta step of `courantNumber` times the crossing time of a cell, each
/// of its stages projected: order 2, smoke conserved to rounding. The other two methods of advection allow long steps and conserve nothing; they
/// exist to repeat published data. Nothing is allocated in a step.
///
/// ## References
/// F. H. Harlow, J. E. Welch, "Numerical calculation of time-dependent viscous incompressible flow of fluid with free surface", Phys.
/// Fluids 8 (1965) 2182, doi:10.1063/1.1761178. J. K. Gupta, J. Brandstetter, "Towards multi-spatiotemporal-scale generalized PDE modeling",
/// arXiv:2209.15616 (the problem: box of side 32, `nu = 0.01`, `b = 0.5` upwards or between 0.2 and 0.5).
public final class BuoyantFlowSolver: EvolutionSolver {
    /// What holds at the walls besides impermeability.
    public enum Walls: String, Sendable, CaseIterable, Codable {
        /// The fluid sticks to them.
        case noSlip = "no-slip"
        /// The fluid glides along them without friction.
        case freeSlip = "free-slip"
    }

    /// How the way of the flow within a long step is found.
    public enum Tracing: String, Sendable, CaseIterable, Codable {
        /// Along the velocity at the place that the flow comes to.
        case euler
        /// Along the velocity halfway (Runge-Kutta method of order 2 for the way).
        case midpoint
    }

    /// How smoke and momentum are carried by the flow.
    public enum Advection: Sendable, Hashable {
        /// Finite volumes with limited slopes, in steps by the Courant number: order 2, conserves smoke.
        case finiteVolumes(SlopeLimiter)
        /// Values from where the flow comes, interpolated linearly, in steps of at most `timeStep`: order 1 in time; in space the error of a step is
        /// of order 2, whatever the step, so that short steps add up more of it.
        ///
        /// J. Stam, "Stable fluids", SIGGRAPH 1999, doi:10.1145/311535.311548.
        case semiLagrangian(timeStep: Double, tracing: Tracing = .euler)
        /// The same with a correction by the error of going back and forth, limited to the values interpolated from: order 2 in space where smooth.
        ///
        /// A. Selle, R. Fedkiw, B. Kim, Y. Liu, J. Rossignac, "An unconditionally stable MacCormack method", J. Sci. Comput. 35 (2008) 350,
        /// doi:10.1007/s10915-007-9166-4.
        case macCormack(timeStep: Double, tracing: Tracing = .euler)
    }

    /// Acceleration by a unit of smoke.
    public var buoyancy: (x: Double, y: Double)

    private let grid: Grid
    private let spacing: (x: Double, y: Double)
    private let viscosity: Double
    private let advection: Advection
    private let stepper: StrongStabilityPreserving
    private let courantNumber: Double
    private let projection: Projection
    private let transport: StaggeredTransport
    private let semiLagrangian: SemiLagrangianTransport
    private var state: StaggeredFields
    private var first: StaggeredFields
    private var second: StaggeredFields

    /// Plans the transforms and allocates the work space.
    ///
    /// - Parameters:
    ///   - grid: two uniform axes `y`, `x` of `centers`, four or more along each.
    ///   - viscosity: kinematic viscosity `nu`.
    ///   - buoyancy: acceleration by a unit of smoke.
    ///   - courantNumber: in (0, 1]; no new extrema of smoke up to 1/2.
    /// - Throws: `SolverError.invalidInput` with the parameter that cannot be taken.
    public init(
        grid: Grid, viscosity: Double, buoyancy: (x: Double, y: Double) = (0, 0.5), walls: Walls = .noSlip,
        advection: Advection = .finiteVolumes(.monotonizedCentral), stepper: StrongStabilityPreserving = .secondOrder,
        courantNumber: Double = 0.5
    ) throws {
        guard grid.dimension == 2, grid.isUniform, grid.axes.allSatisfy({ $0.location == .centers && $0.count >= 4 }) else {
            throw SolverError.invalidInput(key: "grid", found: grid.description, allowed: "two uniform axes of 4 or more centers")
        }
        guard viscosity >= 0, viscosity.isFinite else {
            throw SolverError.invalidInput(key: "viscosity", found: "\(viscosity)", allowed: "0 or more")
        }
        guard buoyancy.x.isFinite, buoyancy.y.isFinite else {
            throw SolverError.invalidInput(key: "buoyancy", found: "\(buoyancy)", allowed: "finite numbers")
        }
        guard courantNumber > 0, courantNumber <= 1 else {
            throw SolverError.invalidInput(key: "courant-number", found: "\(courantNumber)", allowed: "(0, 1]")
        }
        self.grid = grid
        self.viscosity = viscosity
        self.buoyancy = buoyancy
        self.advection = advection
        self.stepper = stepper
        self.courantNumber = courantNumber
        spacing = (grid.axes[1].spacing, grid.axes[0].spacing)
        let (rows, columns) = (grid.shape[0], grid.shape[1])
        projection = Projection(rows: rows, columns: columns, spacing: spacing)
        var (limiter, tracing) = (SlopeLimiter.monotonizedCentral, Tracing.euler)
        switch advection {
        case .finiteVolumes(let chosen): limiter = chosen
        case .semiLagrangian(let timeStep, let chosen), .macCormack(let timeStep, let chosen):
            guard timeStep > 0, timeStep.isFinite else {
                throw SolverError.invalidInput(key: "time-step", found: "\(timeStep)", allowed: "above 0")
            }
            tracing = chosen
        }
        transport = StaggeredTransport(limiter: limiter, viscosity: viscosity, rows: rows, columns: columns, spacing: spacing)
        semiLagrangian = SemiLagrangianTransport(
            viscosity: viscosity, tracing: tracing, rows: rows, columns: columns, spacing: spacing)
        func fields() -> StaggeredFields { StaggeredFields(rows: rows, columns: columns, walls: walls) }
        (state, first, second) = (fields(), fields(), fields())
    }

    private static let name = "buoyant flow"

    /// Cells along `y` and `x`.
    public var shape: [Int] { grid.shape }

    /// Smoke, velocity along `x`, velocity along `y`.
    public var fieldCount: Int { 3 }

    /// The largest magnitude of the discrete divergence of the velocity on the faces, after the last step taken.
    package var largestDivergence: Double { projection.largestDivergence(state) }

    /// Integrates from `initial` at time 0 to the last of `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.diverged` when a value is not finite; what `deliver` throws.
    @discardableResult
    public func integrate(from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void) throws
        -> IntegrationReport
    {
        precondition(initial.shape == shape + [3], "initial state of shape \(initial.shape) for \(shape + [3])")
        precondition(zip(times, times.dropFirst()).allSatisfy(<=) && (times.first ?? 0) >= 0, "times \(times) are not ascending from 0")
        load(initial)
        var clock = StepClock(solver: Self.name)
        try check(initial, clock)
        for (number, time) in times.enumerated() {
            while clock.time < time {
                let timeStep = try clock.timeStep(limit: timeStepLimit(until: time - clock.time, clock), until: time)
                step(timeStep)
                clock.advance(timeStep, until: time)
            }
            let result = number == 0 && time == 0 ? initial : snapshot()
            try check(result, clock)
            try deliver(number, result)
        }
        return clock.report
    }

    private func step(_ timeStep: Double) {
        switch advection {
        case .finiteVolumes:
            var current = state
            for (index, weights) in stepper.stages.enumerated() {
                let target = index % 2 == 0 ? first : second
                let stage = StaggeredTransport.Stage(weights: weights, timeStep: timeStep, buoyancy: buoyancy)
                transport.advance(stage, previous: state, current: current, into: target)
                projection.project(target)
                target.fillGhosts()
                current = target
            }
            if stepper.stages.count % 2 == 0 { swap(&state, &second) } else { swap(&state, &first) }
        case .semiLagrangian, .macCormack:
            let isCorrected = if case .macCormack = advection { true } else { false }
            semiLagrangian.advance(
                timeStep: timeStep, buoyancy: buoyancy, isCorrected: isCorrected, from: state, into: first, scratch: second)
            projection.project(first)
            first.fillGhosts()
            swap(&state, &first)
        }
    }

    /// The time step for the present state.
    private func timeStepLimit(until rest: Double, _ clock: StepClock) throws -> Double {
        let (speed, smoke) = extremes()
        guard speed.isFinite else {
            throw SolverError.diverged(
                solver: Self.name, step: clock.step, time: clock.time, quantity: "velocity in cells per time", value: speed)
        }
        switch advection {
        case .semiLagrangian(let timeStep, _), .macCormack(let timeStep, _):
            // Equal steps between output times; the tolerance keeps rounding from adding a step.
            return rest / (rest / timeStep * (1 - 1e-12)).rounded(.up)
        case .finiteVolumes:
            let advective = speed + 2 * viscosity * (1 / (spacing.x * spacing.x) + 1 / (spacing.y * spacing.y))
            let acceleration = smoke * (abs(buoyancy.x) / spacing.x + abs(buoyancy.y) / spacing.y)
            // The step in which the present velocity and what the force adds to it cross a cell.
            return 2 * courantNumber / (advective + (advective * advective + 4 * acceleration).squareRoot())
        }
    }

    /// The largest of `|u| / dx + |v| / dy` and of the smoke's magnitude.
    private func extremes() -> (speed: Double, smoke: Double) {
        let (inverseX, inverseY) = (1 / spacing.x, 1 / spacing.y)
        let (lane, zero) = (Lanes(0, 1, 2, 3, 4, 5, 6, 7), Lanes.zero)
        var (speed, smoke) = (zero, zero)
        let columns = shape[1]
        for y in 0..<shape[0] {
            let (u, below, above, s) = (state.row(1, y: y), state.row(2, y: y), state.row(2, y: y + 1), state.row(0, y: y))
            for i in stride(from: 0, to: columns, by: 8) {
                let isValid = lane .< Double(columns - i)
                let x = Lanes(u + i).magnitude.greatest(Lanes(u + i + 1).magnitude)
                let y = Lanes(below + i).magnitude.greatest(Lanes(above + i).magnitude)
                let crossing = x * inverseX + y * inverseY
                // The comparison is written so that values that are not numbers are kept.
                speed.replace(with: crossing, where: isValid .& .!(crossing .<= speed))
                smoke = smoke.greatest(zero.replacing(with: Lanes(s + i).magnitude, where: isValid))
            }
        }
        let numbers = (0..<8).map { speed[$0] }
        return (numbers.first { $0.isNaN } ?? speed.max(), smoke.max())
    }

    private func load(_ initial: Tensor<Double>) {
        let (rows, columns) = (shape[0], shape[1])
        let source = initial.basePointer
        for y in 0..<rows {
            for x in 0..<columns {
                let cell = source + (y * columns + x) * 3
                state.row(0, y: y)[x] = cell[0]
                if x > 0 { state.row(1, y: y)[x] = 0.5 * (cell[1] + cell[1 - 3]) }
                if y > 0 { state.row(2, y: y)[x] = 0.5 * (cell[2] + cell[2 - 3 * columns]) }
            }
        }
        projection.project(state)
        state.fillGhosts()
    }

    private func snapshot() -> Tensor<Double> {
        let columns = shape[1]
        var result = Tensor<Double>(uninitialized: shape + [3])
        result.withUnsafeMutablePointer { target in
            for y in 0..<shape[0] {
                let (s, u, below, above) = (state.row(0, y: y), state.row(1, y: y), state.row(2, y: y), state.row(2, y: y + 1))
                for x in 0..<columns {
                    let cell = target + (y * columns + x) * 3
                    (cell[0], cell[1], cell[2]) = (s[x], 0.5 * (u[x] + u[x + 1]), 0.5 * (below[x] + above[x]))
                }
            }
        }
        return result
    }

    private func check(_ state: Tensor<Double>, _ clock: StepClock) throws {
        let values = state.basePointer
        for i in 0..<state.count where !values[i].isFinite {
            let (cell, quantity) = (i / 3, ["smoke", "velocity x", "velocity y"][i % 3])
            throw SolverError.diverged(
                solver: Self.name, step: clock.step, time: clock.time, quantity: "\(quantity) at [\(cell / shape[1]), \(cell % shape[1])]",
                value: values[i])
        }
    }
}
