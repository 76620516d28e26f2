import Numerics

/// A symmetric four-digit NACA section with a closed trailing edge, deformed by a design box; the chord runs from x = 0 to x = 1.
///
/// Half thickness before deformation:
/// `y(x) = 5 t (0.2969 sqrt(x) - 0.1260 x - 0.3516 x^2 + 0.2843 x^3 - 0.1036 x^4)`. The last coefficient is the one that closes the
/// trailing edge (0.1015 leaves it open by 0.25 % of the chord).
public struct AirfoilShape: Sendable, Equatable {
    /// Maximal thickness over chord before deformation.
    public let thickness: Double
    /// The deformation.
    public let box: AirfoilDesignBox

    /// Upper or lower surface.
    public enum Surface: Sendable {
        case upper, lower
    }

    /// A section of given thickness and deformation.
    ///
    /// - Throws: `SolverError.invalidInput` if the thickness is outside (0, 0.5] or the deformation makes the surfaces cross.
    public init(thickness: Double = 0.12, box: AirfoilDesignBox = .identity) throws(SolverError) {
        guard thickness > 0, thickness <= 0.5 else {
            throw SolverError.invalidInput(key: "airfoil thickness", found: "\(thickness)", allowed: "a number in (0, 0.5]")
        }
        guard box.displacements.allSatisfy(\.isFinite) else {
            throw SolverError.invalidInput(
                key: "airfoil displacements", found: "\(box.displacements)", allowed: "finite numbers (chords)")
        }
        self.thickness = thickness
        self.box = box
        // The map is linear in y, so the surfaces keep their order exactly where it does not turn the vertical over.
        for k in 0...200 {
            let x = Double(k) / 200
            let sides = box.sides(x: x)
            let stretch = 1 + (sides.upper - sides.lower) / AirfoilDesignBox.height
            guard stretch > 0.02 else {
                throw SolverError.invalidInput(
                    key: "airfoil displacements", found: "surfaces cross at x = \(x): thickness times \(stretch) there",
                    allowed: "displacements that leave at least 0.02 of the thickness")
            }
        }
    }

    /// Half thickness of the undeformed section.
    public func halfThickness(x: Double) -> Double {
        5 * thickness * (0.2969 * x.squareRoot() + x * (-0.1260 + x * (-0.3516 + x * (0.2843 - x * 0.1036))))
    }

    /// Height of a surface at `0 <= x <= 1`.
    public func height(x: Double, _ surface: Surface) -> Double {
        // The coefficients sum to 0 only up to rounding.
        let half = x == 1 ? 0 : halfThickness(x: x)
        let y = surface == .upper ? half : -half
        return y + box.displacement(x: x, y: y)
    }

    /// Radius of curvature at the leading edge.
    public var leadingEdgeRadius: Double {
        let sides = box.sides(x: 0)
        let slope = 5 * thickness * 0.2969 * (1 + (sides.upper - sides.lower) / AirfoilDesignBox.height)
        return slope * slope / 2
    }
}
