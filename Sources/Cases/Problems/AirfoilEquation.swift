import Datasets
import Foundation
import Grids
import Solvers
import Tensors

/// `[equation] name = "airfoil"`: steady compressible Euler flow round an airfoil.
public struct AirfoilEquation: EquationSettings, Equatable {
    /// The name in case files.
    public static let name = "airfoil"
    /// One line for `eddy list`.
    public static let summary = "steady compressible Euler flow round an airfoil on a C-grid"
    /// Samplers of the shape.
    public static let samplers = [DesignBoxSampler.name]
    /// Solvers.
    public static let solvers = [NewtonKrylovSettings.name]

    /// Which fields the operator predicts.
    public enum Target: String, CaseIterable, Sendable {
        /// The Mach number alone, as in the Geo-FNO paper.
        case mach
        /// Mach number and pressure, which gives the forces.
        case machPressure = "mach-pressure"
        /// Density, velocity and pressure.
        case flow
    }

    /// How the interior nodes of the grid are placed.
    public enum GridFamily: String, CaseIterable, Sendable {
        /// Confocal parabolas, nearly orthogonal.
        case parabolic
        /// Straight lines from the surface outwards, the grid of the published data.
        case rays
    }

    /// Mach number of the stream.
    public var mach = 0.8
    /// Angle of attack in degrees.
    public var angleOfAttack = 0.0
    /// Which fields the operator predicts.
    public var target = Target.mach
    /// How the interior nodes are placed.
    public var grid = GridFamily.parabolic

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("mach", \.mach, .range(0.05...3), "Mach number of the stream"),
        .number("angle-of-attack", \.angleOfAttack, .range(-30...30), "angle of attack in degrees"),
        .choice("target", \.target, "what the operator predicts: the Mach number, with pressure, or density, velocity and pressure"),
        .choice(
            "grid", \.grid, "how the nodes are placed: on confocal parabolas, or on straight rays as in the published data (less exact)"),
    ]

    /// Flow round the shapes of the sampler.
    public func makeProblem(_ context: ProblemContext) throws -> any Problem {
        return AirfoilProblem(
            equation: self, sampler: try context.requireSampler(), solver: try context.requireSolver(),
            caseResolution: context.dataset.resolution)
    }
}

/// Flow round an airfoil as a problem: node coordinates in, flow out.
struct AirfoilProblem: Problem {
    let equation: AirfoilEquation
    let sampler: DesignBoxSampler
    let solver: NewtonKrylovSettings
    let caseResolution: Resolution

    /// The fields of the flow in the order of the files, with what they are.
    static let flow: [(name: String, longName: String)] = [
        ("density", "density in units of the stream's"),
        ("velocity_x", "velocity along x in units of sqrt(p / rho) of the stream"),
        ("velocity_y", "velocity along y in units of sqrt(p / rho) of the stream"),
        ("pressure", "pressure in units of the stream's"), ("mach", "Mach number"),
    ]

    var account: ProblemAccount {
        ProblemAccount(
            equation:
                "steady Euler equations of a perfect gas (gamma = 1.4) round NACA sections \(sampler.thickness) thick, control nodes moved by "
                + "up to \(sampler.amplitude) chords; Mach number \(equation.mach), angle of attack \(equation.angleOfAttack) degrees",
            scheme: "cell-centred finite volumes on a C-grid of 40 chords (\(equation.grid.rawValue)), Roe's flux, limited reconstruction, "
                + "vortex-corrected far field; pseudo-transient Newton-Krylov iteration to a residual of \(solver.tolerance)",
            order: "2 where the flow is smooth, 1 at shocks",
            references: "Li et al., Fourier neural operator with learned deformations for PDEs on general geometries, arXiv:2207.05209; "
                + "Roe, doi:10.1016/0021-9991(81)90128-5")
    }

    var learning: LearningTask { LearningTask(inputs: ["x", "y"], outputs: outputs) }

    private var outputs: [String] {
        switch equation.target {
        case .mach: ["mach"]
        case .machPressure: ["mach", "pressure"]
        case .flow: ["density", "velocity_x", "velocity_y", "pressure"]
        }
    }

    var quantitiesOfInterest: (any QuantitiesOfInterest)? {
        AirfoilQuantities(mach: equation.mach, angleOfAttack: equation.angleOfAttack, outputs: outputs)
    }

    var countsOperations: Bool { false }
    var sweepTolerances: [Double] { [1e-2, 1e-4, solver.tolerance].filter { $0 >= solver.tolerance } }

    /// Cells of the C-grid with so many nodes outwards and round; 5 of 22 lie on each side of the wake.
    private func settings(_ resolution: Resolution, key: String...) throws -> AirfoilGrid.Settings {
        guard let size = resolution.size(dimension: 2), size[0] >= 9, size[1] >= 45, (size[1] - 1) % 22 == 0 else {
            throw ProblemError(
                key[0], key[1],
                allowed: "[j, i] nodes outwards and round with j at least 9 and i = 22 k + 1, k at least 2: [26, 111], [51, 221], ...")
        }
        let (normal, part) = (size[0] - 1, (size[1] - 1) / 22)
        return AirfoilGrid.Settings(
            family: equation.grid == .parabolic ? .parabolic : .rays, wakeCells: 5 * part, surfaceCells: 12 * part, normalCells: normal,
            firstSpacing: 2.0 / 120 * 50 / Double(normal))
    }

