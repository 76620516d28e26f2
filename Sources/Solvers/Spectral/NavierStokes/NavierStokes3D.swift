import Tensors

/// Incompressible flow in a periodic box, by a Fourier pseudo-spectral method.
///
///     u_t + u.grad u = -grad p + nu Lap u - mu u + A (u - <u>) + f,   div u = 0
///
/// States are the velocity `[z, y, x, 3]` with components (u_x, u_y, u_z), sampled at multiples of L/n. The wavenumbers of the 2/3 rule are
/// kept, for which the nonlinear term is free of aliases, and stepped by ETDRK4 with error control. An initial state is delivered as it is at
/// time 0; the integration starts from its part in the band without divergence.
public final class NavierStokes3D<Element: Scalar>: EvolutionSolver {
    /// Points `[z, y, x]`.
    public let shape: [Int]
    /// Three components of velocity.
    public let fieldCount = 3
    /// Periods `[z, y, x]`.
    public let lengths: [Double]

    private let band: SpatialBand
    private let stepper: ExponentialTimeDifferencing<VelocityEquation<Element>>

    /// A solver on `shape` points `[z, y, x]`, each at least 4.
    ///
    /// - Parameters:
    ///   - shape: points `[z, y, x]`.
    ///   - lengths: periods `[z, y, x]`.
    ///   - viscosity: nu >= 0, length^2 / time.
    ///   - drag: mu >= 0, 1 / time.
    ///   - linearForcing: A >= 0, 1 / time: energy input in proportion to the velocity without its mean, which keeps turbulence going (T. S.
    ///     Lundgren, "Linearly forced isotropic turbulence", CTR Annual Research Briefs, 2003).
    ///   - forcing: f at the points, `[z, y, x, 3]`, steady, length / time^2; its gradient part is a pressure.
    ///   - control: how steps are chosen.
    /// - Throws: `SolverError.invalidInput` with the name of the parameter.
    public init(
        shape: [Int], lengths: [Double] = [1, 1, 1], viscosity: Double, drag: Double = 0, linearForcing: Double = 0,
        forcing: Tensor<Double>? = nil, control: TimeStepControl = .adaptive(tolerance: 1e-5)
    ) throws {
        precondition(shape.count == 3 && lengths.count == 3, "shape \(shape), lengths \(lengths) of a flow in space")
        precondition(forcing.map { $0.shape == shape + [3] } ?? true, "forcing of shape \(forcing!.shape) on \(shape)")
        guard shape.allSatisfy({ $0 >= 4 }) else {
            throw SolverError.invalidInput(key: "shape", found: "\(shape)", allowed: "at least 4 points on each axis")
        }
        guard lengths.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "lengths", found: "\(lengths)", allowed: "finite and > 0")
        }
        for (key, value) in [("viscosity", viscosity), ("drag", drag), ("linear forcing", linearForcing)] {
            guard value >= 0, value.isFinite else {
                throw SolverError.invalidInput(key: key, found: "\(value)", allowed: "finite and >= 0")
            }
        }
        if let forcing, let index = Kernels.firstNonFinite(forcing.count, forcing.basePointer) {
            throw SolverError.invalidInput(
                key: "forcing", found: "\(forcing.basePointer[index]) at value \(index)", allowed: "finite values")
        }
        self.shape = shape
        self.lengths = lengths
        band = SpatialBand(shape: shape, lengths: lengths)
        let equation = VelocityEquation<Element>(
            band: band, viscosity: viscosity, drag: drag, linearForcing: linearForcing, forcing: forcing)
        stepper = try ExponentialTimeDifferencing(equation, control: control)
    }

    /// Integrates the velocity `[z, y, x, 3]` from time 0 to the last of `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.diverged`; `SolverError.cflViolation` when a fixed step is too long for the flow.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        var coefficients: Tensor<Element> = band.solenoidalCoefficients(of: initial)
        return try coefficients.withUnsafeMutablePointer { pointer in
            try stepper.integrate(pointer, times: times) { number, values in
                try deliver(number, times[number] == 0 ? initial : band.field(of: values))
            }
        }
    }
}
