import Numerics
import Tensors

/// The surface of an airfoil on its C-grid, and what is read off values at its nodes: pressure coefficients, forces, shocks.
///
/// The same for a solver's fields and for predicted ones. The solver sums its own forces over pressures at the faces; nodes have their means,
/// so that the two differ by the discretisation error of the grid.
public struct AirfoilSurface: Sendable {
    /// x of the nodes in chords, from the upper trailing edge over the nose to the lower trailing edge.
    public let x: [Double]
    /// y of the nodes in chords.
    public let y: [Double]
    /// Mach number of the stream.
    public let mach: Double
    /// Angle of attack in degrees.
    public let angleOfAttack: Double
    /// Ratio of specific heats.
    public let gamma: Double
    private let wakeCells: Int

    /// The surface of a grid with nodes `x`, `y` of shape `[j, i]`, `wakeCells` of whose cells lie on each side of the wake.
    public init(x: Tensor<Double>, y: Tensor<Double>, wakeCells: Int, mach: Double, angleOfAttack: Double, gamma: Double = 1.4) {
        precondition(
            x.rank == 2 && x.shape == y.shape && wakeCells >= 0 && 2 * wakeCells + 2 < x.shape[1],
            "nodes \(x.shape) and \(y.shape) of a C-grid with \(wakeCells) cells in the wake")
        (self.mach, self.angleOfAttack, self.gamma, self.wakeCells) = (mach, angleOfAttack, gamma, wakeCells)
        self.x = Self.row(x, wakeCells)
        self.y = Self.row(y, wakeCells)
    }

    /// Values of a field `[j, i]` at the nodes of the surface.
    public func values(_ field: Tensor<Double>) -> [Double] { Self.row(field, wakeCells) }

    private static func row(_ field: Tensor<Double>, _ wakeCells: Int) -> [Double] {
        (wakeCells..<(field.shape[1] - wakeCells)).map { field[0, $0] }
    }

    /// `C_p = (p - 1) / (gamma M^2 / 2)` at the nodes for a pressure `[j, i]` in units of the stream's.
    public func pressureCoefficient(_ pressure: Tensor<Double>) -> [Double] {
        values(pressure).map { ($0 - 1) / (gamma * mach * mach / 2) }
    }

    /// `C_p` where the flow is sonic, if no shock lies before.
    public var criticalPressureCoefficient: Double { AirfoilForces.criticalPressureCoefficient(mach: mach, gamma: gamma) }

    /// Lift and drag coefficients for unit chord: the integral of `-C_p n` round the surface, by the trapezoidal rule between nodes.
    public func forces(pressureCoefficient cp: [Double]) -> (lift: Double, drag: Double) {
        precondition(cp.count == x.count, "\(cp.count) pressure coefficients on \(x.count) nodes")
        var (fx, fy) = (0.0, 0.0)
        for k in 1..<x.count {
            let mean = (cp[k - 1] + cp[k]) / 2
            fx += mean * (y[k - 1] - y[k])
            fy += mean * (x[k] - x[k - 1])
        }
        let angle = angleOfAttack * Double.pi / 180
        let (cosine, sine) = (Double.cos(angle), Double.sin(angle))
        return (fy * cosine - fx * sine, fx * cosine + fy * sine)
    }

    /// x of the last passage from supersonic to subsonic flow on the upper and the lower surface, by their `C_p`; nil without one.
    public func shocks(pressureCoefficient: [Double]) -> (upper: Double?, lower: Double?) {
        passages(pressureCoefficient, critical: criticalPressureCoefficient)
    }

    /// The same by the Mach number at the nodes of the surface.
    public func shocks(mach: [Double]) -> (upper: Double?, lower: Double?) { passages(mach.map { -$0 }, critical: -1) }

    private func passages(_ values: [Double], critical: Double) -> (upper: Double?, lower: Double?) {
        precondition(values.count == x.count, "\(values.count) values on \(x.count) nodes")
        let nose = x.count / 2
        func passage(_ nodes: [Int]) -> Double? {
            AirfoilForces.sonicRecompression(x: nodes.map { x[$0] }, pressureCoefficient: nodes.map { values[$0] }, critical: critical)
        }
        return (passage((0...nose).reversed()), passage(Array(nose..<x.count)))
    }
}