    private func grid(_ resolution: Resolution, key: String...) throws -> Grid {
        let cells = try settings(resolution, key: key[0], key[1])
        let shape = [cells.normalCells + 1, 2 * cells.wakeCells + cells.surfaceCells + 1]
        return Grid(
            zip(["eta", "xi"], shape).map { Axis(name: $0, count: $1, location: .nodes) }, mapping: ["x", "y"])
    }

    func schema(_ resolution: Resolution) throws -> DatasetSchema {
        let grid = try grid(resolution, key: "dataset", "resolution")
        let boundary = Boundary([
            "eta": .init(lower: .wall, upper: .open), "xi": .init(lower: .open, upper: .open),
        ])
        let coordinates = ["x", "y"].map {
            FieldDescription(name: $0, longName: "\($0) of the nodes in chords", role: .coordinate, dependence: .field)
        }
        let numbers = [("lift", "lift coefficient"), ("drag", "drag coefficient")].map {
            FieldDescription(name: $0, longName: $1, role: .diagnostic, dependence: .parameter)
        }
        return DatasetSchema(
            grid: grid, boundary: boundary,
            fields: coordinates
                + Self.flow.map { FieldDescription(name: $0.name, longName: $0.longName, role: .state, dependence: .field) } + numbers)
    }

    func refined(_ resolution: Resolution) -> Resolution { resolution.doubled { _ in true } }

    func makeSolver(_ setting: SolverSetting, output: Resolution, isStrict: Bool) throws -> any SampleSolver {
        let target = try grid(output, key: "dataset", "resolution")
        let resolution = setting.resolution ?? solver.resolution ?? caseResolution
        let source = try grid(resolution, key: "solver", "resolution")
        let transfer = GridTransfer(from: source, to: target)
        if isStrict, !transfer.isNested {
            throw ProblemError("solver", "resolution", allowed: "a grid that holds every node of the dataset's")
        }
        let own = try settings(resolution, key: "solver", "resolution")
        let delivered = try settings(output, key: "dataset", "resolution")
        return AirfoilSampleSolver(
            self, try meshing(own, of: delivered), own, delivered, transfer, tolerance: setting.tolerance ?? solver.tolerance)
    }

    /// How the solver's grid comes from that of the samples.
    ///
    /// Grids of parabolas are samples of one map whatever their size. Rays are placed by recurrences, so they have to be divided or thinned.
    private func meshing(_ own: AirfoilGrid.Settings, of delivered: AirfoilGrid.Settings) throws -> AirfoilMeshing {
        if equation.grid == .parabolic { return .settings(own) }
        func ratio(_ a: AirfoilGrid.Settings, _ b: AirfoilGrid.Settings) -> Int? {
            let factor = a.normalCells / b.normalCells
            return a.normalCells == factor * b.normalCells && a.surfaceCells == factor * b.surfaceCells ? factor : nil
        }
        if let factor = ratio(own, delivered) { return .settings(delivered.refined(by: factor)) }
        if let factor = ratio(delivered, own) { return .thinned(factor) }
        throw ProblemError(
            "solver", "resolution", allowed: "the dataset's cells divided or multiplied by one whole number: grids of rays nest only then")
    }
}

private enum AirfoilMeshing {
    /// A grid of these sizes.
    case settings(AirfoilGrid.Settings)
    /// Every so many nodes of the grid of the samples.
    case thinned(Int)
}

private final class AirfoilSampleSolver: SampleSolver {
    private let problem: AirfoilProblem
    private let meshing: AirfoilMeshing
    private let source: AirfoilGrid.Settings
    private let target: AirfoilGrid.Settings
    private let transfer: GridTransfer
    private let solver: EulerAirfoilSolver

    var resolution: [Int] { [source.normalCells + 1, 2 * source.wakeCells + source.surfaceCells + 1] }
    var downsampling: String { transfer.method.rawValue }

    init(
        _ problem: AirfoilProblem, _ meshing: AirfoilMeshing, _ source: AirfoilGrid.Settings, _ target: AirfoilGrid.Settings,
        _ transfer: GridTransfer, tolerance: Double
    ) {
        self.problem = problem
        self.meshing = meshing
        self.source = source
        self.target = target
        self.transfer = transfer
        solver = EulerAirfoilSolver(
            settings: .init(tolerance: tolerance, maximumIterations: problem.solver.maximumIterations))
    }

    func solve(_ generator: Philox) throws -> SolvedSample {
        let shape = try problem.sampler.shape(generator)
        let delivered = try AirfoilGrid(shape, target)
        let clock = ContinuousClock.now
        let grid =
            switch meshing {
            case .settings(let own): own == target ? delivered : try AirfoilGrid(shape, own)
            case .thinned(let factor): try delivered.coarsened(by: factor)
            }
        let solution = try solver.solve(grid, mach: problem.equation.mach, angleOfAttack: problem.equation.angleOfAttack)
        let nodes = solution.nodes
        var fields = zip(AirfoilProblem.flow.map(\.name), [nodes.density, nodes.velocityX, nodes.velocityY, nodes.pressure, nodes.mach])
            .reduce(into: [String: Tensor<Double>]()) { $0[$1.0] = transfer($1.1) }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        fields["x"] = delivered.x
        fields["y"] = delivered.y
        fields["lift"] = Tensor([], [solution.lift])
        fields["drag"] = Tensor([], [solution.drag])
        return SolvedSample(fields: fields, steps: solution.history.count, seconds: seconds)
    }
}
