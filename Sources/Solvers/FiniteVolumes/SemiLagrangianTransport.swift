/// One long step of smoke and momentum along the flow: every value comes, by linear interpolation, from where the flow was a time step ago;
/// then viscosity, in as many parts as it needs to be stable, and the smoke's force act explicitly.
final class SemiLagrangianTransport {
    private let viscosity: Double
    private let tracing: BuoyantFlowSolver.Tracing
    private let rows: Int
    private let columns: Int
    private let spacing: (x: Double, y: Double)

    init(viscosity: Double, tracing: BuoyantFlowSolver.Tracing, rows: Int, columns: Int, spacing: (x: Double, y: Double)) {
        (self.viscosity, self.tracing, self.rows, self.columns, self.spacing) = (viscosity, tracing, rows, columns, spacing)
    }

    /// Advances `state`, whose ghost cells are filled, into `target`; the velocity is not yet projected.
    func advance(
        timeStep: Double, buoyancy: (x: Double, y: Double), isCorrected: Bool, from state: StaggeredFields, into target: StaggeredFields,
        scratch: StaggeredFields
    ) {
        for field in 0..<3 { trace(field, state, along: state, timeStep, into: target) }
        if isCorrected {
            target.fillGhosts()
            for field in 0..<3 { trace(field, target, along: state, -timeStep, into: scratch) }
            for field in 0..<3 { correct(field, state, timeStep, back: scratch, target) }
        }
        if viscosity > 0 {
            // No part makes new extrema.
            let rate = 2 * viscosity * (1 / (spacing.x * spacing.x) + 1 / (spacing.y * spacing.y))
            let parts = max(1, (timeStep * rate * (1 - 1e-12)).rounded(.up))
            for _ in 0..<Int(parts) {
                target.fillGhosts()
                diffuse(target, timeStep / parts, into: scratch)
            }
        }
        // Last, so that the projection removes all of an even lift: fluid at rest stays at rest.
        accelerate(target, timeStep, buoyancy)
    }

    /// Columns and rows of the values of a field that are not on a wall.
    private func unknowns(_ field: Int) -> (x: Range<Int>, y: Range<Int>) {
        (field == 1 ? 1..<columns : 0..<columns, field == 2 ? 1..<rows : 0..<rows)
    }

    /// Velocity, in cells per time, at the place of a value.
    @inline(__always)
    private func velocity(_ field: Int, _ flow: StaggeredFields, y: Int, x: Int) -> (x: Double, y: Double) {
        let (u, v) = (flow.row(1, y: y, x), flow.row(2, y: y, x))
        let stride = flow.planes.rowStride
        switch field {
        case 0: return (0.5 * (u[0] + u[1]) / spacing.x, 0.5 * (v[0] + v[stride]) / spacing.y)
        case 1: return (u[0] / spacing.x, 0.25 * (v[0] + v[stride] + v[-1] + v[stride - 1]) / spacing.y)
        default: return (0.25 * (u[0] + u[1] + u[-stride] + u[1 - stride]) / spacing.x, v[0] / spacing.y)
        }
    }

    /// Velocity, in cells per time, that carries a value to its place within a step.
    @inline(__always)
    private func carrier(_ field: Int, _ flow: StaggeredFields, _ timeStep: Double, y: Int, x: Int) -> (x: Double, y: Double) {
        let here = velocity(field, flow, y: y, x: x)
        guard tracing == .midpoint else { return here }
        // Places from the corner of the box, in cells.
        let placeX = Double(x) + (field == 1 ? 0 : 0.5) - 0.5 * timeStep * here.x
        let placeY = Double(y) + (field == 2 ? 0 : 0.5) - 0.5 * timeStep * here.y
        let (halfwayX, halfwayY) = (min(max(placeX, 0), Double(columns)), min(max(placeY, 0), Double(rows)))
        return (
            interpolated(1, flow, x: halfwayX, y: halfwayY - 0.5) / spacing.x,
            interpolated(2, flow, x: halfwayX - 0.5, y: halfwayY) / spacing.y
        )
    }

    /// A field between its values, bilinear.
    @inline(__always)
    private func interpolated(_ field: Int, _ source: StaggeredFields, x: Double, y: Double) -> Double {
        let (i, j) = (x.rounded(.down), y.rounded(.down))
        let (cell, stride) = (source.row(field, y: Int(j), Int(i)), source.planes.rowStride)
        let (a, b) = (x - i, y - j)
        return (1 - b) * ((1 - a) * cell[0] + a * cell[1]) + b * ((1 - a) * cell[stride] + a * cell[stride + 1])
    }

