import Foundation
import Tensors

/// Solves the steady incompressible flow through a curved pipe in two dimensions.
///
///     (v . grad) v = -grad p + nu Lap v,        div v = 0
///
/// The pipe is `0 <= x <= length`, `|y - c(x)| <= width / 2` for a centre line `c`: its width is measured along `y`. The fluid enters along
/// `x` with the profile `maximum (1 - 4 (y - c)^2 / width^2)`, sticks to the walls, and leaves without traction: `nu dv/dx - (p, 0) = 0`.
///
/// The unknown is the stream function in bicubic Hermite elements on a mesh sheared with the pipe, so that the velocity is continuous and
/// free of divergence at every point, not only at nodes. The equations are those of Galerkin (`PipeFlowSystem`): order 4 for the stream
/// function, 3 for the velocity. Newton's method with a direct solver starts from the parabola in every section; where that is too far
/// away it goes through larger viscosities. The pressure follows from a Poisson equation in the same elements (`PipePressure`); the vorticity on
/// the walls that it needs makes its order 2.
///
/// The velocity at a corner of the inlet cannot be smooth unless the pipe begins level, because the fluid enters along `x`; there the order
/// is lower, and the entering fluid deviates from `x` within the elements at the corners.
///
/// A solver keeps its memory from one sample to the next. It is not for use by several threads at once: make one for each.
///
/// ## References
/// V. Girault, P.-A. Raviart, Finite Element Methods for Navier-Stokes Equations, Springer 1986, chapter IV; M. D. Gunzburger, Finite Element
/// Methods for Viscous Incompressible Flows, Academic Press 1989, chapter 13.
public final class PipeFlowSolver {
    /// Elements along and across the pipe.
    public let elements: (along: Int, across: Int)
    /// Extent along `x`.
    public let length: Double
    /// Extent along `y`.
    public let width: Double
    /// Kinematic viscosity `nu`.
    public let viscosity: Double
    /// Velocity in the middle of the inlet.
    public let maximum: Double
    /// The norm of the residual over that of its terms at which the iteration ends.
    public let tolerance: Double
    /// Newton steps after which a solve is given up.
    public let maximumIterations: Int

    private let mesh: HermiteMesh
    private let matrix: BandMatrix

    /// Allocates the work space: `400 along across^2` bytes or little more.
    ///
    /// - Throws: `SolverError.invalidInput` with the parameter that cannot be taken.
    public init(
        along: Int = 64, across: Int = 64, length: Double = 10, width: Double = 1, viscosity: Double = 0.005, maximum: Double = 1,
        tolerance: Double = 1e-10, maximumIterations: Int = 100
    ) throws {
        for (key, value) in [("elements along", along), ("elements across", across)] where value < 4 {
            throw SolverError.invalidInput(key: key, found: "\(value)", allowed: "4 or more")
        }
        for (key, value) in [
            ("length", length), ("width", width), ("viscosity", viscosity), ("velocity of the inlet", maximum), ("tolerance", tolerance),
        ] where !(value > 0 && value.isFinite) {
            throw SolverError.invalidInput(key: key, found: "\(value)", allowed: "above 0")
        }
        elements = (along, across)
        (self.length, self.width, self.viscosity, self.maximum) = (length, width, viscosity, maximum)
        (self.tolerance, self.maximumIterations) = (tolerance, maximumIterations)
        mesh = HermiteMesh(along: along, across: across, length: length, width: width)
        matrix = BandMatrix(size: mesh.count, band: mesh.band)
    }

    /// The flow through the pipe with that centre line.
    ///
    /// - Throws: `SolverError.invalidInput` for a centre line that does not fit, `SolverError.didNotConverge` with iteration and residual when
    ///   Newton's method fails in spite of the larger viscosities.
    public func solve(_ centreline: PipeCentreline) throws(SolverError) -> PipeFlowSolution {
        try solve(centreline, PipeBoundary(centreline, width: width, maximum: maximum))
    }

    /// The flow with that boundary.
    package func solve(
        _ centreline: PipeCentreline, stream: @escaping @Sendable (_ xi: Double, _ eta: Double) -> SIMD4<Double>,
        traction: @escaping @Sendable (_ eta: Double) -> (x: Double, y: Double)
    ) throws(SolverError) -> PipeFlowSolution {
        try solve(
            centreline, PipeBoundary(stream: stream, traction: traction, outletSlope: centreline.slope(at: centreline.length)))
    }

