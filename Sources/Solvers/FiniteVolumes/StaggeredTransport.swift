/// One stage of the transport of smoke and momentum on a staggered grid:
/// `target = a previous + b (current + dt (-div(v q) + nu Lap q + f))` for `q` = smoke (without diffusion), and the components of `v`.
///
/// Finite volumes about each value: the carrying velocity is the mean of the two nearest on the face, the carried value is reconstructed
/// with limited slopes from upstream. Smoke is conserved to rounding; with a velocity free of divergence nothing is created at extrema.
final class StaggeredTransport {
    private let limiter: SlopeLimiter
    private let viscosity: Double
    private let spacing: (x: Double, y: Double)
    private let rows: Int
    private let columns: Int
    private let rowStride: Int
    /// Rows of slopes along `x`, two of slopes along `y`, fluxes along `x`, two of fluxes along `y`; three of slopes towards lower faces for limiters that
    /// have their own.
    private let memory: UnsafeMutableRawPointer

    init(limiter: SlopeLimiter, viscosity: Double, rows: Int, columns: Int, spacing: (x: Double, y: Double)) {
        (self.limiter, self.viscosity, self.rows, self.columns, self.spacing) = (limiter, viscosity, rows, columns, spacing)
        rowStride = CellPlanes.rowStride(columns + 1)
        let count = (limiter.isSymmetric ? 6 : 9) * rowStride
        memory = .allocate(byteCount: count * MemoryLayout<Double>.stride, alignment: 64)
        memory.bindMemory(to: Double.self, capacity: count).update(repeating: 0, count: count)
    }

    deinit { memory.deallocate() }

    private func line(_ index: Int) -> UnsafeMutablePointer<Double> { memory.assumingMemoryBound(to: Double.self) + index * rowStride + 8 }

    /// How one stage combines its states, and the acceleration by a unit of smoke.
    struct Stage {
        var weights: (previous: Double, current: Double)
        var timeStep: Double
        var buoyancy: (x: Double, y: Double)
    }

    /// Advances all three fields; the ghost cells of `current` are filled, `target` is neither of the others.
    func advance(_ stage: Stage, previous: StaggeredFields, current: StaggeredFields, into target: StaggeredFields) {
        let (u, v) = (UnsafePointer(current.row(1, y: 0)), UnsafePointer(current.row(2, y: 0)))
        let up = rowStride
        // The velocity that carries each quantity across its left and its lower side: mean of two values, relative to the quantity's own place.
        advance(
            0, stage, previous, current, target, x: 0..<columns, y: 0..<rows, carrierX: (u, u), carrierY: (v, v), viscosity: 0,
            force: (0, 0))
        advance(
            1, stage, previous, current, target, x: 1..<columns, y: 0..<rows, carrierX: (u - 1, u), carrierY: (v - 1, v),
            viscosity: viscosity,
            force: (stage.buoyancy.x, 1))
        advance(
            2, stage, previous, current, target, x: 0..<columns, y: 1..<rows, carrierX: (u - up, u), carrierY: (v - up, v),
            viscosity: viscosity,
            force: (stage.buoyancy.y, up))
    }

