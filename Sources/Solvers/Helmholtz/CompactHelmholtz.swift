import Numerics
import Tensors

/// The nine-point equations of a Helmholtz problem on the nodes of a uniform grid.
///
/// With `K` and `M` the matrices of one axis, `K = [-1, 2, -1] / h` and `M = h [1, 10, 1] / 12` inside, `[1, -1] / h` and `h [5, 1] / 12` at the ends,
///
///     (K_x M_y + M_x K_y - M_x M_y k^2) u = M_x M_y f + sides.
///
/// A side with outward derivative `q` adds `q - h^2/12 d/dn (k^2 u + f + q_tt)`, `t` along the side, in the equations of its nodes: Taylor's
/// expansion of the end rows, in which the equation itself replaces the third normal derivative. The truncation error is of order `h^4`
/// everywhere; `k` needs no derivative but the first one at the sides, taken from one-sided differences.
struct CompactHelmholtz {
    let ny: Int
    let nx: Int
    /// Coefficients of `u[y + b, x + a]` at `9 (y nx + x) + 3 (b + 1) + a + 1`.
    private(set) var stencil: [Complex<Double>]
    private(set) var rightHandSide: [Complex<Double>]

    /// Matrices of one axis: entry `1 + offset` of the row of a point.
    private struct Line {
        let count: Int
        let spacing: Double

        func stiffness(_ index: Int) -> [Double] {
            let c = 1 / spacing
            if index == 0 { return [0, c, -c] }
            return index == count - 1 ? [-c, c, 0] : [-c, 2 * c, -c]
        }

        func mass(_ index: Int) -> [Double] {
            let c = spacing / 12
            if index == 0 { return [0, 5 * c, c] }
            return index == count - 1 ? [c, 5 * c, 0] : [c, 10 * c, c]
        }
    }

    init(squaredWavenumber: Tensor<Double>, source: Tensor<Double>, spacing: [Double], boundary: HelmholtzBoundary) {
        ny = squaredWavenumber.shape[0]
        nx = squaredWavenumber.shape[1]
        stencil = Array(repeating: 0, count: 9 * ny * nx)
        rightHandSide = Array(repeating: 0, count: ny * nx)
        let (lineY, lineX) = (Line(count: ny, spacing: spacing[0]), Line(count: nx, spacing: spacing[1]))
        let (k2, f) = (squaredWavenumber.basePointer, source.basePointer)
        for y in 0..<ny {
            let (ky, my) = (lineY.stiffness(y), lineY.mass(y))
            for x in 0..<nx {
                let (kx, mx) = (lineX.stiffness(x), lineX.mass(x))
                let point = y * nx + x
                var load = 0.0
                for b in -1...1 where y + b >= 0 && y + b < ny {
                    for a in -1...1 where x + a >= 0 && x + a < nx {
                        let neighbour = point + b * nx + a
                        let mass = mx[a + 1] * my[b + 1]
                        let entry = kx[a + 1] * my[b + 1] + mx[a + 1] * ky[b + 1] - mass * k2[neighbour]
                        stencil[9 * point + 3 * (b + 1) + a + 1] = Complex(entry, 0)
                        load += mass * f[neighbour]
                    }
                }
                rightHandSide[point] = Complex(load, 0)
            }
        }
        let sides = [
            Edge(boundary.west, first: 0, along: nx, inward: 1, stencilStep: 3, line: lineY, normalSpacing: spacing[1]),
            Edge(boundary.east, first: nx - 1, along: nx, inward: -1, stencilStep: 3, line: lineY, normalSpacing: spacing[1]),
            Edge(boundary.south, first: 0, along: 1, inward: nx, stencilStep: 1, line: lineX, normalSpacing: spacing[0]),
            Edge(boundary.north, first: (ny - 1) * nx, along: 1, inward: -nx, stencilStep: 1, line: lineX, normalSpacing: spacing[0]),
        ]
        // Each side with the two that cross it at its ends, and the number of its line among their nodes.
        let crossings = [
            (boundary.south, boundary.north, 0), (boundary.south, boundary.north, nx - 1), (boundary.west, boundary.east, 0),
            (boundary.west, boundary.east, ny - 1),
        ]
        for (side, crossing) in zip(sides, crossings) where side.side.kind != .dirichlet {
            add(side, ends: (crossing.0, crossing.1), position: crossing.2, k2, f)
        }
        for side in sides.reversed() where side.side.kind == .dirichlet {
            for (node, value) in side.side.values.enumerated() { fix(side.first + node * side.along, to: value) }
        }
    }

    /// One side: its nodes in memory, the direction inwards, and where its neighbours are in a stencil.
    private struct Edge {
        let side: HelmholtzBoundary.Side
        let first: Int
        let along: Int
        let inward: Int
        let stencilStep: Int
        let line: Line
        let normalSpacing: Double

