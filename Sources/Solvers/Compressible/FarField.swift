import Numerics

/// The uniform stream round an airfoil, with the correction for its lift: `rho = 1`, `p = 1`, `|U| = M sqrt(gamma)`.
///
/// At a finite distance a lifting airfoil is felt as a compressible point vortex at its quarter chord,
///
///     (u, v) = U (cos alpha, sin alpha) + Gamma beta / (2 pi r (1 - M^2 sin^2(theta - alpha))) (sin theta, -cos theta),
///
/// with `Gamma = U c C_L / 2`, `beta = sqrt(1 - M^2)`; density and pressure follow from constant total enthalpy and entropy. Without it
/// the error of the lift falls only as one over the distance of the boundary. A supersonic stream has no such correction.
///
/// ## References
/// J. L. Thomas, M. D. Salas, AIAA J. 24 (1986) 1074.
package struct FarField: Sendable {
    package let mach: Double
    package let angle: Double
    package let gamma: Double
    /// The undisturbed state `(rho, u, v, p)`.
    package let stream: PrimitiveState

    /// A stream with Mach number `mach` at `angle` radians to the x axis.
    package init(mach: Double, angle: Double, gamma: Double) {
        self.mach = mach
        self.angle = angle
        self.gamma = gamma
        let speed = mach * gamma.squareRoot()
        stream = PrimitiveState(1, speed * Double.cos(angle), speed * Double.sin(angle), 1)
    }

    /// Speed of the stream.
    package var speed: Double { mach * gamma.squareRoot() }

    /// Velocity per unit circulation that the vortex at `(centreX, centreY)` induces at `(x, y)`.
    package func vortexVelocity(x: Double, y: Double, centreX: Double, centreY: Double) -> (Double, Double) {
        guard mach < 1 else { return (0, 0) }
        let (dx, dy) = (x - centreX, y - centreY)
        let squared = dx * dx + dy * dy
        // sin(theta - alpha) times the distance.
        let cross = dy * Double.cos(angle) - dx * Double.sin(angle)
        let factor = (1 - mach * mach).squareRoot() / (2 * Double.pi * (squared - mach * mach * cross * cross))
        return (factor * dy, -factor * dx)
    }

    /// The isentropic state with velocity `(u, v)` and the stream's total enthalpy.
    @inline(__always)
    package func isentropic(u: Double, v: Double) -> PrimitiveState {
        let ratio = 1 + (gamma - 1) / (2 * gamma) * (speed * speed - u * u - v * v)
        let density = Double.pow(ratio, 1 / (gamma - 1))
        return PrimitiveState(density, u, v, density * ratio)
    }
}
