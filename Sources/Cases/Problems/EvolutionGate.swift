import Foundation
import Grids
import Metrics
import Solvers
import Tensors

/// What a trajectory must satisfy on the solver's own grid before it becomes data: means that the solver conserves to rounding, the laws of its
/// equation, a spectrum that falls off before the grid ends, and an account of its energy without a gap.
final class EvolutionGate {
    /// Largest drift of a conserved mean, relative to the largest value at the beginning.
    static let driftLimit = 1e-9
    /// Largest share of the kinetic energy that the shortest tenth of the waves may hold.
    static let tailLimit = 1e-3

    /// Largest estimated error of a step relative to the solution, and largest share of the energy that may be missing in the solver's account between
    /// two frames, unless the tolerance asks for less.
    static let balanceLimit = 1e-3

    private let form: any EvolutionForm
    private let geometry: FieldGeometry
    private let name: String
    private var watches: [LawWatch]

    /// A gate for a trajectory that begins with a state `[x..., field]` on a grid and obeys the laws of its form there.
    init(_ form: any EvolutionForm, _ laws: [EvolutionLaw], on grid: Grid, initial: Tensor<Double>) {
        self.form = form
        geometry = FieldGeometry(grid)
        name = form.account.scheme
        let means = form.conserved.map { field in
            EvolutionLaw.conserved(
                "mean of \(field)", limit: Self.driftLimit, EvolutionLaw.mean(field: form.state.firstIndex { $0.name == field }!))
        }
        let (name, start) = (name, Self.frame(initial, form.resolvedFlow, geometry))
        watches = (means + laws).map { LawWatch($0, solver: name, initial: start) }
    }

    /// Checks the state at a time.
    ///
    /// - Throws: `SolverError.notConserved`, `SolverError.inadmissible`, `SolverError.underResolved`.
    func check(_ state: Tensor<Double>, time: Double) throws {
        let frame = Self.frame(state, form.resolvedFlow, geometry)
        for index in watches.indices { try watches[index].check(frame, time: time) }
        guard time > 0, let spectrum = frame.spectrum else { return }
        // The 2/3 rule keeps wavenumbers up to a third of the points.
        let first = Int((0.9 * Double(geometry.shape.min()!) / 3).rounded(.up))
        let share = spectrum.values.dropFirst(first).reduce(0, +) / max(spectrum.total, .leastNormalMagnitude)
        guard share <= Self.tailLimit else {
            throw SolverError.underResolved(solver: name, time: time, share: share, limit: Self.tailLimit)
        }
    }

    /// Checks what the solver says about the whole integration.
    ///
    /// - Throws: `SolverError.inexactStep`, `SolverError.unbalanced`.
    func check(_ report: IntegrationReport) throws {
        let limit = form.timeLimit
        // A tolerance keeps steps exact enough; steps of a given length may not be.
        if let error = report.stepError, !(error <= limit) {
            throw SolverError.inexactStep(solver: name, timeStep: report.timeStep.upperBound, error: error, limit: limit)
        }
        if let defect = report.energyDefect, !(defect <= limit) {
            throw SolverError.unbalanced(solver: name, defect: defect, limit: limit)
        }
    }

    /// A state with the spectrum that its flow has.
    static func frame(_ state: Tensor<Double>, _ flow: ResolvedFlow, _ geometry: FieldGeometry) -> EvolutionFrame {
        EvolutionFrame(state) { state in
            let fields = state.fieldsFirst
            func field(_ number: Int) -> Tensor<Double> { fields.rows(number..<(number + 1)).reshaped(geometry.shape) }
            switch flow {
            case .none: return nil
            case .vorticity: return .energy(vorticity: field(0), on: geometry)
            case .velocity: return .energy(velocity: (0..<fields.shape[0]).map(field), on: geometry)
            }
        }
    }
}

extension EvolutionForm {
    /// Relative error that a quantity may have by the steps in time alone: `EvolutionGate.balanceLimit`, or ten times the tolerance of a step where that is
    /// more.
    var timeLimit: Double { max(EvolutionGate.balanceLimit, 10 * (sweepTolerances.last ?? 0)) }
}

/// Which energy must have a spectrum that falls off before the grid ends.
public enum ResolvedFlow: Sendable {
    /// None: the solver looks after its resolution itself, or has no spectrum.
    case none
    /// That of the plane flow whose vorticity is the state.
    case vorticity
    /// That of the velocity whose components are the state.
    case velocity
}