    private func advance(
        _ field: Int, _ stage: Stage, _ previous: StaggeredFields, _ current: StaggeredFields, _ target: StaggeredFields, x: Range<Int>,
        y: Range<Int>,
        carrierX: (UnsafePointer<Double>, UnsafePointer<Double>), carrierY: (UnsafePointer<Double>, UnsafePointer<Double>),
        viscosity: Double,
        force: (acceleration: Double, neighbour: Int)
    ) {
        guard !x.isEmpty && !y.isEmpty else { return }
        let (slopesX, fluxX) = (line(0), line(3))
        var (slopesBelow, slopesAbove) = (line(1), line(2))
        var (fluxBelow, fluxAbove) = (line(4), line(5))
        let lowerX = limiter.isSymmetric ? slopesX : line(6)
        var (lowerBelow, lowerAbove) = limiter.isSymmetric ? (slopesBelow, slopesAbove) : (line(7), line(8))
        for j in y.lowerBound - 1..<y.upperBound {
            let row = UnsafePointer(current.row(field, y: j, x.lowerBound))
            if j == y.lowerBound - 1 { limiter.slopes(x.count, row, step: rowStride, slopesBelow, lower: lowerBelow) }
            limiter.slopes(x.count, row + rowStride, step: rowStride, slopesAbove, lower: lowerAbove)
            let offset = (j + 1) * rowStride + x.lowerBound
            upwindFluxes(
                x.count, (carrierY.0 + offset, carrierY.1 + offset), before: row, behind: row + rowStride, slopesBelow, lowerAbove,
                fluxAbove)
            if j >= y.lowerBound {
                limiter.slopes(x.count + 2, row - 1, step: 1, slopesX - 1, lower: lowerX - 1)
                let offset = j * rowStride + x.lowerBound
                upwindFluxes(
                    x.count + 1, (carrierX.0 + offset, carrierX.1 + offset), before: row - 1, behind: row, slopesX - 1, lowerX, fluxX)
                update(
                    x.count, stage, row, previous.row(field, y: j, x.lowerBound), target.row(field, y: j, x.lowerBound),
                    (fluxX, fluxBelow, fluxAbove),
                    viscosity, smoke: current.row(0, y: j, x.lowerBound), force)
            }
            swap(&slopesBelow, &slopesAbove)
            swap(&lowerBelow, &lowerAbove)
            swap(&fluxBelow, &fluxAbove)
        }
    }

    @inline(never)
    private func upwindFluxes(
        _ count: Int, _ carrier: (UnsafePointer<Double>, UnsafePointer<Double>), before: UnsafePointer<Double>,
        behind: UnsafePointer<Double>,
        _ slopesBefore: UnsafePointer<Double>, _ slopesBehind: UnsafePointer<Double>, _ fluxes: UnsafeMutablePointer<Double>
    ) {
        for i in stride(from: 0, to: count, by: 8) {
            let velocity = 0.5 * (Lanes(carrier.0 + i) + Lanes(carrier.1 + i))
            let left = Lanes(before + i) + 0.5 * Lanes(slopesBefore + i)
            let right = Lanes(behind + i) - 0.5 * Lanes(slopesBehind + i)
            (velocity * left.replacing(with: right, where: velocity .< 0)).store(fluxes + i)
        }
    }

    @inline(never)
    private func update(
        _ count: Int, _ stage: Stage, _ current: UnsafePointer<Double>, _ previous: UnsafePointer<Double>,
        _ target: UnsafeMutablePointer<Double>,
        _ flux: (x: UnsafeMutablePointer<Double>, below: UnsafeMutablePointer<Double>, above: UnsafeMutablePointer<Double>),
        _ viscosity: Double,
        smoke: UnsafePointer<Double>, _ force: (acceleration: Double, neighbour: Int)
    ) {
        let (factorX, factorY) = (stage.timeStep / spacing.x, stage.timeStep / spacing.y)
        let (diffusionX, diffusionY) = (factorX * viscosity / spacing.x, factorY * viscosity / spacing.y)
        let impulse = 0.5 * stage.timeStep * force.acceleration
        for i in stride(from: 0, to: count, by: 8) {
            let across = Lanes(flux.x + i + 1) - Lanes(flux.x + i)
            let upwards = Lanes(flux.above + i) - Lanes(flux.below + i)
            let centre = Lanes(current + i)
            var advanced = centre - (factorX * across + factorY * upwards)
            if viscosity != 0 {
                let twice = centre + centre
                let curvatureX = (Lanes(current + i + 1) + Lanes(current + i - 1)) - twice
                let curvatureY = (Lanes(current + i + rowStride) + Lanes(current + i - rowStride)) - twice
                advanced += diffusionX * curvatureX + diffusionY * curvatureY
            }
            if impulse != 0 {
                let lift = Lanes(smoke + i - force.neighbour) + Lanes(smoke + i)
                advanced += impulse * lift
            }
            if stage.weights.previous != 0 {
                let kept = stage.weights.previous * Lanes(previous + i)
                advanced = kept + stage.weights.current * advanced
            }
            advanced.store(target + i)
        }
    }
}
