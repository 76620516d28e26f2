import Tensors

/// The right-hand side of the wave equation in space, `u -> c^2 Lap u` and the damping at absorbing sides, on raw memory `[y, x]`.
package final class WaveOperator {
    let ny: Int
    let nx: Int
    package let alongX: SummationByParts
    package let alongY: SummationByParts
    /// `c^2`, 0 at Dirichlet sides, where the field does not move; `[y, x]`.
    let speedSquared: Storage<Double>
    /// `c / H_nn` summed over the absorbing sides of a point, else 0; `[y, x]`.
    let damping: Storage<Double>

    var count: Int { ny * nx }

    package init(speed: Tensor<Double>, spacing: [Double], boundary: WaveBoundary) {
        ny = speed.shape[0]
        nx = speed.shape[1]
        alongX = SummationByParts(count: nx, spacing: spacing[1], isPeriodic: boundary.west == .periodic)
        alongY = SummationByParts(count: ny, spacing: spacing[0], isPeriodic: boundary.south == .periodic)
        speedSquared = Storage(count: ny * nx)
        damping = Storage(count: ny * nx)
        for y in 0..<ny {
            for x in 0..<nx {
                let index = y * nx + x
                let c = speed.basePointer[index]
                var sides: [(WaveBoundary.Condition, Double)] = []
                if x == 0 { sides.append((boundary.west, alongX.norm[0])) }
                if x == nx - 1 { sides.append((boundary.east, alongX.norm[0])) }
                if y == 0 { sides.append((boundary.south, alongY.norm[0])) }
                if y == ny - 1 { sides.append((boundary.north, alongY.norm[0])) }
                let isFixed = sides.contains { $0.0 == .dirichlet }
                speedSquared.pointer[index] = isFixed ? 0 : c * c
                damping.pointer[index] = isFixed ? 0 : sides.reduce(0) { $0 + ($1.0 == .absorbing ? c / $1.1 : 0) }
            }
        }
    }

    /// `target = c^2 Lap u`.
    package func apply(_ u: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>) {
        laplacian(u, into: target, times: speedSquared.pointer)
    }

    /// `target = factor * Lap u` with zero normal derivative at closed sides.
    private func laplacian(_ u: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>, times factor: UnsafePointer<Double>) {
        // Six products along y, five points along x.
        Flops.addOther(20 * count)
        let scale = 1 / (alongX.spacing * alongX.spacing)
        let (c0, c1, c2) = SummationByParts.interior
        let closure = alongX.closure
        for y in 0..<ny {
            let (row, out, weight) = (u + y * nx, target + y * nx, factor + y * nx)
            let vertical = alongY.rows[y]
            let c = vertical.columns
            let w = vertical.weights
            combine(
                nx, u + c[0] * nx, u + c[1] * nx, u + c[2] * nx, u + c[3] * nx, u + c[4] * nx, u + c[5] * nx,
                (w[0], w[1], w[2], w[3], w[4], w[5]), into: out)
            for x in 0..<closure {
                closeRow(alongX.rows[x], row, out + x, weight[x])
                closeRow(alongX.rows[nx - 1 - x], row, out + nx - 1 - x, weight[nx - 1 - x])
            }
            addFivePoint(nx - 2 * closure, row + closure, (c0 * scale, c1 * scale, c2 * scale), weight + closure, to: out + closure)
        }
    }

    private func closeRow(_ row: SummationByParts.Row, _ u: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ factor: Double) {
        var sum = out.pointee
        for k in 0..<SummationByParts.width { sum += row.weights[k] * u[row.columns[k]] }
        out.pointee = factor * sum
    }

    /// `sum_yx H u v`, with weights `1 / c^2` if asked (points at rest count nothing then).
    func product(_ u: UnsafePointer<Double>, _ v: UnsafePointer<Double>, overSpeedSquared: Bool) -> Double {
        var total = 0.0
        for y in 0..<ny {
            var sum = 0.0
            for x in 0..<nx {
                let index = y * nx + x
                let c = overSpeedSquared ? speedSquared.pointer[index] : 1
                if c > 0 { sum += alongX.norm[x] * u[index] * v[index] / c }
            }
            total += alongY.norm[y] * sum
        }
        return total
    }
}

/// `out = w0 a + w1 b + ... + w5 f`, elementwise.
private func combine(
    _ count: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>, _ d: UnsafePointer<Double>,
    _ e: UnsafePointer<Double>, _ f: UnsafePointer<Double>, _ w: (Double, Double, Double, Double, Double, Double),
    into out: UnsafeMutablePointer<Double>
) {
    for i in 0..<count { out[i] = (w.0 * a[i] + w.1 * b[i] + w.2 * c[i]) + (w.3 * d[i] + w.4 * e[i] + w.5 * f[i]) }
}

/// `out = factor (out + c0 u[i] + c1 (u[i - 1] + u[i + 1]) + c2 (u[i - 2] + u[i + 2]))`, elementwise.
private func addFivePoint(
    _ count: Int, _ u: UnsafePointer<Double>, _ c: (Double, Double, Double), _ factor: UnsafePointer<Double>,
    to out: UnsafeMutablePointer<Double>
) {
    for i in 0..<count {
        out[i] = factor[i] * (out[i] + c.0 * u[i] + c.1 * (u[i - 1] + u[i + 1]) + c.2 * (u[i - 2] + u[i + 2]))
    }
}