        init(
            _ side: HelmholtzBoundary.Side, first: Int, along: Int, inward: Int, stencilStep: Int, line: Line, normalSpacing: Double
        ) {
            self.side = side
            self.first = first
            self.along = along
            self.inward = inward
            self.stencilStep = stencilStep
            self.line = line
            self.normalSpacing = normalSpacing
        }

        /// Outward derivative of a field at a point of the side, of second order.
        func outwardDerivative(_ field: UnsafePointer<Double>, _ point: Int) -> Double {
            (3 * field[point] - 4 * field[point + inward] + field[point + 2 * inward]) / (2 * normalSpacing)
        }
    }

    /// Adds `M_t (q - h^2/12 F_n) - h^2/12 (-K_t q + q' at the corners)` of one side, with `q = i k u + g` or `q = g`, `F = k^2 u + f`.
    private mutating func add(
        _ edge: Edge, ends: (HelmholtzBoundary.Side, HelmholtzBoundary.Side), position: Int, _ k2: UnsafePointer<Double>,
        _ f: UnsafePointer<Double>
    ) {
        let count = edge.line.count
        let g = edge.side.values
        let correction = edge.normalSpacing * edge.normalSpacing / 12
        let isImpedance = edge.side.kind == .impedance
        func impedance(_ point: Int) -> Complex<Double> { isImpedance ? Complex(0, k2[point].squareRoot()) : 0 }
        for node in 0..<count {
            let point = edge.first + node * edge.along
            let (mass, stiffness) = (edge.line.mass(node), edge.line.stiffness(node))
            for offset in -1...1 where node + offset >= 0 && node + offset < count {
                let neighbour = point + offset * edge.along
                let (m, s) = (Complex(mass[offset + 1], 0), Complex(stiffness[offset + 1], 0))
                let ik = impedance(neighbour)
                let slope = Complex(edge.outwardDerivative(k2, neighbour), 0) + ik * Complex(k2[neighbour], 0)
                let h2 = Complex(correction, 0)
                stencil[9 * point + 4 + edge.stencilStep * offset] -= m * ik - h2 * (m * slope - s * ik)
                let value = g[node + offset]
                let load = value * Complex(k2[neighbour], 0) + Complex(edge.outwardDerivative(f, neighbour), 0)
                rightHandSide[point] += m * value - h2 * (m * load - s * value)
            }
            guard node == 0 || node == count - 1 else { continue }
            let other = node == 0 ? ends.0 : ends.1
            let step = node == 0 ? 1 : -1
            let h = edge.line.spacing
            func outward(_ a: Complex<Double>, _ b: Complex<Double>, _ c: Complex<Double>) -> Complex<Double> {
                (Complex(3, 0) * a - Complex(4, 0) * b + c) / Complex(2 * h, 0)
            }
            // q' = d/dt (i k u + g), with du/dt at the corner from the condition of the crossing side.
            let along = step * edge.along
            let ik = impedance(point)
            let ikSlope = isImpedance ? outward(ik, impedance(point + along), impedance(point + 2 * along)) : 0
            let crossing = other.kind == .impedance ? Complex(0, k2[point].squareRoot()) : 0
            let h2 = Complex(correction, 0)
            stencil[9 * point + 4] += h2 * (ikSlope + ik * crossing)
            rightHandSide[point] -= h2 * (ik * other.values[position] + outward(g[node], g[node + step], g[node + 2 * step]))
        }
    }

    /// Replaces the equation of a point by `u = value`.
    private mutating func fix(_ point: Int, to value: Complex<Double>) {
        for entry in 0..<9 { stencil[9 * point + entry] = 0 }
        stencil[9 * point + 4] = 1
        rightHandSide[point] = value
    }

    /// `b - A u` and the norms of it and of `b`.
    func residual(of u: [Complex<Double>]) -> (residual: [Complex<Double>], norm: Double, sourceNorm: Double) {
        var result = rightHandSide
        var (norm, sourceNorm) = (0.0, 0.0)
        for y in 0..<ny {
            for x in 0..<nx {
                let point = y * nx + x
                for b in -1...1 where y + b >= 0 && y + b < ny {
                    for a in -1...1 where x + a >= 0 && x + a < nx {
                        result[point] -= stencil[9 * point + 3 * (b + 1) + a + 1] * u[point + b * nx + a]
                    }
                }
                norm += result[point].lengthSquared
                sourceNorm += rightHandSide[point].lengthSquared
            }
        }
        return (result, norm.squareRoot(), sourceNorm.squareRoot())
    }

    /// Whether every coefficient and value is real.
    var isReal: Bool { stencil.allSatisfy { $0.imaginary == 0 } && rightHandSide.allSatisfy { $0.imaginary == 0 } }
}
