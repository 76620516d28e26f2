import Solvers
import Tensors

/// Lift, drag and shocks of an airfoil, as far as the predicted fields say.
///
/// Forces need the pressure. It does not follow from the Mach number: `p = p_0 (1 + (gamma - 1) M^2 / 2)^(-gamma / (gamma - 1))` holds along a
/// streamline with its total pressure `p_0`, which falls at a shock by an amount that a smeared Mach number does not tell, and drag in an
/// inviscid flow is just that fall. The place of a shock follows from either field.
struct AirfoilQuantities: QuantitiesOfInterest {
    let mach: Double
    let angleOfAttack: Double
    /// Fields that the operator predicts.
    let outputs: [String]

    private var hasPressure: Bool { outputs.contains("pressure") }

    var quantities: [(name: String, meaning: String)] {
        let forces = [("C_L", "lift coefficient"), ("C_D", "drag coefficient")]
        return (hasPressure ? forces : []) + [
            ("upper-shock", "x of the last passage to subsonic flow on the upper surface, in chords"),
            ("lower-shock", "the same on the lower surface"),
        ]
    }

    var knownFields: [String] { ["x", "y"] }
    var solutionFields: [String] { hasPressure ? ["pressure"] : ["mach"] }
    var missing: String? {
        hasPressure
            ? nil : "lift and drag need the pressure, which does not follow from the Mach number behind shocks: target = \"mach-pressure\""
    }

    /// The surface of a sample.
    func surface(_ fields: [String: Tensor<Double>]) -> AirfoilSurface {
        let x = fields["x"]!
        return AirfoilSurface(x: x, y: fields["y"]!, wakeCells: 5 * (x.shape[1] - 1) / 22, mach: mach, angleOfAttack: angleOfAttack)
    }

    func values(_ fields: [String: Tensor<Double>]) -> [Double?] {
        let surface = surface(fields)
        guard hasPressure else {
            let shocks = surface.shocks(mach: surface.values(fields["mach"]!))
            return [shocks.upper, shocks.lower]
        }
        let coefficient = surface.pressureCoefficient(fields["pressure"]!)
        let (forces, shocks) = (surface.forces(pressureCoefficient: coefficient), surface.shocks(pressureCoefficient: coefficient))
        return [forces.lift, forces.drag, shocks.upper, shocks.lower]
    }
}
