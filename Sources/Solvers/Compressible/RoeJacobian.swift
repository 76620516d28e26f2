/// A 4 x 4 matrix by columns: `columns[k]` multiplies component `k` of (density, velocity x, velocity y, pressure).
package struct FluxJacobian {
    package var columns: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)

    @inline(__always)
    init(_ c0: SIMD4<Double>, _ c1: SIMD4<Double>, _ c2: SIMD4<Double>, _ c3: SIMD4<Double>) { columns = (c0, c1, c2, c3) }

    @inline(__always)
    func scaledSum(_ scale: Double, _ other: FluxJacobian, _ otherScale: Double) -> FluxJacobian {
        FluxJacobian(
            columns.0 * scale + other.columns.0 * otherScale, columns.1 * scale + other.columns.1 * otherScale,
            columns.2 * scale + other.columns.2 * otherScale, columns.3 * scale + other.columns.3 * otherScale)
    }
}

/// Density, velocity and pressure at one place as a vector `(rho, u, v, p)`.
package typealias PrimitiveState = SIMD4<Double>

/// Derivatives of the Euler and Roe fluxes in the variables `Q = (rho, u, v, p)`; rows are mass, momentum x, momentum y and energy.
///
/// The Roe derivative freezes `|A|`: `dF/dQ_L = (F'(Q_L) + |A| M) / 2`, `dF/dQ_R = (F'(Q_R) - |A| M) / 2` with `M = dW/dQ`. It makes
/// the preconditioner; the Newton iteration itself differentiates the residual.
package enum RoeJacobian {
    /// Lower bound of the wave speeds in units of the speed of sound.
    ///
    /// It keeps the blocks regular at stagnation and sonic points. More would cost: 0.2 doubles the Krylov iterations.
    static let speedFloor = 0.02

    /// Derivatives of the Roe flux through a face with unit normal `n` to the left and to the right state.
    @inline(__always)
    package static func derivatives(
        _ left: PrimitiveState, _ right: PrimitiveState, nx: Double, ny: Double, gamma: Double
    ) -> (left: FluxJacobian, right: FluxJacobian) {
        let dissipation = absolute((left + right) * 0.5, nx: nx, ny: ny, gamma: gamma)
        return (
            euler(left, nx: nx, ny: ny, gamma: gamma).scaledSum(0.5, dissipation, 0.5),
            euler(right, nx: nx, ny: ny, gamma: gamma).scaledSum(0.5, dissipation, -0.5)
        )
    }

    /// `dF_n/dQ` of the Euler flux in direction `n`.
    @inline(__always)
    static func euler(_ q: PrimitiveState, nx: Double, ny: Double, gamma: Double) -> FluxJacobian {
        let (rho, u, v, p) = (q.x, q.y, q.z, q.w)
        let un = u * nx + v * ny
        let kinetic = 0.5 * (u * u + v * v)
        let factor = gamma / (gamma - 1)
        let total = factor * p + rho * kinetic
        return FluxJacobian(
            SIMD4(un, u * un, v * un, kinetic * un),
            SIMD4(rho * nx, rho * (un + u * nx), rho * v * nx, total * nx + rho * u * un),
            SIMD4(rho * ny, rho * u * ny, rho * (un + v * ny), total * ny + rho * v * un),
            SIMD4(0, nx, ny, factor * un))
    }

    /// `|A| M` at one state: the dissipation of the Roe flux per difference of `Q`.
    @inline(__always)
    static func absolute(_ q: PrimitiveState, nx: Double, ny: Double, gamma: Double) -> FluxJacobian {
        let (rho, u, v, p) = (q.x, q.y, q.z, q.w)
        let un = u * nx + v * ny
        let kinetic = 0.5 * (u * u + v * v)
        let soundSquared = gamma * p / rho
        let sound = soundSquared.squareRoot()
        let enthalpy = soundSquared / (gamma - 1) + kinetic
        let floor = speedFloor * sound
        let minus = max(abs(un - sound), floor)
        let plus = max(abs(un + sound), floor)
        let linear = max(abs(un), floor)
        let backward = SIMD4(1, u - sound * nx, v - sound * ny, enthalpy - sound * un) * minus
        let forward = SIMD4(1, u + sound * nx, v + sound * ny, enthalpy + sound * un) * plus
        let entropy = SIMD4(1, u, v, kinetic) * linear
        let shear = SIMD4(0, -ny, nx, v * nx - u * ny) * (rho * linear)
        let acoustic = (forward - backward) * (rho / (2 * sound))
        return FluxJacobian(
            entropy,
            acoustic * nx - shear * ny,
            acoustic * ny + shear * nx,
            (forward + backward) * (0.5 / soundSquared) - entropy * (1 / soundSquared))
    }

    /// `M = dW/dQ`, the derivative of (density, momentum, energy) to (density, velocity, pressure).
    @inline(__always)
    static func conservative(_ q: PrimitiveState, gamma: Double) -> FluxJacobian {
        let (rho, u, v) = (q.x, q.y, q.z)
        return FluxJacobian(
            SIMD4(1, u, v, 0.5 * (u * u + v * v)), SIMD4(0, rho, 0, rho * u), SIMD4(0, 0, rho, rho * v),
            SIMD4(0, 0, 0, 1 / (gamma - 1)))
    }
}
