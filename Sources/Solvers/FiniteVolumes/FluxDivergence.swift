import Tensors

/// One stage of a finite volume scheme of second order: `target = a previous + b (current + dt (-div F + div D)(current))`.
///
/// MUSCL: slopes of the primitive variables, limited field by field, give the states on both sides of every face, an approximate Riemann solver
/// their flux; diffusive fluxes are central. Rows are worked through one after the other, so that all that a row needs stays in
/// the first-level cache; every flux is computed once and both its cells use the same bits.
///
/// ## References
/// B. van Leer, "Towards the ultimate conservative difference scheme V", J. Comput. Phys. 32 (1979) 101, doi:10.1016/0021-9991(79)90145-1.
final class FluxDivergence<Law: ConservationLaw> {
    private let law: Law
    private let limiter: SlopeLimiter
    private let spacing: (x: Double, y: Double)
    private let columns: Int
    private let rows: Int
    private let rowStride: Int

    /// Rows of slopes and fluxes: slopes along `x`, two of slopes along `y`, fluxes through faces across `x`, two of fluxes across `y`; three of slopes
    /// towards lower faces for limiters that have their own.
    private let memory: UnsafeMutableRawPointer
    private var blockStride: Int { rowStride * Law.Fields.count }

    init(_ law: Law, limiter: SlopeLimiter, rows: Int, columns: Int, spacing: (x: Double, y: Double)) {
        (self.law, self.limiter, self.spacing, self.columns, self.rows) = (law, limiter, spacing, columns, rows)
        rowStride = CellPlanes.rowStride(columns)
        let count = (limiter.isSymmetric ? 6 : 9) * rowStride * Law.Fields.count
        memory = .allocate(byteCount: count * MemoryLayout<Double>.stride, alignment: 64)
        memory.bindMemory(to: Double.self, capacity: count).update(repeating: 0, count: count)
    }

    deinit { memory.deallocate() }

    /// Block `index` of rows, at the first cell of its field 0; field `f` is `f * rowStride` further.
    private func block(_ index: Int) -> UnsafeMutablePointer<Double> {
        memory.assumingMemoryBound(to: Double.self) + index * blockStride + 8
    }

    /// Advances all rows by one stage.
    ///
    /// - Parameters:
    ///   - primitive: the primitive variables of `current`, ghost cells filled.
    ///   - previous: the state at the beginning of the step.
    ///   - current: the state of the stage; may be `target`.
    func advance(
        primitive: CellPlanes, previous: CellPlanes, current: CellPlanes, into target: CellPlanes,
        weights: (previous: Double, current: Double),
        timeStep: Double
    ) {
        Flops.addOther(operationsPerCell * rows * columns)
        let plane = primitive.planeStride
        let (slopesX, fluxX) = (block(0), block(3))
        var (slopesBelow, slopesAbove) = (block(1), block(2))
        var (fluxBelow, fluxAbove) = (block(4), block(5))
        let lowerX = limiter.isSymmetric ? slopesX : block(6)
        var (lowerBelow, lowerAbove) = limiter.isSymmetric ? (slopesBelow, slopesAbove) : (block(7), block(8))
        for y in -1..<rows {
            let row = primitive.base + y * rowStride
            for field in 0..<Law.Fields.count {
                let (cells, slopes) = (row + field * plane, field * rowStride)
                if y == -1 { limiter.slopes(columns, cells, step: rowStride, slopesBelow + slopes, lower: lowerBelow + slopes) }
                limiter.slopes(columns, cells + rowStride, step: rowStride, slopesAbove + slopes, lower: lowerAbove + slopes)
                if y >= 0 { limiter.slopes(columns + 2, cells - 1, step: 1, slopesX + slopes - 1, lower: lowerX + slopes - 1) }
            }
            faceFluxes(
                columns, left: row, right: row + rowStride, leftSlopes: slopesBelow, rightSlopes: lowerAbove, plane, transposed: true,
                fluxAbove)
            if law.isDiffusive {
                addDiffusion(columns, left: row, along: rowStride, across: 1, plane, (spacing.y, spacing.x), transposed: true, fluxAbove)
            }
            if y >= 0 {
                faceFluxes(
                    columns + 1, left: row - 1, right: row, leftSlopes: slopesX - 1, rightSlopes: lowerX, plane, transposed: false, fluxX)
                if law.isDiffusive {
                    addDiffusion(
                        columns + 1, left: row - 1, along: 1, across: rowStride, plane, (spacing.x, spacing.y), transposed: false, fluxX)
                }
                let offset = y * rowStride
                update(
                    fluxX: fluxX, fluxBelow: fluxBelow, fluxAbove: fluxAbove, previous.base + offset, current.base + offset,
                    target.base + offset, plane,
                    weights, timeStep)
            }
            swap(&slopesBelow, &slopesAbove)
            swap(&lowerBelow, &lowerAbove)
            swap(&fluxBelow, &fluxAbove)
        }
    }

