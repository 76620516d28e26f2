/// A system `dU/dt + div F(U) = div D(W, grad W)` in two dimensions that is the same along every direction: what a finite volume
/// scheme has to know of the equations.
///
/// Fields 1 and 2 are the components of momentum (of `U`) and velocity (of the primitive variables `W`). All functions work on eight
/// cells or faces at a time and are compiled into the loops of the scheme.
protocol ConservationLaw: Sendable {
    /// A value of every field.
    associatedtype Fields: FieldLanes

    /// Name of the solver for messages.
    var name: String { get }

    /// Name of each primitive field and the smallest value that is physical.
    var primitiveFields: [(name: String, minimum: Double)] { get }

    /// `W(U)`.
    func primitive(_ conserved: Fields) -> Fields

    /// `U(W)`.
    func conserved(_ primitive: Fields) -> Fields

    /// The flux of `U` through a face across the direction of field 1, between the states `left` and `right` (primitive): an approximate
    /// solution of the Riemann problem.
    func flux(_ left: Fields, _ right: Fields) -> Fields

    /// Operations of `flux`; a comparison, a root and a division are one each.
    var fluxOperations: Int { get }

    /// Whether the diffusive flux `D` is other than zero.
    var isDiffusive: Bool { get }

    /// The diffusive flux `D` of `U` through a face across the direction of field 1, from velocities along and across that direction at the
    /// face (`velocity`), their derivatives along it (`normal`) and across it (`tangential`).
    func diffusiveFlux(velocity: VelocityLanes, normal: VelocityLanes, tangential: VelocityLanes) -> Fields

    /// The inverse of the time that the fastest signal, or diffusion, takes to cross a cell with sides `1 / inverseSpacing`, summed
    /// over the two directions. Finite where the state is finite and physical and nowhere else.
    func rate(_ primitive: Fields, inverseSpacing: (x: Double, y: Double)) -> Lanes
}

/// The components of a velocity, or of one of its derivatives, along and across a direction.
struct VelocityLanes {
    var along: Lanes
    var across: Lanes
}
