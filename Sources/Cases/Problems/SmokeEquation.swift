import Grids
import Solvers
import Tensors

/// `[equation] name = "smoke"`: incompressible flow that smoke lifts, in a closed box.
public struct SmokeEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "smoke"
    /// One line for `eddy list`.
    public static let summary = "incompressible flow with buoyant smoke in a closed box"
    /// Samplers of the initial smoke.
    public static let samplers = [SmokeNoiseSampler.name]
    /// Solvers.
    public static let solvers = [FiniteVolumeSettings.name, SemiLagrangianSettings.name]
    /// Solutions evolve in time.
    public static let isEvolution = true

    /// Kinematic viscosity.
    public var viscosity = 0.01
    /// Side of the box.
    public var length = 32.0
    /// What holds at the walls.
    public var walls = BuoyantFlowSolver.Walls.noSlip

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("viscosity", \.viscosity, .nonnegative, "kinematic viscosity"),
        .number("length", \.length, .positive, "side of the box"),
        .choice("walls", \.walls, "whether the fluid sticks to the walls"),
    ]

    /// Smoke with the sampler and solver of a case.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        try EvolutionProblem(
            SmokeForm(
                equation: self, sampler: try context.requireSampler(), scheme: try SmokeForm.Scheme(context.solver),
                caseResolution: context.dataset.resolution), context)
    }
}

private struct SmokeForm: EvolutionForm {
    enum Scheme {
        case finiteVolumes(FiniteVolumeSettings)
        case semiLagrangian(SemiLagrangianSettings)

        init(_ settings: any SolverSettings) throws {
            switch settings {
            case let settings as FiniteVolumeSettings: self = .finiteVolumes(settings)
            case let settings as SemiLagrangianSettings: self = .semiLagrangian(settings)
            default: throw ProblemError("solver", "name", allowed: SmokeEquation.solvers.joined(separator: ", "))
            }
        }
    }

    let equation: SmokeEquation
    let sampler: SmokeNoiseSampler
    let scheme: Scheme
    let caseResolution: Resolution

    var account: ProblemAccount {
        let buoyancy = sampler.variesBuoyancy ? "\(sampler.buoyancy[0]) to \(sampler.buoyancy[1])" : "\(sampler.buoyancy[0])"
        let words: (scheme: String, order: String) =
            switch scheme {
            case .finiteVolumes(let solver):
                (
                    "staggered finite volumes (\(solver.limiter.rawValue)), projection, \(solver.stepper.rawValue), Courant number "
                        + "\(solver.courantNumber)", "2 in space and time"
                )
            case .semiLagrangian(let solver):
                (
                    "staggered grid, steps of \(solver.timeStep) along the flow (\(solver.tracing.rawValue), linear interpolation"
                        + (solver.correction == .none ? "" : ", MacCormack correction") + "), projection",
                    "2 in space for a given step, 1 in time"
                )
            }
        return ProblemAccount(
            equation:
                "s_t + div(v s) = 0, v_t + div(v v) = -grad p + \(equation.viscosity) Lap v + b s e_y, div v = 0, b = \(buoyancy), closed box of side "
                + "\(equation.length), \(equation.walls.rawValue) walls; smoke |noise| of scale \(sampler.scale), v(0) = 0",
            scheme: words.scheme, order: words.order, references: "Gupta and Brandstetter, arXiv:2209.15616")
    }

    let dimension = 2
    var solverResolution: Resolution? {
        switch scheme {
        case .finiteVolumes(let solver): solver.resolution
        case .semiLagrangian(let solver): solver.resolution
        }
    }
    var sweepTolerances: [Double] { [] }
    var countsOperations: Bool { false }
    let times = FrameTimes(count: 14, interval: 6, start: 18)
    /// Steps along the flow conserve nothing.
    var conserved: [String] { if case .finiteVolumes = scheme { ["smoke"] } else { [] } }

    /// No divergence, and no more smoke in any place than there was in some place before; proven for Courant numbers up to 1/2.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        let divergence = EvolutionLaw.zero(
            "divergence of the velocity", limit: 1e-9, EvolutionLaw.staggeredDivergence(on: grid, velocity: (1, 2)))
        if case .finiteVolumes(let solver) = scheme, solver.courantNumber > 0.5 { return [divergence] }
        return [
            divergence, .bounded("largest smoke", limit: 1e-9, EvolutionLaw.extreme(field: 0, sign: 1)),
            .bounded("negative of the least smoke", limit: 1e-9, EvolutionLaw.extreme(field: 0, sign: -1)),
        ]
    }

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, to: equation.length, location: .centers) }
    func boundary(_ grid: Grid) -> Boundary { Boundary(.wall, on: grid) }

    var state: [FieldDescription] {
        [
            FieldDescription(name: "smoke", longName: "smoke", role: .state, location: .center, dependence: .trajectory),
            .velocity("x", location: .center), .velocity("y", location: .center),
        ]
    }

    var inputs: [FieldDescription] {
        guard sampler.variesBuoyancy else { return [] }
        return [FieldDescription(name: "buoyancy", longName: "acceleration by a unit of smoke", role: .parameter, dependence: .parameter)]
    }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let noise = RandomSmoke(grid: grid, scale: sampler.scale, smoothness: sampler.smoothness)
        let (range, varies) = (sampler.buoyancy, sampler.variesBuoyancy)
        return { generator in
            let smoke = noise.sample(generator)
            let zero = Tensor<Double>(grid.shape, repeating: 0)
            let state = smoke.shape == grid.shape + [3] ? smoke : Tensor.channels([smoke.reshaped(grid.shape), zero, zero])
            let draw = Philox(seed: generator.seed ^ 0xB0_0FFE, stream: generator.stream).uniform(at: 0)
            let value = Tensor<Double>([], [range[0] + (range[1] - range[0]) * draw])
            return EvolutionStart(state: state.reshaped(grid.shape + [3]), inputs: varies ? ["buoyancy": value] : [:])
        }
    }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        switch scheme {
        case .finiteVolumes(let solver):
            return try BuoyantFlowSolver(
                grid: grid, viscosity: equation.viscosity, buoyancy: (0, sampler.buoyancy[0]), walls: equation.walls,
                advection: .finiteVolumes(solver.limiter), stepper: solver.stepper, courantNumber: solver.courantNumber)
        case .semiLagrangian(let solver):
            // Steps shrink with the cells, or finer solutions would not be more exact.
            let native = (solver.resolution ?? caseResolution).size(dimension: 2)!
            let ratio = min(1, zip(native, grid.shape).map { Double($0) / Double($1) }.min()!)
            return try BuoyantFlowSolver(
                grid: grid, viscosity: equation.viscosity, buoyancy: (0, sampler.buoyancy[0]), walls: equation.walls,
                advection: solver.advection(timeStep: ratio * solver.timeStep))
        }
    }

    func prepare(_ solver: any EvolutionSolver, for start: EvolutionStart) {
        guard let value = start.inputs["buoyancy"] else { return }
        (solver as! BuoyantFlowSolver).buoyancy = (0, value.item)
    }
}
