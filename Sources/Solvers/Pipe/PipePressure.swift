import Tensors

/// The pressure of a flow that is known by its stream function.
///
/// For every function `q` of the same elements
///
///     int grad p . grad q = -int (v . grad v) . grad q + nu closed-int omega dq/ds
///
/// because `nu Lap (u, v) = nu (-omega_y, omega_x)`. It needs no condition on the boundary but a constant: the mean over the outlet is that
/// of `nu du/dx` less the given traction.
struct PipePressure {
    private let mesh: HermiteMesh
    private let centreline: PipeCentreline
    private let viscosity: Double

    init(_ mesh: HermiteMesh, _ centreline: PipeCentreline, viscosity: Double) {
        (self.mesh, self.centreline, self.viscosity) = (mesh, centreline, viscosity)
    }

    /// The numbers of the pressure; nil if the matrix is singular in spite of everything.
    func solve(_ stream: UnsafePointer<Double>, _ boundary: PipeBoundary, matrix: BandMatrix) -> Storage<Double>? {
        let result = Storage<Double>(count: mesh.count)
        let target = result.pointer
        target.update(repeating: 0, count: mesh.count)
        matrix.clear()
        for i in 0..<mesh.along { for j in 0..<mesh.across { interior(i, j, stream, target, matrix) } }
        for i in 0..<mesh.along {
            for (j, t, sign) in [(0, 0.0, 1.0), (mesh.across - 1, 1.0, -1.0)] {
                for (s, weight) in HermiteMesh.gauss {
                    side(i, j, s, t, stream, target) { $0.xi * (sign * weight * mesh.spacing.xi) }
                }
            }
        }
        for j in 0..<mesh.across {
            for (i, s, sign) in [(0, 0.0, -1.0), (mesh.along - 1, 1.0, 1.0)] {
                for (t, weight) in HermiteMesh.gauss {
                    side(i, j, s, t, stream, target) { $0.eta * (sign * weight * mesh.spacing.eta) }
                }
            }
        }
        let pinned = mesh.along * mesh.columnCount
        matrix.decouple(row: pinned, diagonal: mesh.spacing.xi / mesh.spacing.eta)
        target[pinned] = 0
        guard matrix.factorise() else { return nil }
        matrix.solve(target)
        let shift = mean(of: target, stream, boundary)
        for node in 0..<(mesh.count / 4) { target[4 * node] += shift }
        return result
    }

    private func interior(
        _ i: Int, _ j: Int, _ stream: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>, _ matrix: BandMatrix
    ) {
        let values = mesh.element(i, j, of: stream)
        var terms = SIMD16<Double>.zero
        let first = i * mesh.columnCount + 4 * j
        func number(_ k: Int) -> Int { first + (k < 8 ? k : mesh.columnCount + k - 8) }
        var block = [SIMD16<Double>](repeating: .zero, count: 16)
        for (s, a) in HermiteMesh.gauss {
            let x = (Double(i) + s) * mesh.spacing.xi
            let (slope, curvature) = (centreline.slope(at: x), centreline.curvature(at: x))
            for (t, b) in HermiteMesh.gauss {
                let basis = mesh.basis(s, t)
                let weight = a * b * mesh.spacing.xi * mesh.spacing.eta
                let (qx, qy) = (basis.xi - slope * basis.eta, basis.eta)
                let flow = PipeFlowPoint(values, basis, slope: slope, curvature: curvature)
                let (ax, ay) = flow.convection
                terms -= weight * (ax * qx + ay * qy)
                for k in 0..<16 { block[k] += weight * (qx[k] * qx + qy[k] * qy) }
            }
        }
        for k in 0..<16 {
            let column = number(k)
            target[column] += terms[k]
            for l in 0..<16 { matrix.pointer[column * matrix.stride + 2 * matrix.band + number(l) - column] += block[k][l] }
        }
    }

    /// Adds `nu omega dq/ds` at a point of the boundary.
    private func side(
        _ i: Int, _ j: Int, _ s: Double, _ t: Double, _ stream: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>,
        _ tangential: (HermiteMesh.Basis) -> SIMD16<Double>
    ) {
        let basis = mesh.basis(s, t)
        let x = (Double(i) + s) * mesh.spacing.xi
        // The slope at the end of an element is that of the polynomial it lies on.
        let inside = (Double(i) + min(max(s, 1e-9), 1 - 1e-9)) * mesh.spacing.xi
        let flow = PipeFlowPoint(
            mesh.element(i, j, of: stream), basis, slope: centreline.slope(at: x), curvature: centreline.curvature(at: inside))
        let terms = viscosity * flow.vorticity * tangential(basis)
        let first = target + i * mesh.columnCount + 4 * j
        for k in 0..<8 {
            first[k] += terms[k]
            first[mesh.columnCount + k] += terms[k + 8]
        }
    }

    /// What is missing to the mean pressure over the outlet.
    private func mean(of pressure: UnsafePointer<Double>, _ stream: UnsafePointer<Double>, _ boundary: PipeBoundary) -> Double {
        var sum = 0.0
        let last = mesh.along - 1
        for j in 0..<mesh.across {
            for (t, weight) in HermiteMesh.gauss {
                let basis = mesh.basis(1, t)
                let flow = PipeFlowPoint(mesh.element(last, j, of: stream), basis, slope: boundary.outletSlope, curvature: 0)
                let eta = -0.5 * mesh.width + (Double(j) + t) * mesh.spacing.eta
                let given = boundary.traction?(eta).x ?? 0
                sum += weight * (viscosity * flow.xy - given - (basis.value * mesh.element(last, j, of: pressure)).sum())
            }
        }
        return sum / Double(mesh.across)
    }
}

/// A flow at a point of an element: derivatives of the stream function by `x` and `y`.
struct PipeFlowPoint {
    let x: Double
    let y: Double
    let xx: Double
    let xy: Double
    let yy: Double

    init(_ stream: SIMD16<Double>, _ basis: HermiteMesh.Basis, slope: Double, curvature: Double) {
        let (xi, eta) = ((basis.xi * stream).sum(), (basis.eta * stream).sum())
        let (xiXi, xiEta, etaEta) = ((basis.xiXi * stream).sum(), (basis.xiEta * stream).sum(), (basis.etaEta * stream).sum())
        x = xi - slope * eta
        y = eta
        xy = xiEta - slope * etaEta
        yy = etaEta
        xx = xiXi - slope * (xiEta + xy) - curvature * eta
    }

    /// `-psi_xx - psi_yy`.
    var vorticity: Double { -xx - yy }
    /// `v . grad v`.
    var convection: (x: Double, y: Double) { (y * xy - x * yy, x * xy - y * xx) }
}
