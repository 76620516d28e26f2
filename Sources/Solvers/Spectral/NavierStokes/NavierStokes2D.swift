import Tensors

/// Incompressible flow in a periodic rectangle in vorticity form, by a Fourier pseudo-spectral method.
///
///     w_t + u.grad w = nu Lap w - mu w + f,   w = v_x - u_y,   div (u, v) = 0,   mean flow 0
///
/// States are the vorticity, `[y, x, 1]` (`y` the slow axis), sampled at (i L_y / n_y, j L_x / n_x). `PeriodicFlow2D` gives velocity and
/// pressure. In arrays `[x, y]`, as the FNO generator writes them, the axes change places.
///
/// The default scheme keeps the wavenumbers of the 2/3 rule, for which the nonlinear term is free of aliases, and steps them by ETDRK4 with
/// error control: fourth order in time, exact for viscosity, drag and steady forcing alone, spectral in space. An initial state is delivered
/// as it is at time 0; later ones lie in the band.
public final class NavierStokes2D<Element: Scalar>: EvolutionSolver {
    /// How vorticity is stepped.
    public enum Scheme: Sendable, Equatable {
        /// `ExponentialTimeDifferencing`: fourth order.
        case exponential(TimeStepControl)
        /// Crank-Nicolson for viscosity, explicit Euler for the rest, as in the generator of the FNO data; its time step was 1e-4. First order.
        case crankNicolsonEuler(timeStep: Double)
    }

    /// Points `[y, x]`.
    public let shape: [Int]
    /// One field, the vorticity.
    public let fieldCount = 1
    /// Periods `[y, x]`.
    public let lengths: [Double]
    /// The scheme.
    public let scheme: Scheme

    private enum Stepper {
        case exponential(PlanarBand, ExponentialTimeDifferencing<VorticityEquation<Element>>)
        case crankNicolsonEuler(CrankNicolsonEuler<Element>, timeStep: Double)
    }

    private let stepper: Stepper

    /// A solver on `shape` points `[y, x]`, each at least 4.
    ///
    /// - Parameters:
    ///   - shape: points `[y, x]`.
    ///   - lengths: periods `[y, x]`.
    ///   - viscosity: nu >= 0, length^2 / time.
    ///   - drag: mu >= 0, 1 / time.
    ///   - forcing: f at the points, `[y, x]`, steady, 1 / time^2.
    ///   - scheme: the scheme; the tolerance 1e-6 of the default is for a step, a few steps for each turn of the fastest eddies.
    /// - Throws: `SolverError.invalidInput` with the name of the parameter.
    public init(
        shape: [Int], lengths: [Double] = [1, 1], viscosity: Double, drag: Double = 0, forcing: Tensor<Double>? = nil,
        scheme: Scheme = .exponential(.adaptive(tolerance: 1e-6))
    ) throws {
        precondition(shape.count == 2 && lengths.count == 2, "shape \(shape), lengths \(lengths) of a planar flow")
        precondition(forcing.map { $0.count == shape[0] * shape[1] } ?? true, "forcing of shape \(forcing!.shape) on \(shape)")
        guard shape.allSatisfy({ $0 >= 4 }) else {
            throw SolverError.invalidInput(key: "shape", found: "\(shape)", allowed: "at least 4 points on each axis")
        }
        guard lengths.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "lengths", found: "\(lengths)", allowed: "finite and > 0")
        }
        for (key, value) in [("viscosity", viscosity), ("drag", drag)] {
            guard value >= 0, value.isFinite else {
                throw SolverError.invalidInput(key: key, found: "\(value)", allowed: "finite and >= 0")
            }
        }
        if let forcing, let index = Kernels.firstNonFinite(forcing.count, forcing.basePointer) {
            throw SolverError.invalidInput(
                key: "forcing", found: "\(forcing.basePointer[index]) at point \(index)", allowed: "finite values")
        }
        self.shape = shape
        self.lengths = lengths
        self.scheme = scheme
        switch scheme {
        case .exponential(let control):
            let band = PlanarBand(shape: shape, lengths: lengths)
            let equation = VorticityEquation<Element>(band: band, viscosity: viscosity, drag: drag, forcing: forcing)
            stepper = .exponential(band, try ExponentialTimeDifferencing(equation, control: control))
        case .crankNicolsonEuler(let timeStep):
            try TimeStepControl.fixed(timeStep).check(roundOff: 0)
            stepper = .crankNicolsonEuler(
                CrankNicolsonEuler(shape: shape, lengths: lengths, viscosity: viscosity, drag: drag, forcing: forcing), timeStep: timeStep)
        }
    }

    /// Integrates the vorticity `[y, x, 1]` from time 0 to the last of `times`; see `EvolutionSolver`.
    ///
    /// - Throws: `SolverError.diverged`; `SolverError.cflViolation` when a fixed step is too long for the flow.
    @discardableResult
    public func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        try checkInput(initial, times)
        let state = shape + [fieldCount]
        switch stepper {
        case .crankNicolsonEuler(let stepper, let timeStep):
            return try stepper.integrate(from: initial.reshaped(shape), timeStep: timeStep, times: times) { number, field in
                try deliver(number, field.reshaped(state))
            }
        case .exponential(let band, let stepper):
            var coefficients: Tensor<Element> = band.coefficients(of: initial)
            return try coefficients.withUnsafeMutablePointer { pointer in
                try stepper.integrate(pointer, times: times) { number, values in
                    try deliver(number, times[number] == 0 ? initial : band.field(of: values).reshaped(state))
                }
            }
        }
    }
}
