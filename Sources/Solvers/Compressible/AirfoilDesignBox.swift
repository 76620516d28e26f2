import Tensors

/// Eight control nodes round an airfoil that carry vertical displacements: cubic Lagrange polynomials in x, linear in y.
///
/// The box is `[-0.25, 1.25] x [-0.1, 0.1]` (length 1.5, height 0.2, centred at mid-chord). Nodes 1 to 4 lie on the lower side at
/// `x = -0.25, 0.25, 0.75, 1.25`, nodes 5 to 8 on the upper side at `x = 1.25, 0.75, 0.25, -0.25`. A point moves by
/// `(x, y) -> (x, y + sum_k d_k phi_k(x) psi_k(y))`.
///
/// ## References
/// Z. Li, D. Z. Huang, B. Liu, A. Anandkumar, "Fourier neural operator with learned deformations for PDEs on general geometries",
/// J. Mach. Learn. Res. 24 (2023), section 4 (airfoil).
public struct AirfoilDesignBox: Sendable, Equatable {
    /// Vertical displacements of the eight nodes, in chords.
    public let displacements: [Double]

    static let length = 1.5
    static let height = 0.2

    /// A box with the given eight displacements.
    public init(displacements: [Double]) {
        precondition(displacements.count == 8, "\(displacements.count) displacements for 8 control nodes")
        self.displacements = displacements
    }

    /// The box at rest.
    public static let identity = AirfoilDesignBox(displacements: Array(repeating: 0, count: 8))

    /// Independent displacements, uniform on `[-amplitude, amplitude]`; the first node is held (it would only move the airfoil).
    public static func random(_ generator: Philox, amplitude: Double = 0.05) -> AirfoilDesignBox {
        AirfoilDesignBox(displacements: [0] + (0..<7).map { amplitude * (2 * generator.uniform(at: $0) - 1) })
    }

    /// Vertical displacement of a point.
    public func displacement(x: Double, y: Double) -> Double {
        let (lower, upper) = sides(x: x)
        return lower * (0.5 - y / Self.height) + upper * (0.5 + y / Self.height)
    }

    /// Vertical displacements of the lower and the upper side of the box at `x`.
    func sides(x: Double) -> (lower: Double, upper: Double) {
        let phi = Self.cubic(x: x)
        var (lower, upper) = (0.0, 0.0)
        for k in 0..<4 {
            lower += displacements[k] * phi[k]
            upper += displacements[7 - k] * phi[k]
        }
        return (lower, upper)
    }

    /// The four Lagrange polynomials on `x = -0.25, 0.25, 0.75, 1.25`.
    private static func cubic(x: Double) -> SIMD4<Double> {
        let nodes = (0..<4).map { 0.5 - length / 2 + length * Double($0) / 3 }
        var phi = SIMD4<Double>(repeating: 1)
        for k in 0..<4 {
            for l in 0..<4 where l != k { phi[k] *= (x - nodes[l]) / (nodes[k] - nodes[l]) }
        }
        return phi
    }
}
