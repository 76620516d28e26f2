import Numerics
import Tensors

/// Steady inviscid flow of a perfect gas round an airfoil.
///
/// Solves the compressible Euler equations
///
///     div (rho v) = 0,   div (rho v v + p I) = 0,   div ((E + p) v) = 0,   E = p / (gamma - 1) + rho |v|^2 / 2
///
/// with a slip wall and a uniform stream at infinity, in units of its density and pressure and of the chord: `rho = 1`, `p = 1`,
/// `|v| = M sqrt(gamma)`.
///
/// Cell-centred finite volumes on a C-grid: Roe's flux (`RoeFlux`), limited third-order biased reconstruction
/// (`LimitedReconstruction`), wall pressure by linear extrapolation, characteristic outer boundary with the circulation of the lift
/// (`OpenBoundary`, `FarField`). Second order in space. The steady state is found by a pseudo-transient Newton-Krylov iteration
/// (`SteadyEulerIteration`), first on coarser grids of every second node.
///
/// A solver keeps its memory from one sample to the next. It is not for use by several threads at once: make one for each.
public final class EulerAirfoilSolver {
    /// Accuracy and control of the iteration.
    public struct Settings: Sendable, Equatable {
        /// The residual to reach, see `SteadyIteration.residual`.
        public var tolerance: Double
        /// Newton steps allowed on the given grid.
        public var maximumIterations: Int
        /// Courant number of the first step.
        public var initialCFL: Double
        /// Largest number of Krylov vectors of a linear solve.
        public var krylovDimension: Int
        /// Changes over half a cell below this are not limited, in the stream's density, pressure and `sqrt(p / rho)`.
        ///
        /// 0 limits everywhere and may keep the iteration from converging; above 0.1 shocks overshoot.
        public var limiterThreshold: Double
        /// Whether to start on coarser grids of every second node, where the numbers of cells are even.
        public var coarseGrids: Bool

        /// The settings; the defaults suit transonic flow on a few thousand to a few hundred thousand cells.
        public init(
            tolerance: Double = 1e-8, maximumIterations: Int = 200, initialCFL: Double = 10, krylovDimension: Int = 40,
            limiterThreshold: Double = 0.03, coarseGrids: Bool = true
        ) {
            self.tolerance = tolerance
            self.maximumIterations = maximumIterations
            self.initialCFL = initialCFL
            self.krylovDimension = krylovDimension
            self.limiterThreshold = limiterThreshold
            self.coarseGrids = coarseGrids
        }
    }

    /// Accuracy and control of the iteration.
    public let settings: Settings
    /// Finest grid first.
    private var levels: [SteadyEulerIteration] = []
    private var topology: BlockTopology?

    /// A solver with given settings.
    public init(settings: Settings = Settings()) { self.settings = settings }

    /// The steady flow at Mach number `mach` and `angleOfAttack` degrees.
    ///
    /// If the iteration fails it is tried once more, from the uniform stream on the given grid with a fifth of the Courant number.
    ///
    /// - Throws: `SolverError.invalidInput` for parameters out of range, `SolverError.didNotConverge` or `SolverError.diverged` with the
    ///   iteration, residual and Courant number if both attempts fail.
    public func solve(
        _ grid: AirfoilGrid, mach: Double, angleOfAttack: Double, gamma: Double = 1.4
    ) throws(SolverError) -> EulerAirfoilSolution {
        try validate(mach: mach, angleOfAttack: angleOfAttack, gamma: gamma)
        prepare(grid)
        let farField = FarField(mach: mach, angle: angleOfAttack * Double.pi / 180, gamma: gamma)
        for level in levels { level.residual.setFarField(farField, centreX: 0.25, centreY: 0) }
        var history: [SteadyIteration] = []
        var attempts = 1
        do {
            try iterate(farField, &history)
        } catch {
            attempts = 2
            levels[0].fill(farField.stream)
            let reference = levels[0].evaluate()
            try levels[0].converge(
                tolerance: settings.tolerance, reference: reference, maximumIterations: 3 * settings.maximumIterations,
                control: PseudoTimeControl(initialCFL: settings.initialCFL / 5, growth: 1.5), history: &history)
        }
        return EulerAirfoilSolution(grid, farField, angleOfAttack: angleOfAttack, levels[0], attempts: attempts, history)
    }

    private func validate(mach: Double, angleOfAttack: Double, gamma: Double) throws(SolverError) {
        func require(_ condition: Bool, _ key: String, _ found: Double, _ allowed: String) throws(SolverError) {
            if !condition { throw .invalidInput(key: key, found: "\(found)", allowed: allowed) }
        }
        try require(mach >= 0.05 && mach <= 3, "Mach number", mach, "0.05 to 3")
        try require(abs(angleOfAttack) <= 30, "angle of attack", angleOfAttack, "-30 to 30 degrees")
        try require(gamma > 1 && gamma <= 3, "gamma", gamma, "above 1, at most 3")
        try require(settings.tolerance > 0 && settings.tolerance < 1, "tolerance", settings.tolerance, "between 0 and 1")
        try require(settings.initialCFL > 0 && settings.initialCFL.isFinite, "initial CFL", settings.initialCFL, "a positive number")
        try require(settings.limiterThreshold >= 0, "limiter threshold", settings.limiterThreshold, "0 or more")
    }

    /// Makes the levels for the size of the grid, unless they exist, and gives them its nodes.
    private func prepare(_ grid: AirfoilGrid) {
        let needed = BlockTopology(
            columns: grid.columns, rows: grid.rows, wakeCells: grid.settings.wakeCells, lower: .wall, upper: .open, ends: .open)
        if topology != needed {
            levels = []
            var next: BlockTopology? = needed
            while let current = next {
                levels.append(
                    SteadyEulerIteration(
                        current, krylovDimension: settings.krylovDimension, limiterThreshold: settings.limiterThreshold))
                next = settings.coarseGrids ? current.coarsened : nil
            }
            topology = needed
        }
        levels[0].setNodes(x: grid.x.basePointer, y: grid.y.basePointer)
        for k in 1..<max(levels.count, 1) { levels[k].mesh.update(from: levels[k - 1].mesh) }
    }

    /// From the coarsest grid to the finest.
    ///
    /// A coarse grid only makes a starting guess, so it may stop early.
    private func iterate(_ farField: FarField, _ history: inout [SteadyIteration]) throws(SolverError) {
        for k in stride(from: levels.count - 1, through: 0, by: -1) {
            let (level, coarsest, finest) = (levels[k], k == levels.count - 1, k == 0)
            level.fill(farField.stream)
            let reference = level.evaluate()
            if !coarsest { level.prolong(from: levels[k + 1]) }
            let control = PseudoTimeControl(initialCFL: settings.initialCFL * (coarsest ? 1 : 5))
            do {
                try level.converge(
                    tolerance: finest ? settings.tolerance : max(1e-3, settings.tolerance), reference: reference,
                    maximumIterations: finest ? settings.maximumIterations : 60, control: control, history: &history)
            } catch {
                guard !finest, case .didNotConverge = error else { throw error }
            }
        }
    }
}
