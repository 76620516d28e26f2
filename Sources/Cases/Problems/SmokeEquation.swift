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
    public static let solvers = [FiniteVolumeSettings.name]
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
        try EvolutionProblem(SmokeForm(equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver()), context)
    }
}

private struct SmokeForm: EvolutionForm {
    let equation: SmokeEquation
    let sampler: SmokeNoiseSampler
    let solver: FiniteVolumeSettings

    var account: ProblemAccount {
        let buoyancy = sampler.variesBuoyancy ? "\(sampler.buoyancy[0]) to \(sampler.buoyancy[1])" : "\(sampler.buoyancy[0])"
        return ProblemAccount(
            equation:
                "s_t + div(v s) = 0, v_t + div(v v) = -grad p + \(equation.viscosity) Lap v + b s e_y, div v = 0, b = \(buoyancy), closed box of side "
                + "\(equation.length), \(equation.walls.rawValue) walls; smoke |noise| of scale \(sampler.scale), v(0) = 0",
            scheme: "staggered finite volumes (\(solver.limiter.rawValue)), projection, \(solver.stepper.rawValue), Courant number "
                + "\(solver.courantNumber)",
            order: "2 in space and time", references: "Gupta and Brandstetter, arXiv:2209.15616")
    }

    let dimension = 2
    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { [] }
    var countsOperations: Bool { false }
    let times = FrameTimes(count: 14, interval: 6, start: 18)
    let conserved = ["smoke"]

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
        try BuoyantFlowSolver(
            grid: grid, viscosity: equation.viscosity, buoyancy: (0, sampler.buoyancy[0]), walls: equation.walls,
            advection: .finiteVolumes(solver.limiter), stepper: solver.stepper, courantNumber: solver.courantNumber)
    }

    func prepare(_ solver: any EvolutionSolver, for start: EvolutionStart) {
        guard let value = start.inputs["buoyancy"] else { return }
        (solver as! BuoyantFlowSolver).buoyancy = (0, value.item)
    }
}
