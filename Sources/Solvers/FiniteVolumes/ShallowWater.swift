/// The shallow water equations over a flat bottom.
///
///     dh/dt + div(h v) = 0
///     d(h v)/dt + div(h v v + g h^2 / 2 I) = 0
///
/// Primitive fields: height, velocity. Conserved: height, momentum `h v`. The Riemann solver is HLLC: the two-wave solver of Harten, Lax
/// and van Leer with Einfeldt's wave speeds for height and normal momentum, the tangential velocity carried by the mass flux. A bed may
/// fall dry.
///
/// ## References
/// E. F. Toro, "Shock-capturing methods for free-surface shallow flows", Wiley 2001, sections 10.4 and 10.5. B. Einfeldt, "On Godunov-type
/// methods for gas dynamics", SIAM J. Numer. Anal. 25 (1988) 294, doi:10.1137/0725021.
struct ShallowWater: ConservationLaw {
    typealias Fields = ThreeFieldLanes

    /// Acceleration `g` of gravity.
    let gravity: Double
    /// Height below which the bed counts as dry: the water there has no velocity.
    let dryHeight: Double

    var name: String { "shallow water" }

    var primitiveFields: [(name: String, minimum: Double)] {
        let unbounded = -Double.greatestFiniteMagnitude
        return [("height", 0), ("velocity x", unbounded), ("velocity y", unbounded)]
    }

    @inline(__always)
    func primitive(_ conserved: ThreeFieldLanes) -> ThreeFieldLanes {
        // Not "at most dry", so that a height that is not a number stays one.
        let isDry = conserved.scalar .<= Lanes(repeating: dryHeight)
        let inverse = (1 / conserved.scalar).replacing(with: 0, where: isDry)
        return ThreeFieldLanes(conserved.scalar, conserved.along * inverse, conserved.across * inverse)
    }

    @inline(__always)
    func conserved(_ primitive: ThreeFieldLanes) -> ThreeFieldLanes {
        ThreeFieldLanes(primitive.scalar, primitive.scalar * primitive.along, primitive.scalar * primitive.across)
    }

    @inline(__always)
    func flux(_ left: ThreeFieldLanes, _ right: ThreeFieldLanes) -> ThreeFieldLanes {
        let (rootL, rootR) = (left.scalar.root, right.scalar.root)
        let celerity = gravity.squareRoot()
        let (waveL, waveR) = (celerity * rootL, celerity * rootR)
        let inverse = 1 / (rootL + rootR).greatest(Lanes(repeating: .leastNormalMagnitude))
        let velocity = (rootL * left.along + rootR * right.along) * inverse
        let wave = (0.5 * gravity * (left.scalar + right.scalar)).root
        // Water runs onto a dry bed with the speed of the head of a rarefaction.
        let dry = Lanes(repeating: dryHeight)
        let (isDryL, isDryR) = (left.scalar .<= dry, right.scalar .<= dry)
        let outerL = (left.along - waveL).least(velocity - wave).replacing(with: right.along - 2 * waveR, where: isDryL)
        let outerR = (right.along + waveR).greatest(velocity + wave).replacing(with: left.along + 2 * waveL, where: isDryR)
        let (speedL, speedR) = (outerL.least(.zero), outerR.greatest(.zero))
        let width = 1 / (speedR - speedL).greatest(Lanes(repeating: .leastNormalMagnitude))
        let product = speedL * speedR
        let (momentumL, momentumR) = (left.scalar * left.along, right.scalar * right.along)
        let (forceL, forceR) = (
            momentumL * left.along + 0.5 * gravity * (left.scalar * left.scalar),
            momentumR * right.along + 0.5 * gravity * (right.scalar * right.scalar)
        )
        let mass = ((speedR * momentumL - speedL * momentumR) + product * (right.scalar - left.scalar)) * width
        let force = ((speedR * forceL - speedL * forceR) + product * (momentumR - momentumL)) * width
        return ThreeFieldLanes(mass, force, mass * left.across.replacing(with: right.across, where: mass .< 0))
    }

    var fluxOperations: Int { 55 }

    var isDiffusive: Bool { false }

    @inline(__always)
    func diffusiveFlux(velocity: VelocityLanes, normal: VelocityLanes, tangential: VelocityLanes) -> ThreeFieldLanes {
        ThreeFieldLanes(.zero, .zero, .zero)
    }

    @inline(__always)
    func rate(_ primitive: ThreeFieldLanes, inverseSpacing: (x: Double, y: Double)) -> Lanes {
        let wave = (gravity * primitive.scalar).root
        return (primitive.along.magnitude + wave) * inverseSpacing.x + (primitive.across.magnitude + wave) * inverseSpacing.y
    }
}
