import Grids
import Metrics
import Numerics
import Solvers
import Tensors

/// `[equation] name = "navier-stokes"`: plane incompressible flow in a periodic square, in vorticity form.
public struct NavierStokesEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "navier-stokes"
    /// One line for `eddy list`.
    public static let summary = "incompressible Navier-Stokes equations in 2 dimensions, vorticity, periodic unit square"
    /// Samplers of the initial vorticity.
    public static let samplers = [GaussianFieldSampler.name]
    /// Solvers.
    public static let solvers = [PseudoSpectralSettings.name, FNOGeneratorSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true
    /// Its residual can be trained on.
    public static let declaresResidual = true

    /// The steady forcing of the vorticity.
    public enum Forcing: String, CaseIterable, Sendable {
        /// None: decaying flow.
        case none
        /// `0.1 (sin(2 pi (x + y)) + cos(2 pi (x + y)))`, as in the FNO paper.
        case diagonal
        /// `0.1 (cos(4 pi x) + cos(4 pi y))`, as in the G-FNO paper, unchanged by turns and reflections of the square.
        case symmetric
        /// `-2 pi k A cos(2 pi k y)`: the vorticity of the body force `A sin(2 pi k y)` along x (Kolmogorov flow).
        case kolmogorov
    }

    /// Kinematic viscosity.
    public var viscosity = 1e-3
    /// The forcing.
    public var forcing = Forcing.diagonal
    /// Amplitude of the forcing: of the diagonal and symmetric ones 0.1 in the papers.
    public var amplitude = 0.1
    /// Wavenumber of the Kolmogorov forcing.
    public var wavenumber = 4
    /// Linear drag.
    public var drag = 0.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("viscosity", \.viscosity, .nonnegative, "kinematic viscosity nu"),
        .choice("forcing", \.forcing, "steady forcing of the vorticity"),
        .number("amplitude", \.amplitude, .nonnegative, "amplitude of the forcing"),
        .integer("wavenumber", \.wavenumber, .range(1...1000), "wavenumber of the Kolmogorov forcing"),
        .number("drag", \.drag, .nonnegative, "linear drag mu"),
    ]

    /// Values of the forcing `[y, x]` on a periodic grid of the unit square.
    func forcingField(_ shape: [Int]) -> Tensor<Double>? {
        guard forcing != .none, amplitude > 0 else { return nil }
        let turn = 2 * Double.pi
        let values = (0..<shape[0] * shape[1]).map { number -> Double in
            let (y, x) = (Double(number / shape[1]) / Double(shape[0]), Double(number % shape[1]) / Double(shape[1]))
            switch forcing {
            case .none: return 0
            case .diagonal: return amplitude * (Double.sin(turn * (x + y)) + Double.cos(turn * (x + y)))
            case .symmetric: return amplitude * (Double.cos(2 * turn * x) + Double.cos(2 * turn * y))
            case .kolmogorov:
                let k = turn * Double(wavenumber)
                return -k * amplitude * Double.cos(k * y)
            }
        }
        return Tensor(shape, values)
    }

    /// The forcing in words.
    var forcingText: String {
        switch forcing {
        case .none: "0"
        case .diagonal: "\(amplitude) (sin(2 pi (x + y)) + cos(2 pi (x + y)))"
        case .symmetric: "\(amplitude) (cos(4 pi x) + cos(4 pi y))"
        case .kolmogorov: "curl of \(amplitude) sin(2 pi \(wavenumber) y) e_x"
        }
    }

    /// Plane flow with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            NavierStokesForm(
                equation: self, sampler: try context.requireInitialSampler(Self.samplers),
                scheme: try NavierStokesForm.Scheme(context.solver)), context)
    }
}

struct NavierStokesForm: EvolutionForm {
    enum Scheme {
        case spectral(PseudoSpectralSettings)
        case generator(FNOGeneratorSettings)

        init(_ settings: any SolverSettings) throws {
            switch settings {
            case let settings as PseudoSpectralSettings: self = .spectral(settings)
            case let settings as FNOGeneratorSettings: self = .generator(settings)
            default: throw ProblemError("solver", "name", allowed: NavierStokesEquation.solvers.joined(separator: ", "))
            }
        }
    }

