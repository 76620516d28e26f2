/// The compressible Navier-Stokes equations of an ideal gas without heat conduction.
///
///     d(rho)/dt + div(rho v) = 0
///     d(rho v)/dt + div(rho v v + p I - sigma) = 0
///     dE/dt + div((E + p) v - sigma v) = 0,          E = p / (gamma - 1) + rho |v|^2 / 2
///     sigma = eta (grad v + grad v^T - (2/3) div v I) + zeta div v I
///
/// Primitive fields: density, velocity, pressure. Conserved: density, momentum, total energy per volume.
///
/// The Riemann solver is HLLC, with the wave speeds of Einfeldt (bounds from Roe's averages), which keep density and pressure
/// positive. It is written so that mirrored states give mirrored fluxes to the last bit.
///
/// ## References
/// E. F. Toro, M. Spruce, W. Speares, "Restoration of the contact surface in the HLL-Riemann solver", Shock Waves 4 (1994) 25,
/// doi:10.1007/BF01414629. P. Batten, N. Clarke, C. Lambert, D. M. Causon, "On the choice of wavespeeds for the HLLC Riemann solver",
/// SIAM J. Sci. Comput. 18 (1997) 1553, doi:10.1137/S1064827593260140.
struct CompressibleFlow: ConservationLaw {
    typealias Fields = FourFieldLanes

    /// Ratio of specific heats `gamma`.
    let adiabaticIndex: Double
    /// Dynamic viscosities of shear `eta` and of expansion `zeta`.
    let shearViscosity: Double
    let bulkViscosity: Double

    var name: String { "compressible flow" }

    var primitiveFields: [(name: String, minimum: Double)] {
        let unbounded = -Double.greatestFiniteMagnitude
        return [
            ("density", .leastNormalMagnitude), ("velocity x", unbounded), ("velocity y", unbounded), ("pressure", .leastNormalMagnitude),
        ]
    }

    @inline(__always)
    func primitive(_ conserved: FourFieldLanes) -> FourFieldLanes {
        let inverse = 1 / conserved.scalar
        let (u, v) = (conserved.along * inverse, conserved.across * inverse)
        let kinetic = 0.5 * (conserved.along * u + conserved.across * v)
        return FourFieldLanes(conserved.scalar, u, v, (adiabaticIndex - 1) * (conserved.energy - kinetic))
    }

    @inline(__always)
    func conserved(_ primitive: FourFieldLanes) -> FourFieldLanes {
        FourFieldLanes(primitive.scalar, primitive.scalar * primitive.along, primitive.scalar * primitive.across, energy(primitive))
    }

    /// Total energy per volume.
    @inline(__always)
    private func energy(_ w: FourFieldLanes) -> Lanes {
        w.energy * (1 / (adiabaticIndex - 1)) + 0.5 * w.scalar * (w.along * w.along + w.across * w.across)
    }

    @inline(__always)
    func flux(_ left: FourFieldLanes, _ right: FourFieldLanes) -> FourFieldLanes {
        let (squareL, squareR) = (adiabaticIndex * left.energy / left.scalar, adiabaticIndex * right.energy / right.scalar)
        // Roe's averages of velocity and sound speed (Batten et al. eqs. 19 to 23, Einfeldt's form).
        let (rootL, rootR) = (left.scalar.root, right.scalar.root)
        let inverse = 1 / (rootL + rootR)
        let velocity = (rootL * left.along + rootR * right.along) * inverse
        let jump = right.along - left.along
        let signal = ((rootL * squareL + rootR * squareR) * inverse + 0.5 * (rootL * rootR) * (inverse * inverse) * (jump * jump)).root
        let speedL = (left.along - squareL.root).least(velocity - signal)
        let speedR = (right.along + squareR.root).greatest(velocity + signal)
        // Mass that crosses the outer waves; the middle wave's speed and pressure from the jumps of momentum.
        let massL = left.scalar * (speedL - left.along)
        let massR = right.scalar * (speedR - right.along)
        let middle =
            ((left.energy - right.energy) + (massR * right.along - massL * left.along)) / (massR - massL)
        let pressure = 0.5 * ((left.energy + massL * (middle - left.along)) + (right.energy + massR * (middle - right.along)))
        // Only the side that the face lies on matters.
        let isRight = middle .< 0
        let side = FourFieldLanes(
            left.scalar.replacing(with: right.scalar, where: isRight), left.along.replacing(with: right.along, where: isRight),
            left.across.replacing(with: right.across, where: isRight), left.energy.replacing(with: right.energy, where: isRight))
        let speed = speedL.replacing(with: speedR, where: isRight)
        let massFlow = massL.replacing(with: massR, where: isRight)
        let width = 1 / (speed - middle)
        let total = energy(side)
        let starMass = massFlow * width * middle
        let starEnergy = ((speed - side.along) * total - side.energy * side.along + pressure * middle) * width
        var flux = FourFieldLanes(starMass, starMass * middle + pressure, starMass * side.across, (starEnergy + pressure) * middle)
        let isSupersonic = (speedL .>= 0) .| (speedR .<= 0)
        let mass = side.scalar * side.along
        flux.scalar.replace(with: mass, where: isSupersonic)
        flux.along.replace(with: mass * side.along + side.energy, where: isSupersonic)
        flux.across.replace(with: mass * side.across, where: isSupersonic)
        flux.energy.replace(with: (total + side.energy) * side.along, where: isSupersonic)
        return flux
    }

    var fluxOperations: Int { 81 }

    var isDiffusive: Bool { shearViscosity != 0 || bulkViscosity != 0 }

    @inline(__always)
    func diffusiveFlux(velocity: VelocityLanes, normal: VelocityLanes, tangential: VelocityLanes) -> FourFieldLanes {
        let expansion = (bulkViscosity - shearViscosity * (2.0 / 3)) * (normal.along + tangential.across)
        let stressAlong = 2 * shearViscosity * normal.along + expansion
        let stressAcross = shearViscosity * (normal.across + tangential.along)
        return FourFieldLanes(.zero, stressAlong, stressAcross, stressAlong * velocity.along + stressAcross * velocity.across)
    }

    @inline(__always)
    func rate(_ primitive: FourFieldLanes, inverseSpacing: (x: Double, y: Double)) -> Lanes {
        // The roots are taken one by one: the ratio of a negative pressure and a negative density would pass for a sound speed.
        let sound = (adiabaticIndex * primitive.energy).root / primitive.scalar.root
        let advection = (primitive.along.magnitude + sound) * inverseSpacing.x + (primitive.across.magnitude + sound) * inverseSpacing.y
        guard isDiffusive else { return advection }
        let diffusivity = (shearViscosity * (4.0 / 3) + bulkViscosity) / primitive.scalar
        return advection + diffusivity * (2 * (inverseSpacing.x * inverseSpacing.x + inverseSpacing.y * inverseSpacing.y))
    }
}
