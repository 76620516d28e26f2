import Tensors

/// The discrete equations of steady flow through a curved pipe.
///
/// With the stream function, `u = psi_y`, `v = -psi_x`, and for every test function `phi` that vanishes with its first derivatives on walls
/// and inlet
///
///     int nu (psi_xx phi_xx + 2 psi_xy phi_xy + psi_yy phi_yy) + (v . grad u) phi_y - (v . grad v) phi_x = int_outlet t . (phi_y, -phi_x)
///
/// which is the weak form of the Navier-Stokes equations with divergence-free test functions; `t = nu d(u, v)/dx - (p, 0)` at the outlet.
/// In the coordinates `xi = x`, `eta = y - c(x)` the derivatives are `d/dx = d/dxi - c' d/deta`, `d/dy = d/deta`, and the determinant is 1.
final class PipeFlowSystem {
    let mesh: HermiteMesh
    let boundary: PipeBoundary
    var viscosity: Double
    /// The 16 functions at the Gauss points of an element, along `xi` slowest.
    private let bases: [HermiteMesh.Basis]
    /// `c'` and `c''` at the Gauss points of every column of elements.
    private let shear: [(slope: Double, curvature: Double)]
    /// The numbers that walls and inlet fix.
    private let fixed: [Int]

    init(_ mesh: HermiteMesh, _ centreline: PipeCentreline, _ boundary: PipeBoundary, viscosity: Double) {
        (self.mesh, self.boundary, self.viscosity) = (mesh, boundary, viscosity)
        let points = HermiteMesh.gauss.map(\.position)
        bases = points.flatMap { s in points.map { mesh.basis(s, $0) } }
        shear = (0..<mesh.along).flatMap { i in
            points.map { s in
                let x = (Double(i) + s) * mesh.spacing.xi
                return (centreline.slope(at: x), centreline.curvature(at: x))
            }
        }
        let rows = mesh.across + 1
        fixed = (0...mesh.along).flatMap { i in
            (0..<rows).filter { i == 0 || $0 == 0 || $0 == rows - 1 }.flatMap { j in (0..<4).map { 4 * (i * rows + j) + $0 } }
        }
    }

    /// Derivatives of the 16 functions of an element by `x` and `y` at a Gauss point.
    private struct Derivatives {
        let x: SIMD16<Double>
        let y: SIMD16<Double>
        let xx: SIMD16<Double>
        let xy: SIMD16<Double>
        let yy: SIMD16<Double>

        @inline(__always)
        init(_ basis: HermiteMesh.Basis, slope: Double, curvature: Double) {
            x = basis.xi - slope * basis.eta
            y = basis.eta
            xy = basis.xiEta - slope * basis.etaEta
            yy = basis.etaEta
            xx = basis.xiXi - slope * (basis.xiEta + xy) - curvature * basis.eta
        }
    }

    /// The residual of every equation; equations of fixed numbers have none.
    ///
    /// - Parameter jacobian: receives the derivatives of the residual, if given.
    /// - Returns: the norm of the residual over that of the sums of the moduli of its terms.
    func residual(_ state: UnsafePointer<Double>, into residual: UnsafeMutablePointer<Double>, jacobian: BandMatrix? = nil) -> Double {
        let count = mesh.count
        let sizes = Storage<Double>(count: count)
        residual.update(repeating: 0, count: count)
        sizes.pointer.update(repeating: 0, count: count)
        jacobian?.clear()
        withUnsafeTemporaryAllocation(of: SIMD16<Double>.self, capacity: 16) { block in
            for i in 0..<mesh.along {
                for j in 0..<mesh.across {
                    let (terms, size) = element(i, j, state, jacobian == nil ? nil : block.baseAddress!)
                    add(terms, i, j, to: residual)
                    add(size, i, j, to: sizes.pointer)
                    if let jacobian { add(block.baseAddress!, i, j, to: jacobian) }
                }
            }
        }
        if let traction = boundary.traction { subtract(traction, from: residual) }
        for index in fixed {
            residual[index] = 0
            sizes.pointer[index] = 0
        }
        if let jacobian {
            let diagonal = viscosity * mesh.spacing.xi / (mesh.spacing.eta * mesh.spacing.eta * mesh.spacing.eta)
            for index in fixed { jacobian.decouple(row: index, diagonal: diagonal) }
        }
        var (sum, scale) = (0.0, Double.leastNormalMagnitude)
        for index in 0..<count {
            sum += residual[index] * residual[index]
            scale += sizes.pointer[index] * sizes.pointer[index]
        }
        return (sum / scale).squareRoot()
    }

