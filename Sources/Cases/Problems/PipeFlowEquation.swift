import Datasets
import Grids
import Solvers
import Tensors

/// `[equation] name = "pipe-flow"`: steady incompressible flow through a curved pipe.
public struct PipeFlowEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "pipe-flow"
    /// One line for `eddy list`.
    public static let summary = "steady incompressible Navier-Stokes flow through a curved pipe on a body-fitted grid"
    /// Samplers of the pipe.
    public static let samplers = [PipeCentrelineSampler.name]
    /// Solvers.
    public static let solvers = [HermiteElementsSettings.name]

    /// Which fields the operator predicts.
    public enum Target: String, CaseIterable, Sendable {
        /// The velocity along x alone, as in the Geo-FNO paper.
        case velocityX = "velocity-x"
        /// Both components of velocity, and pressure.
        case flow
    }

    /// Kinematic viscosity.
    public var viscosity = 0.005
    /// Velocity in the middle of the inlet.
    public var velocity = 1.0
    /// Extent of the pipe along x.
    public var length = 10.0
    /// Extent of the pipe along y.
    public var width = 1.0
    /// Which fields the operator predicts.
    public var target = Target.velocityX

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("viscosity", \.viscosity, .positive, "kinematic viscosity nu"),
        .number("velocity", \.velocity, .positive, "velocity in the middle of the inlet, whose profile is a parabola"),
        .number("length", \.length, .positive, "extent of the pipe along x"),
        .number("width", \.width, .positive, "extent of the pipe along y, the same in every section"),
        .choice("target", \.target, "what the operator predicts: the velocity along x, or velocity and pressure"),
    ]

    /// Flow through the pipes of the sampler.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        PipeFlowProblem(
            equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver(),
            caseResolution: context.dataset.resolution)
    }
}

/// Flow through a pipe as a problem: node coordinates in, flow out.
struct PipeFlowProblem: Problem {
    let equation: PipeFlowEquation
    let sampler: PipeCentrelineSampler
    let solver: HermiteElementsSettings
    let caseResolution: Resolution

    /// The fields of the flow in the order of the files, with what they are.
    static let flow: [(name: String, longName: String)] = [
        ("velocity_x", "velocity along x"), ("velocity_y", "velocity along y"), ("pressure", "pressure over density"),
    ]

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "steady incompressible Navier-Stokes equations, nu = \(equation.viscosity), in a pipe of length \(equation.length) and width "
                + "\(equation.width) (measured along y) round a centre line of \(sampler.nodes - 1) cubic pieces, heights of the nodes up to "
                + "\(sampler.height), slopes up to \(sampler.slope); at the inlet a parabola of maximum \(equation.velocity) along x, no slip, "
                + "no traction at the outlet",
            scheme:
                "stream function in bicubic Hermite elements on a mesh sheared with the pipe, free of divergence at every point; Newton's "
                + "method with a banded LU factorisation to a relative residual of \(solver.tolerance); pressure by a Poisson equation in the "
                + "same elements",
            order: "3 for velocity and 2 for pressure where the flow is smooth, less at the corners of the inlet",
            references: "Li et al., Fourier neural operator with learned deformations for PDEs on general geometries, arXiv:2207.05209; "
                + "Bogner, Fox and Schmit, AFFDL-TR-66-80 (1965)")
    }

    var learning: LearningTask {
        LearningTask(inputs: ["x", "y"], outputs: equation.target == .velocityX ? ["velocity_x"] : Self.flow.map(\.name))
    }

    var countsOperations: Bool { false }
    var sweepTolerances: [Double] { [1e-2, 1e-4, solver.tolerance].filter { $0 >= solver.tolerance } }

    private func grid(_ resolution: Resolution) throws -> Grid {
        guard let shape = resolution.size(dimension: 2), shape.allSatisfy({ $0 >= 5 }) else {
            throw ProblemError("dataset", "resolution", allowed: "one number or [across, along], each 5 or more")
        }
        return Grid(zip(["eta", "xi"], shape).map { Axis(name: $0, count: $1, location: .nodes) }, mapping: ["x", "y"])
    }

    /// Elements across and along; every cubic piece of the centre line has whole elements.
    private func elements(_ resolution: Resolution) throws -> (across: Int, along: Int) {
        let pieces = sampler.nodes - 1
        guard let shape = resolution.size(dimension: 2), shape.allSatisfy({ $0 >= 9 && $0 % 2 == 1 }), (shape[1] - 1) / 2 % pieces == 0
        else {
            throw ProblemError(
                "solver", "resolution",
                allowed: "one number or [across, along] of nodes, odd, 9 or more, along the pipe a multiple of \(2 * pieces) and one: "
                    + (1...4).map { "\(2 * pieces * (1 << $0) + 1)" }.joined(separator: ", ") + ", ...")
        }
        return ((shape[0] - 1) / 2, (shape[1] - 1) / 2)
    }

    func schema(_ resolution: Resolution) throws -> DatasetSchema {
        let coordinates = ["x", "y"].map {
            FieldDescription(name: $0, longName: "\($0) of the nodes", role: .coordinate, dependence: .field)
        }
        let drop = FieldDescription(
            name: "pressure_drop", longName: "mean pressure over the inlet less that over the outlet", role: .diagnostic,
            dependence: .parameter)
        return DatasetSchema(
            grid: try grid(resolution),
            boundary: Boundary(["eta": .init(lower: .wall, upper: .wall), "xi": .init(lower: .dirichlet, upper: .open)]),
            fields: coordinates
                + Self.flow.map { FieldDescription(name: $0.name, longName: $0.longName, role: .state, dependence: .field) } + [drop])
    }

    func refined(_ resolution: Resolution) -> Resolution { resolution.doubled { _ in true } }

    /// The polynomials of the elements are the solution, so that it can be delivered on any grid.
    func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver {
        let (across, along) = try elements(setting.resolution ?? solver.resolution ?? caseResolution)
        return PipeFlowSampleSolver(
            self,
            try PipeFlowSolver(
                along: along, across: across, length: equation.length, width: equation.width, viscosity: equation.viscosity,
                maximum: equation.velocity, tolerance: setting.tolerance ?? solver.tolerance,
                maximumIterations: solver.maximumIterations),
            output: try grid(output).shape)
    }
}

private final class PipeFlowSampleSolver: SampleSolver {
    private let problem: PipeFlowProblem
    private let solver: PipeFlowSolver
    private let output: [Int]

    var resolution: [Int] { [2 * solver.elements.across + 1, 2 * solver.elements.along + 1] }
    var downsampling: String { "values of the elements' polynomials" }

    init(_ problem: PipeFlowProblem, _ solver: PipeFlowSolver, output: [Int]) {
        (self.problem, self.solver, self.output) = (problem, solver, output)
    }

    func solve(_ generator: Philox) throws -> SolvedSample {
        let centreline = problem.sampler.centreline(generator, length: problem.equation.length)
        let clock = ContinuousClock.now
        let solution = try solver.solve(centreline)
        let nodes = solution.nodes(output)
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        return SolvedSample(
            fields: [
                "x": nodes.x, "y": nodes.y, "velocity_x": nodes.velocityX, "velocity_y": nodes.velocityY, "pressure": nodes.pressure,
                "pressure_drop": Tensor([], [solution.pressureDrop]),
            ], steps: solution.report.iterations, seconds: seconds)
    }
}
