/// Density, velocity and pressure of eight cells or faces.
package struct PrimitiveLanes {
    package var density: Lanes
    package var velocityX: Lanes
    package var velocityY: Lanes
    package var pressure: Lanes

    @inline(__always)
    package init(density: Lanes, velocityX: Lanes, velocityY: Lanes, pressure: Lanes) {
        self.density = density
        self.velocityX = velocityX
        self.velocityY = velocityY
        self.pressure = pressure
    }
}

/// Mass, momentum and energy through eight faces, per unit of face length.
package struct FluxLanes {
    package var mass: Lanes
    package var momentumX: Lanes
    package var momentumY: Lanes
    package var energy: Lanes
}

/// Roe's approximate Riemann solver for the two-dimensional Euler equations of a perfect gas.
///
/// `F = (F(L) + F(R)) / 2 - sum_w |lambda_w| alpha_w r_w / 2`, with the eigenvalues `u_n - a, u_n, u_n, u_n + a` and eigenvectors of the
/// Roe-averaged state. Harten's fix replaces `|lambda|` by `(lambda^2 + delta^2) / (2 delta)` where `|lambda| < delta`.
///
/// ## References
/// P. L. Roe, J. Comput. Phys. 43 (1981) 357; A. Harten, J. Comput. Phys. 49 (1983) 357.
package enum RoeFlux {
    /// `delta / a` of the acoustic waves: without it an expansion through the sonic point may hold a stationary jump.
    package static let acousticFix = 0.1
    /// `delta / a` of the entropy and shear waves: only rounds the corner of `|u_n|`, which a Newton method needs along streamlines.
    package static let linearFix = 0.01

    /// Flux through eight faces with unit normals `(normalX, normalY)` from left to right; `gamma` is the ratio of specific heats.
    @inline(__always)
    package static func flux(
        _ left: PrimitiveLanes, _ right: PrimitiveLanes, normalX: Lanes, normalY: Lanes, gamma: Double
    ) -> FluxLanes {
        let one = Lanes(repeating: 1)
        let enthalpyFactor = gamma / (gamma - 1)
        let normalLeft = (left.velocityX * normalX).addingProduct(left.velocityY, normalY)
        let normalRight = (right.velocityX * normalX).addingProduct(right.velocityY, normalY)
        let inverseDensityLeft = one / left.density
        let kineticLeft = (left.velocityX * left.velocityX).addingProduct(left.velocityY, left.velocityY) * 0.5
        let kineticRight = (right.velocityX * right.velocityX).addingProduct(right.velocityY, right.velocityY) * 0.5
        let enthalpyLeft = kineticLeft.addingProduct(left.pressure * enthalpyFactor, inverseDensityLeft)
        let enthalpyRight = kineticRight + right.pressure * enthalpyFactor / right.density

        // Roe averages, with w = sqrt(rho_R / rho_L).
        let ratio = right.density * inverseDensityLeft
        let w = ratio * inverseSquareRoot(ratio)
        let weightLeft = one / (one + w)
        let weightRight = w * weightLeft
        let density = left.density * w
        let u = (left.velocityX * weightLeft).addingProduct(right.velocityX, weightRight)
        let v = (left.velocityY * weightLeft).addingProduct(right.velocityY, weightRight)
        let enthalpy = (enthalpyLeft * weightLeft).addingProduct(enthalpyRight, weightRight)
        let kinetic = (u * u).addingProduct(v, v) * 0.5
        let soundSquared = (enthalpy - kinetic) * (gamma - 1)
        let inverseSound = inverseSquareRoot(soundSquared)
        let sound = soundSquared * inverseSound
        let normal = (u * normalX).addingProduct(v, normalY)

        // Wave strengths times |lambda|.
        let deltaNormal = normalRight - normalLeft
        let deltaU = right.velocityX - left.velocityX
        let deltaV = right.velocityY - left.velocityY
        let pressureStrength = (right.pressure - left.pressure) * inverseSound * inverseSound
        let velocityStrength = density * deltaNormal * inverseSound
        let speedMinus = fixed(normal - sound, sound, inverseSound, acousticFix)
        let speedPlus = fixed(normal + sound, sound, inverseSound, acousticFix)
        let speedLinear = fixed(normal, sound, inverseSound, linearFix)
        let minus = speedMinus * (pressureStrength - velocityStrength) * 0.5
        let plus = speedPlus * (pressureStrength + velocityStrength) * 0.5
        let entropy = speedLinear * (right.density - left.density - pressureStrength)
        let shear = speedLinear * density

        let sum = minus + plus + entropy
        let difference = (plus - minus) * sound
        let massLeft = left.density * normalLeft
        let massRight = right.density * normalRight
        let pressureSum = left.pressure + right.pressure
        let dissipationX = (sum * u).addingProduct(difference, normalX) + shear * (deltaU - deltaNormal * normalX)
        let dissipationY = (sum * v).addingProduct(difference, normalY) + shear * (deltaV - deltaNormal * normalY)
        let dissipationEnergy =
            ((minus + plus) * enthalpy).addingProduct(difference, normal).addingProduct(entropy, kinetic)
            + shear * ((u * deltaU).addingProduct(v, deltaV) - normal * deltaNormal)
        return FluxLanes(
            mass: (massLeft + massRight - sum) * 0.5,
            momentumX: ((massLeft * left.velocityX).addingProduct(massRight, right.velocityX).addingProduct(pressureSum, normalX)
                - dissipationX) * 0.5,
            momentumY: ((massLeft * left.velocityY).addingProduct(massRight, right.velocityY).addingProduct(pressureSum, normalY)
                - dissipationY) * 0.5,
            energy: ((massLeft * enthalpyLeft).addingProduct(massRight, enthalpyRight) - dissipationEnergy) * 0.5)
    }

    /// Harten's smooth lower bound of `|lambda|`, with `delta = factor * sound`.
    @inline(__always)
    private static func fixed(_ lambda: Lanes, _ sound: Lanes, _ inverseSound: Lanes, _ factor: Double) -> Lanes {
        let speed = magnitude(lambda)
        let delta = sound * factor
        let rounded = (delta).addingProduct(lambda * lambda, inverseSound * (1 / factor)) * 0.5
        return speed.replacing(with: rounded, where: speed .< delta)
    }
}
