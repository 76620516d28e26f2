import Grids
import Numerics
import Solvers
import Tensors

/// An equation for one field in a periodic box, solved by a pseudo-spectral method.
struct PeriodicScalarForm: EvolutionForm {
    /// Equation and papers; the scheme is said by the solver.
    var equation: String
    var references: String
    /// Name and meaning of the field.
    var field: (name: String, longName: String)
    var dimension = 1
    /// Length of every side of the box.
    var length: Double
    var times: FrameTimes
    var sampler: any InitialFieldSampler
    var solver: PseudoSpectralSettings
    var symmetries = DomainSymmetries.shifts
    /// Linear symbol and nonlinear term, for the residual; nil for none.
    var flow: (any SemilinearFlow)?
    /// The solver on a grid of a shape.
    var make: @Sendable (_ shape: [Int], _ control: TimeStepControl) throws -> any EvolutionSolver

    var account: ProblemAccount {
        ProblemAccount(
            equation: "\(equation); \(field.name)(0) = \(sampler.initialAccount)", scheme: solver.scheme("Fourier series"),
            order: "spectral in space, 4 in time", references: references)
    }

    var solverResolution: Resolution? { solver.resolution }
    var sweepTolerances: [Double] { solver.sweepTolerances }

    var state: [FieldDescription] {
        [FieldDescription(name: field.name, longName: field.longName, role: .state, dependence: .trajectory)]
    }

    var conserved: [String] { [field.name] }

    /// Nonlinear terms of these equations keep the energy, so that the fluctuation grows at most as the fastest mode of the linear part.
    func laws(on grid: Grid) -> [EvolutionLaw] {
        guard let flow else { return [] }
        let rate = PeriodicSpace(grid).wavenumbers.filter { $0.contains { $0 != 0 } }.map { flow.linearSymbol($0).real }.max() ?? 0
        return [
            .bounded(
                "fluctuation of \(field.name)", limit: timeLimit, by: { $0 * Double.exp(rate * $1) }, EvolutionLaw.fluctuation)
        ]
    }

    func grid(_ shape: [Int]) -> Grid { Grid(shape: shape, to: length, location: .periodic) }

    func prepareStart(on grid: Grid, native: Grid) -> @Sendable (Philox) -> EvolutionStart {
        let draw = sampler.prepare(on: grid, native: native)
        return { EvolutionStart(state: draw($0).reshaped(grid.shape + [1])) }
    }

    func makeFlow(on grid: Grid) -> (any SemilinearFlow)? { flow }

    func makeSolver(on grid: Grid, tolerance: Double?) throws -> any EvolutionSolver {
        try make(grid.shape, solver.control(tolerance))
    }
}