    /// Operations of a stage for each cell and its two faces: slopes along both axes, states on both sides of a face (4 for each field), fluxes,
    /// diffusive fluxes (16 for the velocities, 14 for the law, one for each field), update (9 for each field).
    private var operationsPerCell: Int {
        let fields = Law.Fields.count
        let diffusion = law.isDiffusive ? 30 + fields : 0
        return 2 * (limiter.operations * fields + 4 * fields + law.fluxOperations + diffusion) + 9 * fields
    }

    /// `fluxes` through `count` faces between the cells `left` and `right` of each.
    @inline(never)
    private func faceFluxes(
        _ count: Int, left: UnsafePointer<Double>, right: UnsafePointer<Double>, leftSlopes: UnsafePointer<Double>,
        rightSlopes: UnsafePointer<Double>,
        _ plane: Int, transposed: Bool, _ fluxes: UnsafeMutablePointer<Double>
    ) {
        // One loop for each direction: the exchange of fields then costs nothing.
        if transposed {
            for i in stride(from: 0, to: count, by: 8) {
                let (l, r) = states(i, left, right, leftSlopes, rightSlopes, plane)
                law.flux(l.transposed, r.transposed).transposed.forEach { $1.store(fluxes + $0 * rowStride + i) }
            }
        } else {
            for i in stride(from: 0, to: count, by: 8) {
                let (l, r) = states(i, left, right, leftSlopes, rightSlopes, plane)
                law.flux(l, r).forEach { $1.store(fluxes + $0 * rowStride + i) }
            }
        }
    }

    /// Primitive variables on both sides of eight faces.
    @inline(__always)
    private func states(
        _ i: Int, _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ leftSlopes: UnsafePointer<Double>,
        _ rightSlopes: UnsafePointer<Double>, _ plane: Int
    ) -> (Law.Fields, Law.Fields) {
        (
            Law.Fields { Lanes(left + $0 * plane + i) + 0.5 * Lanes(leftSlopes + $0 * rowStride + i) },
            Law.Fields { Lanes(right + $0 * plane + i) - 0.5 * Lanes(rightSlopes + $0 * rowStride + i) }
        )
    }

    /// Subtracts the diffusive fluxes from `fluxes`; `left` are the cells before the faces, `along` leads to those behind.
    @inline(never)
    private func addDiffusion(
        _ count: Int, left: UnsafePointer<Double>, along: Int, across: Int, _ plane: Int, _ spacing: (along: Double, across: Double),
        transposed: Bool,
        _ fluxes: UnsafeMutablePointer<Double>
    ) {
        let (normalFactor, tangentialFactor) = (1 / spacing.along, 0.25 / spacing.across)
        let (first, second) = transposed ? (2, 1) : (1, 2)
        @inline(__always) func mean(_ v: UnsafePointer<Double>) -> Lanes { 0.5 * (Lanes(v) + Lanes(v + along)) }
        @inline(__always) func normal(_ v: UnsafePointer<Double>) -> Lanes { (Lanes(v + along) - Lanes(v)) * normalFactor }
        @inline(__always) func tangential(_ v: UnsafePointer<Double>) -> Lanes {
            ((Lanes(v + across) + Lanes(v + along + across)) - (Lanes(v - across) + Lanes(v + along - across))) * tangentialFactor
        }
        for i in stride(from: 0, to: count, by: 8) {
            let (u, v) = (left + first * plane + i, left + second * plane + i)
            let flux = law.diffusiveFlux(
                velocity: VelocityLanes(along: mean(u), across: mean(v)), normal: VelocityLanes(along: normal(u), across: normal(v)),
                tangential: VelocityLanes(along: tangential(u), across: tangential(v)))
            (transposed ? flux.transposed : flux).forEach { field, value in
                let target = fluxes + field * rowStride + i
                (Lanes(target) - value).store(target)
            }
        }
    }

    @inline(never)
    private func update(
        fluxX: UnsafePointer<Double>, fluxBelow: UnsafePointer<Double>, fluxAbove: UnsafePointer<Double>, _ previous: UnsafePointer<Double>,
        _ current: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>, _ plane: Int,
        _ weights: (previous: Double, current: Double),
        _ timeStep: Double
    ) {
        let (factorX, factorY) = (timeStep / spacing.x, timeStep / spacing.y)
        for field in 0..<Law.Fields.count {
            let (x, below, above) = (fluxX + field * rowStride, fluxBelow + field * rowStride, fluxAbove + field * rowStride)
            let (previous, current, target) = (previous + field * plane, current + field * plane, target + field * plane)
            for i in stride(from: 0, to: columns, by: 8) {
                let outflow = factorX * (Lanes(x + i + 1) - Lanes(x + i)) + factorY * (Lanes(above + i) - Lanes(below + i))
                let advanced = Lanes(current + i) - outflow
                if weights.previous == 0 {
                    advanced.store(target + i)
                } else {
                    (weights.previous * Lanes(previous + i) + weights.current * advanced).store(target + i)
                }
            }
        }
    }
}