    let equation: NavierStokesEquation
    let sampler: any InitialFieldSampler
    let scheme: Scheme

    var account: ProblemAccount {
        let words: (String, String) =
            switch scheme {
            case .spectral(let settings): (settings.scheme("Fourier series, 2/3 rule"), "spectral in space, 4 in time")
            case .generator(let settings):
                (
                    "Fourier series, 2/3 rule, Crank-Nicolson and explicit Euler steps of \(settings.timeStep)",
                    "spectral in space, 1 in time"
                )
            }
        return ProblemAccount(
            equation:
                "w_t + u.grad w = \(equation.viscosity) Lap w\(equation.drag > 0 ? " - \(equation.drag) w" : "") + f, div u = 0, w = curl u, periodic unit square, "
                + "f = \(equation.forcingText); w(0) = \(sampler.initialAccount)", scheme: words.0, order: words.1,
            references: "Li et al., Fourier neural operator for parametric partial differential equations, arXiv:2010.08895")
    }

    let dimension = 2
    let times = FrameTimes(count: 50, interval: 1, start: 1)
    var symmetries: DomainSymmetries { equation.forcing == .none ? .torus : .none }

    let conserved = ["vorticity"]
    let resolvedFlow = ResolvedFlow.vorticity

    /// With `q` the root of the mean square of vorticity or velocity, `dq/dt <= -(nu k_1^2 + mu) q + |f|`: the nonlinear term keeps both.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        let turn = 2 * Double.pi
        let damping = equation.viscosity * turn * turn + equation.drag
        let force = EvolutionGate.frame(
            (equation.forcingField(grid.shape) ?? Tensor(grid.shape, repeating: 0)).reshaped(grid.shape + [1]), resolvedFlow,
            FieldGeometry(grid))
        func law(_ name: String, _ quantity: @escaping EvolutionLaw.Quantity) -> EvolutionLaw {
            let supply = quantity(force).value
            return .bounded(
                name, limit: timeLimit,
                by: { earlier, interval in
                    let share = damping > 0 ? (1 - Double.exp(-damping * interval)) / damping : interval
                    return earlier * Double.exp(-damping * interval) + supply * share
                }, quantity)
        }
        return [
            law("root of the enstrophy", EvolutionLaw.fluctuation),
            law("root of the kinetic energy", EvolutionLaw.speed),
        ]
    }

    var solverResolution: Resolution? {
        switch scheme {
        case .spectral(let settings): settings.resolution
        case .generator(let settings): settings.resolution
        }
    }

    var sweepTolerances: [Double] {
        switch scheme {
        case .spectral(let settings): settings.sweepTolerances
        case .generator: PseudoSpectralSettings().sweepTolerances
        }
    }

    var state: [FieldDescription] {
        [FieldDescription(name: "vorticity", longName: "vorticity", role: .state, dependence: .trajectory)]
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let draw = sampler.prepare(on: grid, native: native)
        return { EvolutionStart(state: draw($0).reshaped(grid.shape + [1])) }
    }

    func makeFlow(on grid: Grid) -> (any SemilinearFlow)? {
        VorticityFlow(viscosity: equation.viscosity, drag: equation.drag, forcing: equation.forcingField(grid.shape))
    }

    /// The case's scheme, or in a comparison (`tolerance` given) the better one whatever made the data.
    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        let kind: NavierStokes2D<Double>.Scheme =
            switch (scheme, tolerance) {
            case (.spectral(let settings), _): .exponential(settings.control(tolerance))
            case (.generator, let tolerance?): .exponential(.adaptive(tolerance: tolerance))
            case (.generator(let settings), nil): .crankNicolsonEuler(timeStep: settings.timeStep)
            }
        return try NavierStokes2D<Double>(
            shape: grid.shape, viscosity: equation.viscosity, drag: equation.drag, forcing: equation.forcingField(grid.shape), scheme: kind)
    }
}