    /// The four values around the place that the flow came from, and the weights of the second of each pair.
    @inline(__always)
    private func origin(
        _ field: Int, _ source: StaggeredFields, along flow: StaggeredFields, _ timeStep: Double, y: Int, x: Int
    ) -> (cell: UnsafeMutablePointer<Double>, weightX: Double, weightY: Double) {
        let velocity = carrier(field, flow, timeStep, y: y, x: x)
        // Places stay in the box: centres between half a cell outside the first and last, faces between the walls.
        let (lowX, highX) = field == 1 ? (0, Double(columns)) : (-0.5, Double(columns) - 0.5)
        let (lowY, highY) = field == 2 ? (0, Double(rows)) : (-0.5, Double(rows) - 0.5)
        let placeX = min(max(Double(x) - timeStep * velocity.x, lowX), highX)
        let placeY = min(max(Double(y) - timeStep * velocity.y, lowY), highY)
        let (i, j) = (placeX.rounded(.down), placeY.rounded(.down))
        return (source.row(field, y: Int(j), Int(i)), placeX - i, placeY - j)
    }

    private func trace(
        _ field: Int, _ source: StaggeredFields, along flow: StaggeredFields, _ timeStep: Double, into target: StaggeredFields
    ) {
        let (unknowns, stride) = (unknowns(field), source.planes.rowStride)
        for y in unknowns.y {
            let row = target.row(field, y: y)
            for x in unknowns.x {
                let (cell, a, b) = origin(field, source, along: flow, timeStep, y: y, x: x)
                row[x] = (1 - b) * ((1 - a) * cell[0] + a * cell[1]) + b * ((1 - a) * cell[stride] + a * cell[stride + 1])
            }
        }
    }

    private func correct(_ field: Int, _ state: StaggeredFields, _ timeStep: Double, back: StaggeredFields, _ target: StaggeredFields) {
        let (unknowns, stride) = (unknowns(field), state.planes.rowStride)
        for y in unknowns.y {
            let (row, original, returned) = (target.row(field, y: y), state.row(field, y: y), back.row(field, y: y))
            for x in unknowns.x {
                let cell = origin(field, state, along: state, timeStep, y: y, x: x).cell
                let least = min(cell[0], cell[1], cell[stride], cell[stride + 1])
                let greatest = max(cell[0], cell[1], cell[stride], cell[stride + 1])
                row[x] = min(max(row[x] + 0.5 * (original[x] - returned[x]), least), greatest)
            }
        }
    }

    private func accelerate(_ fields: StaggeredFields, _ timeStep: Double, _ buoyancy: (x: Double, y: Double)) {
        let stride = fields.planes.rowStride
        for (field, acceleration, neighbour) in [(1, buoyancy.x, 1), (2, buoyancy.y, stride)] where acceleration != 0 {
            let unknowns = unknowns(field)
            for y in unknowns.y {
                let (row, smoke) = (fields.row(field, y: y), fields.row(0, y: y))
                for x in unknowns.x { row[x] += 0.5 * timeStep * acceleration * (smoke[x - neighbour] + smoke[x]) }
            }
        }
    }

    private func diffuse(_ fields: StaggeredFields, _ timeStep: Double, into scratch: StaggeredFields) {
        let stride = fields.planes.rowStride
        let (factorX, factorY) = (timeStep * viscosity / (spacing.x * spacing.x), timeStep * viscosity / (spacing.y * spacing.y))
        for field in 1...2 {
            let unknowns = unknowns(field)
            for y in unknowns.y {
                let (row, result) = (fields.row(field, y: y), scratch.row(field, y: y))
                for x in unknowns.x {
                    result[x] =
                        row[x] + factorX * (row[x - 1] - 2 * row[x] + row[x + 1]) + factorY
                        * (row[x - stride] - 2 * row[x] + row[x + stride])
                }
            }
            for y in unknowns.y {
                fields.row(field, y: y, unknowns.x.lowerBound).update(
                    from: scratch.row(field, y: y, unknowns.x.lowerBound), count: unknowns.x.count)
            }
        }
    }
}
