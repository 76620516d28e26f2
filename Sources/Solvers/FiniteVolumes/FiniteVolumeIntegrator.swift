import Grids
import Tensors

/// Integrates a conservation law in time on a uniform grid: states, steps, output times and the checks of every stage.
final class FiniteVolumeIntegrator<Law: ConservationLaw> {
    let law: Law
    let shape: [Int]
    private let spacing: (x: Double, y: Double)
    private let sides: CellSides
    private let stepper: StrongStabilityPreserving
    private let courantNumber: Double
    private let divergence: FluxDivergence<Law>
    private let primitive: CellPlanes
    private var state: CellPlanes
    private var stage: CellPlanes

    /// - Throws: `SolverError.invalidInput` for a grid without two uniform axes, a boundary other than periodic, wall and open, a Courant number outside (0, 1].
    init(
        _ law: Law, grid: Grid, boundary: Boundary, limiter: SlopeLimiter, stepper: StrongStabilityPreserving, courantNumber: Double
    ) throws {
        guard grid.dimension == 2, grid.isUniform, grid.axes.allSatisfy({ $0.location != .nodes }) else {
            throw SolverError.invalidInput(key: "grid", found: grid.description, allowed: "two uniform axes of cells (periodic or centers)")
        }
        guard courantNumber > 0, courantNumber <= 1 else {
            throw SolverError.invalidInput(key: "courant-number", found: "\(courantNumber)", allowed: "(0, 1]")
        }
        self.law = law
        shape = grid.shape
        spacing = (grid.axes[1].spacing, grid.axes[0].spacing)
        sides = try CellSides(boundary, grid: grid)
        self.stepper = stepper
        self.courantNumber = courantNumber
        let (rows, columns) = (shape[0], shape[1])
        divergence = FluxDivergence(law, limiter: limiter, rows: rows, columns: columns, spacing: spacing)
        primitive = CellPlanes(rows: rows, columns: columns, fieldCount: Law.Fields.count)
        state = CellPlanes(rows: rows, columns: columns, fieldCount: Law.Fields.count)
        stage = CellPlanes(rows: rows, columns: columns, fieldCount: Law.Fields.count)
    }

    func integrate(from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void) throws -> IntegrationReport
    {
        precondition(
            initial.shape == shape + [Law.Fields.count], "initial state of shape \(initial.shape) for \(shape + [Law.Fields.count])")
        precondition(zip(times, times.dropFirst()).allSatisfy(<=) && (times.first ?? 0) >= 0, "times \(times) are not ascending from 0")
        load(initial)
        var clock = StepClock(solver: law.name)
        var rate = try refreshPrimitive(state, clock)
        for (number, time) in times.enumerated() {
            while clock.time < time {
                let timeStep = try clock.timeStep(limit: courantNumber / rate, until: time)
                for (index, weights) in stepper.stages.enumerated() {
                    divergence.advance(
                        primitive: primitive, previous: state, current: index == 0 ? state : stage, into: stage, weights: weights,
                        timeStep: timeStep)
                    rate = try refreshPrimitive(stage, clock)
                }
                swap(&state, &stage)
                clock.advance(timeStep, until: time)
            }
            try deliver(number, number == 0 && time == 0 ? initial : snapshot())
        }
        return clock.report
    }

    private func load(_ initial: Tensor<Double>) {
        let (count, columns) = (Law.Fields.count, shape[1])
        let source = initial.basePointer
        for y in 0..<shape[0] {
            for i in stride(from: 0, to: columns, by: 8) {
                // Lanes past the last cell repeat it.
                let fields = Law.Fields { field in
                    var lanes = Lanes()
                    for lane in 0..<8 { lanes[lane] = source[(y * columns + min(i + lane, columns - 1)) * count + field] }
                    return lanes
                }
                law.conserved(fields).forEach { $1.store(state.base + $0 * state.planeStride + y * state.rowStride + i) }
            }
        }
    }

    private func snapshot() -> Tensor<Double> {
        let (count, columns) = (Law.Fields.count, shape[1])
        var result = Tensor<Double>(uninitialized: shape + [count])
        result.withUnsafeMutablePointer { target in
            for field in 0..<count {
                for y in 0..<shape[0] {
                    let row = primitive.base + field * primitive.planeStride + y * primitive.rowStride
                    for x in 0..<columns { target[(y * columns + x) * count + field] = row[x] }
                }
            }
        }
        return result
    }

    /// Computes the primitive variables of `conserved` and returns the largest rate of a cell.
    private func refreshPrimitive(_ conserved: CellPlanes, _ clock: StepClock) throws -> Double {
        guard let rate = convert(conserved) else { throw divergenceError(clock) }
        primitive.fillGhosts(sides)
        return rate
    }

    /// The first value of the primitive variables that is not physical.
    private func divergenceError(_ clock: StepClock) -> SolverError {
        for y in 0..<shape[0] {
            for x in 0..<shape[1] {
                for (field, (name, minimum)) in law.primitiveFields.enumerated() {
                    let value = primitive.base[field * primitive.planeStride + y * primitive.rowStride + x]
                    if value.isFinite && value >= minimum { continue }
                    return .diverged(
                        solver: law.name, step: clock.step, time: clock.time, quantity: "\(name) at [\(y), \(x)]", value: value)
                }
            }
        }
        return .diverged(solver: law.name, step: clock.step, time: clock.time, quantity: "signal speed", value: .infinity)
    }

    /// Writes the primitive variables; returns the largest rate, or nil when that of a cell is not finite.
    @inline(never)
    private func convert(_ conserved: CellPlanes) -> Double? {
        let inverse = (x: 1 / spacing.x, y: 1 / spacing.y)
        let columns = shape[1]
        var largest = Lanes.zero
        var unphysical = SIMDMask<SIMD8<Int64>>(repeating: false)
        let lane = Lanes(0, 1, 2, 3, 4, 5, 6, 7)
        for y in 0..<shape[0] {
            let (source, target) = (conserved.base + y * conserved.rowStride, primitive.base + y * primitive.rowStride)
            for i in stride(from: 0, to: columns, by: 8) {
                let valid = lane .< Double(columns - i)
                let fields = law.primitive(Law.Fields { Lanes(source + $0 * conserved.planeStride + i) })
                fields.forEach { $1.store(target + $0 * primitive.planeStride + i) }
                let rate = law.rate(fields, inverseSpacing: inverse)
                // A rate that is not a number fails the comparison.
                unphysical .|= valid .& .!(rate .< Lanes(repeating: .infinity))
                largest = largest.greatest(rate.replacing(with: 0, where: .!valid))
            }
        }
        return any(unphysical) ? nil : largest.max()
    }
}

extension CellSides {
    /// - Throws: `SolverError.invalidInput` where the boundary of the grid is missing or is not periodic, a wall or open.
    init(_ boundary: Boundary, grid: Grid) throws {
        func side(_ axis: Axis, _ side: Side) throws -> CellSide {
            switch boundary.kind(axis: axis.name, side: side) {
            case .periodic?: return .periodic
            case .wall?: return .wall
            case .open?: return .open
            case let other:
                throw SolverError.invalidInput(
                    key: "boundary of \(axis.name)", found: other?.rawValue ?? "none", allowed: "periodic, wall, open")
            }
        }
        let (y, x) = (grid.axes[0], grid.axes[1])
        self.init(x: try (side(x, .lower), side(x, .upper)), y: try (side(y, .lower), side(y, .upper)))
    }
}