    private func solve(_ centreline: PipeCentreline, _ boundary: PipeBoundary) throws(SolverError) -> PipeFlowSolution {
        try validate(centreline)
        let start = Date()
        let system = PipeFlowSystem(mesh, centreline, boundary, viscosity: viscosity)
        var state = guess(boundary)
        // Viscosities still to be reached, the next one last; a failed one is preceded by the geometric mean with the last reached.
        var pending = [viscosity]
        var reached = 64 * viscosity
        var (steps, residual) = (0, Double.infinity)
        while let next = pending.last {
            system.viscosity = next
            let trial = Storage<Double>(count: mesh.count)
            trial.pointer.update(from: state.pointer, count: mesh.count)
            let last = iterate(system, trial, &steps)
            if last <= tolerance {
                (state, reached, residual) = (trial, next, last)
                pending.removeLast()
            } else {
                guard pending.count < 7, steps < maximumIterations else {
                    throw .didNotConverge(solver: "pipe flow", iteration: steps, residual: last, tolerance: tolerance)
                }
                pending.append((reached * next).squareRoot())
            }
        }
        guard
            let pressure = PipePressure(mesh, centreline, viscosity: viscosity).solve(state.pointer, boundary, matrix: matrix)
        else { throw .diverged(solver: "pipe flow", step: steps, time: 0, quantity: "pivot of the pressure", value: 0) }
        let report = SolveReport(iterations: steps, residual: residual, setupSeconds: 0, solveSeconds: Date().timeIntervalSince(start))
        return PipeFlowSolution(mesh, centreline, stream: state, pressure: pressure, report: report)
    }

    private func validate(_ centreline: PipeCentreline) throws(SolverError) {
        guard centreline.length == length else {
            throw .invalidInput(key: "length of the centre line", found: "\(centreline.length)", allowed: "\(length), that of the pipe")
        }
        for (key, values) in [("heights", centreline.heights), ("slopes", centreline.slopes)] {
            if let value = values.first(where: { !$0.isFinite }) {
                throw .invalidInput(key: "\(key) of the centre line", found: "\(value)", allowed: "finite numbers")
            }
        }
        guard elements.along % centreline.pieces == 0 else {
            throw .invalidInput(
                key: "elements along", found: "\(elements.along)",
                allowed: "a multiple of \(centreline.pieces), so that the centre line is smooth in each")
        }
    }

    /// The profile of the inlet in every section, with the numbers that walls and inlet fix.
    private func guess(_ boundary: PipeBoundary) -> Storage<Double> {
        let state = Storage<Double>(count: mesh.count)
        let (hx, hy) = mesh.spacing
        for i in 0...mesh.along {
            for j in 0...mesh.across {
                let eta = width * (Double(j) / Double(mesh.across) - 0.5)
                let isFixed = i == 0 || j == 0 || j == mesh.across
                let psi = boundary.stream(isFixed ? Double(i) * hx : 0, eta)
                let node = state.pointer + i * mesh.columnCount + 4 * j
                node[0] = psi[0]
                node[1] = isFixed ? hx * psi[1] : 0
                node[2] = hy * psi[2]
                node[3] = isFixed ? hx * hy * psi[3] : 0
            }
        }
        return state
    }

    /// Newton's method; returns the residual, which is above the tolerance when it stalls.
    private func iterate(_ system: PipeFlowSystem, _ state: Storage<Double>, _ steps: inout Int) -> Double {
        let count = mesh.count
        let (update, trial) = (Storage<Double>(count: count), Storage<Double>(count: count))
        var residual = system.residual(state.pointer, into: update.pointer, jacobian: matrix)
        while residual > tolerance && residual.isFinite && steps < maximumIterations {
            guard matrix.factorise() else { return .infinity }
            matrix.solve(update.pointer)
            steps += 1
            var (length, next) = (1.0, Double.infinity)
            let right = Storage<Double>(count: count)
            while length > 1.0 / 64 {
                for index in 0..<count { trial.pointer[index] = state.pointer[index] - length * update.pointer[index] }
                next = system.residual(trial.pointer, into: right.pointer)
                if next < (1 - 0.1 * length) * residual || next <= tolerance { break }
                length /= 2
            }
            guard length > 1.0 / 64 else { return residual }
            state.pointer.update(from: trial.pointer, count: count)
            residual = next
            if residual > tolerance { residual = system.residual(state.pointer, into: update.pointer, jacobian: matrix) }
        }
        return residual
    }
}