    /// The terms of an element, the sums of their moduli, and in `block`, if given, the derivatives by each of its 16 numbers.
    @inline(__always)
    private func element(_ i: Int, _ j: Int, _ state: UnsafePointer<Double>, _ block: UnsafeMutablePointer<SIMD16<Double>>?) -> (
        terms: SIMD16<Double>, size: SIMD16<Double>
    ) {
        let gauss = HermiteMesh.gauss
        let values = mesh.element(i, j, of: state)
        var (terms, size) = (SIMD16<Double>.zero, SIMD16<Double>.zero)
        for k in 0..<16 { block?[k] = .zero }
        for a in 0..<4 {
            let (slope, curvature) = shear[4 * i + a]
            for b in 0..<4 {
                let phi = Derivatives(bases[4 * a + b], slope: slope, curvature: curvature)
                let weight = gauss[a].weight * gauss[b].weight * mesh.spacing.xi * mesh.spacing.eta
                let (x, y) = ((phi.x * values).sum(), (phi.y * values).sum())
                let (xx, xy, yy) = ((phi.xx * values).sum(), (phi.xy * values).sum(), (phi.yy * values).sum())
                let viscous = weight * viscosity * (xx * phi.xx + 2 * xy * phi.xy + yy * phi.yy)
                let convective = weight * ((y * xy - x * yy) * phi.y + (y * xx - x * xy) * phi.x)
                terms += viscous + convective
                size +=
                    viscous.replacing(with: -viscous, where: viscous .< 0) + convective.replacing(with: -convective, where: convective .< 0)
                guard let block else { continue }
                let nu = weight * viscosity
                let momentumX = weight * (xy * phi.y + y * phi.xy - yy * phi.x - x * phi.yy)
                let momentumY = weight * (xx * phi.y + y * phi.xx - xy * phi.x - x * phi.xy)
                for k in 0..<16 {
                    var column = block[k]
                    column.addProduct(phi.xx, SIMD16(repeating: nu * phi.xx[k]))
                    column.addProduct(phi.xy, SIMD16(repeating: 2 * nu * phi.xy[k]))
                    column.addProduct(phi.yy, SIMD16(repeating: nu * phi.yy[k]))
                    column.addProduct(phi.y, SIMD16(repeating: momentumX[k]))
                    column.addProduct(phi.x, SIMD16(repeating: momentumY[k]))
                    block[k] = column
                }
            }
        }
        return (terms, size)
    }

    @inline(__always)
    private func add(_ terms: SIMD16<Double>, _ i: Int, _ j: Int, to target: UnsafeMutablePointer<Double>) {
        let first = target + i * mesh.columnCount + 4 * j
        let second = first + mesh.columnCount
        for k in 0..<8 {
            first[k] += terms[k]
            second[k] += terms[k + 8]
        }
    }

    /// Adds the columns of an element to the matrix.
    @inline(__always)
    private func add(_ block: UnsafePointer<SIMD16<Double>>, _ i: Int, _ j: Int, to matrix: BandMatrix) {
        let first = i * mesh.columnCount + 4 * j
        for k in 0..<16 {
            let column = first + (k < 8 ? k : mesh.columnCount + k - 8)
            let entry = matrix.pointer + column * matrix.stride + 2 * matrix.band + first - column
            for l in 0..<8 {
                entry[l] += block[k][l]
                entry[l + mesh.columnCount] += block[k][l + 8]
            }
        }
    }

    /// The work of the traction at the outlet.
    private func subtract(_ traction: PipeBoundary.Traction, from residual: UnsafeMutablePointer<Double>) {
        let slope = boundary.outletSlope
        for j in 0..<mesh.across {
            var terms = SIMD16<Double>.zero
            for (t, weight) in HermiteMesh.gauss {
                let basis = mesh.basis(1, t)
                let force = traction(-0.5 * mesh.width + (Double(j) + t) * mesh.spacing.eta)
                terms += weight * mesh.spacing.eta * (force.x * basis.eta - force.y * (basis.xi - slope * basis.eta))
            }
            add(-terms, mesh.along - 1, j, to: residual)
        }
    }
}
