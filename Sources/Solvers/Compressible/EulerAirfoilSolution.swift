import Numerics
import Tensors

/// Density, velocity, pressure and Mach number on the cells `[rows, columns]` or nodes `[rows + 1, columns + 1]` of an airfoil grid, in
/// units of the stream's density and pressure.
public struct CompressibleFields: Sendable, Equatable {
    /// Density.
    public let density: Tensor<Double>
    /// Velocity along x, in `sqrt(p / rho)` of the stream.
    public let velocityX: Tensor<Double>
    /// Velocity along y, in `sqrt(p / rho)` of the stream.
    public let velocityY: Tensor<Double>
    /// Pressure.
    public let pressure: Tensor<Double>
    /// Local Mach number `|v| / sqrt(gamma p / rho)`.
    public let mach: Tensor<Double>

    /// Fields of the given shape from a state at each place.
    init(shape: [Int], gamma: Double, _ state: (_ index: Int) -> PrimitiveState) {
        let count = shape.reduce(1, *)
        let fields = (0..<5).map { _ in Tensor<Double>(uninitialized: shape) }
        for index in 0..<count {
            let q = state(index)
            fields[0].kernelPointer[index] = q.x
            fields[1].kernelPointer[index] = q.y
            fields[2].kernelPointer[index] = q.z
            fields[3].kernelPointer[index] = q.w
            fields[4].kernelPointer[index] = ((q.y * q.y + q.z * q.z) * q.x / (gamma * q.w)).squareRoot()
        }
        (density, velocityX, velocityY, pressure, mach) = (fields[0], fields[1], fields[2], fields[3], fields[4])
    }
}

/// A steady flow round an airfoil.
public struct EulerAirfoilSolution: Sendable, Equatable {
    /// Values at the midpoints of the surface faces, from the upper trailing edge over the nose to the lower one.
    public struct Surface: Sendable, Equatable {
        /// x in chords.
        public let x: [Double]
        /// y in chords.
        public let y: [Double]
        /// `(p - 1) / (gamma M^2 / 2)`.
        public let pressureCoefficient: [Double]
    }

    /// The grid.
    public let grid: AirfoilGrid
    /// Mach number of the stream.
    public let mach: Double
    /// Angle of attack in degrees.
    public let angleOfAttack: Double
    /// Ratio of specific heats.
    public let gamma: Double
    /// Cell averages, `[rows, columns]`.
    public let cells: CompressibleFields
    /// Values at the nodes by linear interpolation, `[rows + 1, columns + 1]`, as the published data set stores them.
    public let nodes: CompressibleFields
    /// The surface.
    public let surface: Surface
    /// Lift coefficient for unit chord.
    public let lift: Double
    /// Drag coefficient for unit chord; without viscosity it comes from shocks alone, the rest is discretisation error.
    public let drag: Double
    /// x of the sonic point behind the supersonic flow on the upper surface (the shock, if there is one); nil without such a point.
    ///
    /// A captured shock is two to three cells wide, and the sonic point lies in its rear half. For NACA 0012 at Mach 0.8 and 1.25 degrees it is at
    /// 0.648, 0.646, 0.642 on grids of 221 x 51, 441 x 101, 881 x 201 nodes, the middle of the jump of the pressure at 0.643, 0.643, 0.641.
    public let upperShock: Double?
    /// x of the sonic point behind the supersonic flow on the lower surface; nil without such a point.
    public let lowerShock: Double?
    /// 1, or 2 if the first attempt failed and a more careful one succeeded.
    public let attempts: Int
    /// All steps, coarser grids first; after a second attempt the steps of both.
    public let history: [SteadyIteration]

    /// The residual reached, see `SteadyIteration.residual`.
    public var residual: Double { history.last?.residual ?? .nan }

    init(
        _ grid: AirfoilGrid, _ farField: FarField, angleOfAttack: Double, _ iteration: SteadyEulerIteration, attempts: Int,
        _ history: [SteadyIteration]
    ) {
        self.grid = grid
        self.angleOfAttack = angleOfAttack
        self.attempts = attempts
        self.history = history
        (mach, gamma) = (farField.mach, farField.gamma)
        iteration.residual.fillGhosts(iteration.state)
        (lift, drag) = iteration.residual.coefficients
        let layout = iteration.mesh.layout
        cells = CompressibleFields(shape: [layout.rows, layout.columns], gamma: farField.gamma) {
            iteration[$0 % layout.columns, $0 / layout.columns]
        }
        let interpolation = NodeInterpolation(iteration.mesh, UnsafePointer(iteration.state))
        nodes = CompressibleFields(shape: [layout.rows + 1, layout.columns + 1], gamma: farField.gamma) {
            interpolation.state(i: $0 % (layout.columns + 1), j: $0 / (layout.columns + 1))
        }

        let faces = iteration.mesh.wallFaces.map { iteration.mesh.boundary[$0] }
        let dynamic = farField.gamma * farField.mach * farField.mach / 2
        let cp = faces.map { (iteration.state[$0.ghost + 3 * layout.count] - 1) / dynamic }
        surface = Surface(x: faces.map(\.middleX), y: faces.map(\.middleY), pressureCoefficient: cp)
        let critical = AirfoilForces.criticalPressureCoefficient(mach: farField.mach, gamma: farField.gamma)
        let half = faces.count / 2
        upperShock = AirfoilForces.sonicRecompression(
            x: Array(surface.x[..<half].reversed()), pressureCoefficient: Array(cp[..<half].reversed()), critical: critical)
        lowerShock = AirfoilForces.sonicRecompression(
            x: Array(surface.x[half...]), pressureCoefficient: Array(cp[half...]), critical: critical)
    }
}
